"""What the server (serving/request.py) says of a request's client in the WSGI environment.

A small body is here before the application is called. One that is PENDING comes as fast as its
client likes, and reading it holds a thread: who sends it is recognised first, and how many are read
at once is limited, of each person and of all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Protocol, cast

PENDING = "studio.body_pending"
PACE = "studio.client_pace"
# A body up to this size, announced or in chunks, is never pending.
SMALL = 64 * 1024


class Pace(Protocol):
    """Calls `on_slow` once, in the request's thread, when its client turns out to be slow."""

    on_slow: Callable[[], None] | None


def is_pending(environ: Mapping[str, object]) -> bool:
    """Whether bytes of the body are still to come."""
    return bool(environ.get(PENDING))


def when_slow(environ: Mapping[str, object], call: Callable[[], None] | None) -> None:
    """Have this called if the client sends or reads slowly; what it raises ends the transfer."""
    if PACE in environ:
        cast(Pace, environ[PACE]).on_slow = call
