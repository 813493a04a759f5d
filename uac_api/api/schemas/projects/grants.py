"""Grants: what is asked, and what is answered."""

from __future__ import annotations

from pydantic import BaseModel, Field, RootModel

from ....access.projects.grants import KEEP, End
from ..queries import Asked, AskedMoment
from ..responses import Moment


class Preview(Asked):
    """The query of every change of access; with `preview` nothing is saved."""

    preview: bool = False


class Ending(Asked):
    """Until when a role is given; left out, the end stays as it is, and null means for good."""

    expires_at: AskedMoment | None = None

    @property
    def end(self) -> End:
        """The end that was asked for, if one was."""
        return self.expires_at if "expires_at" in self.model_fields_set else KEEP

    @property
    def told(self) -> str:
        """What the audit trail says after the role."""
        if "expires_at" not in self.model_fields_set:
            return ""
        return f", until {self.expires_at:%Y-%m-%d %H:%M}" if self.expires_at else ", no end"


class GrantAsked(Ending):
    """The role to give, until when and why.

    `expires_at` and `reason` stay as they are when they are left out; `expires_at: null` means
    for good.
    """

    role: str
    reason: str | None = Field(None, max_length=300)

    @property
    def told(self) -> str:
        """What the audit trail says of the end and the reason, after the role."""
        return super().told + (f", because: {self.reason}" if self.reason else "")


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
