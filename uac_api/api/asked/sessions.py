"""What clients send about sessions."""

from __future__ import annotations

from . import Asked


class SessionPath(Asked):
    """A session in the address."""

    session_id: str
