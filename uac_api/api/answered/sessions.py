"""What the REST for people answers about sessions."""

from __future__ import annotations

from pydantic import BaseModel

from . import Moment


class SessionRowOut(BaseModel):
    """A session without its secret; `last_seen_at` is exact to five minutes."""

    id: str
    device: str
    address: str
    signed_in_by: str
    started_at: Moment
    last_seen_at: Moment | None
    expires_at: Moment
    current: bool


class SessionsOut(BaseModel):
    """My sessions, the newest first."""

    sessions: list[SessionRowOut]
    next_page_token: str
