"""Where a request comes from, read from its WSGI environment."""

from __future__ import annotations

from typing import Any

from .access.origins import Origin


def of(environ: dict[str, Any]) -> Origin:
    """The caller's address and what it calls itself."""
    address = str(environ.get("REMOTE_ADDR") or "")
    return Origin(address, str(environ.get("HTTP_USER_AGENT", "")))
