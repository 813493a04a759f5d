"""If-Match: a change happens only to the version that its sender has seen."""

from __future__ import annotations

from flask import request

from ..errors import BadRequest


def expected() -> int | None:
    """The version that the sender has seen, None for any; raises BadRequest."""
    value = request.headers.get("If-Match", "*").strip().strip('"')
    if value == "*":
        return None
    if not value.isdecimal() or len(value) > 9:
        raise BadRequest("If-Match carries the version that you saw, a number.", reason="if_match")
    return int(value)
