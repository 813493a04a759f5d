"""Invitations: what is asked, and what is answered."""

from __future__ import annotations

from pydantic import BaseModel

from ..queries import Asked, Secret
from ..responses import Moment


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


class InvitationOut(BaseModel):
    """An open invitation; it stops working while its maker is no administrator."""

    id: str
    username: str
    display_name: str
    email: str
    project: str | None
    role: str | None
    created_by: str
    created_at: Moment
    expires_at: Moment
    works: bool


class InvitationNewOut(InvitationOut):
    """A fresh invitation; `link` is shown this once."""

    link: str


class InvitationsOut(BaseModel):
    """Open invitations by username."""

    invitations: list[InvitationOut]
    next_page_token: str


class WelcomeOut(BaseModel):
    """What the holder of a link is invited to."""

    username: str
    display_name: str
    project: str | None
    role: str | None
    created_by: str
    expires_at: Moment
