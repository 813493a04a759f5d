"""What clients send when they give, change or take a role, or ask what that would do."""

from __future__ import annotations

from pydantic import Field

from ...access.grants import KEEP, End
from . import Asked, AskedMoment


class Preview(Asked):
    """The query of every change of access; with `preview` nothing is saved."""

    preview: bool = False


class GrantAsked(Asked):
    """The role to give, until when and why.

    `expires_at` and `reason` stay as they are when they are left out; `expires_at: null` means
    for good.
    """

    role: str
    expires_at: AskedMoment | None = None
    reason: str | None = Field(None, max_length=300)

    @property
    def end(self) -> End:
        """The end that was asked for, if one was."""
        return self.expires_at if "expires_at" in self.model_fields_set else KEEP

    @property
    def told(self) -> str:
        """What the audit trail says of the end and the reason, after the role."""
        said = ""
        if "expires_at" in self.model_fields_set:
            said += f", until {self.expires_at:%Y-%m-%d %H:%M}" if self.expires_at else ", no end"
        return said + (f", because: {self.reason}" if self.reason else "")
