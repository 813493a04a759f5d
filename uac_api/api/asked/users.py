"""What administrators send about people, beside their fields."""

from __future__ import annotations

from typing import Literal

from . import Asked, Search


class UserSearch(Search):
    """The query of the list of people."""

    show: Literal["everybody", "administrators", "disabled"] = "everybody"


class UserDelete(Asked):
    """Who takes over what only this person owns; with `preview` nothing is done yet."""

    owner: str = ""
    preview: bool = False
