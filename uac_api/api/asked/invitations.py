"""What clients send about invitations."""

from __future__ import annotations

from . import Asked, Secret


class InvitationNew(Asked):
    """A person to be, and the role that awaits them."""

    username: str
    display_name: str = ""
    email: str = ""
    project: str | None = None
    role: str | None = None
    expires_in_days: int = 7


class InvitationPath(Asked):
    """An invitation in the address."""

    invitation_id: str


class InvitationLink(Asked):
    """The secret of an invitation, as it stands in the link."""

    invitation: Secret


class InvitationAccept(InvitationLink):
    """The secret of an invitation, and the password that its person chose."""

    password: Secret
