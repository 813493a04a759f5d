"""Roles in a project, and what a change of them would do."""

from __future__ import annotations

from pydantic import BaseModel, RootModel

from . import Moment


class GrantOut(BaseModel):
    """A role; send `version` as If-Match to change just this. `expired` ones allow nothing."""

    role: str
    granted_by: str
    granted_at: Moment
    expires_at: Moment | None
    expired: bool
    reason: str
    version: int


class MemberOut(GrantOut):
    """A person's role in a project."""

    username: str
    display_name: str
    disabled: bool


class MembersOut(BaseModel):
    """Members by username."""

    members: list[MemberOut]


class MemberGroupOut(GrantOut):
    """The role of everybody in a group, in a project."""

    name: str
    description: str
    people: int


class MemberGroupsOut(BaseModel):
    """The groups of a project by name."""

    groups: list[MemberGroupOut]


class DifferenceOut(BaseModel):
    """These people gain and lose these actions in that project."""

    project: str
    gains: list[str]
    loses: list[str]
    people: list[str]


class PreviewOut(BaseModel):
    """What the change would do; nothing is saved. No difference: nobody gains or loses."""

    preview: bool = True
    differences: list[DifferenceOut]


class MemberPutOut(RootModel[MemberOut | PreviewOut]):
    """The member, or with `preview` what the change would do."""


class MemberGroupPutOut(RootModel[MemberGroupOut | PreviewOut]):
    """The group's role, or with `preview` what the change would do."""
