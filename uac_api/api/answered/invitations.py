"""What the REST for people answers about invitations."""

from __future__ import annotations

from pydantic import BaseModel

from . import Moment


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
