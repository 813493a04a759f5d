"""Sessions: what is asked, and what is answered."""

from __future__ import annotations

from pydantic import BaseModel

from ..queries import Asked
from ..responses import Moment


class SessionPath(Asked):
    """A session in the address."""

    session_id: str


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
