"""The matrix of who has which role where."""

from __future__ import annotations

from pydantic import BaseModel

from ..responses import Moment


class CellOut(BaseModel):
    """The role that was granted in a project; send `version` as If-Match to change just this."""

    project: str
    role: str
    expires_at: Moment | None
    expired: bool
    version: int


class PersonRowOut(BaseModel):
    """A person, their groups, and the roles of their own."""

    username: str
    display_name: str
    kind: str
    disabled: bool
    groups: list[str]
    grants: list[CellOut]


class GroupRowOut(BaseModel):
    """A group and the roles of everybody in it."""

    name: str
    grants: list[CellOut]


class PermissionsOut(BaseModel):
    """People by username, and the groups that these people are in."""

    people: list[PersonRowOut]
    groups: list[GroupRowOut]
    next_page_token: str
