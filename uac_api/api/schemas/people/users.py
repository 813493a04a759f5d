"""Users: what is asked, and what is answered."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel

from ..queries import Asked, Search


class UserSearch(Search):
    """The query of the list of people."""

    show: Literal["everybody", "administrators", "disabled"] = "everybody"


class UserDelete(Asked):
    """Who takes over what only this person owns; with `preview` nothing is done yet."""

    owner: str = ""
    preview: bool = False


class DepartureOut(BaseModel):
    """What the deletion of a person does, or did; `projects` go to `owner`."""

    username: str
    deleted: bool
    owner: str | None
    projects: list[str]
    memberships: int
    groups: int
    tokens: int
    invitations: int
