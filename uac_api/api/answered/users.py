"""What the REST for people answers about the deletion of a person."""

from __future__ import annotations

from pydantic import BaseModel


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
