"""MLflow's version as it says itself: which rows of the table it has."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from http import HTTPStatus
from threading import Lock

from .upstream import Upstream

VERSION = re.compile(r"[0-9A-Za-z.+-]{1,40}")
UNKNOWN = "unknown"
PROBE_SECONDS = 3.0
# MLflow is exchanged by hand; what an answer of the version before costs is a 404 for this long.
FRESH_SECONDS = 60.0


def ask(upstream: Upstream) -> str:
    """MLflow's version as it says itself; UNKNOWN if what it says is none.

    Raises Unavailable, TooSlow or BadUpstream when MLflow does not answer.
    """
    status, content = upstream.fetch(
        "GET",
        "/version",
        workspace=None,
        headers=upstream.probe_headers,
        timeout=PROBE_SECONDS,
    )
    said = content.decode("latin-1").strip()
    return said if status == HTTPStatus.OK and VERSION.fullmatch(said) else UNKNOWN


class ServerVersion:
    """The version that MLflow told at most FRESH_SECONDS ago; asked only when somebody needs it."""

    def __init__(self, upstream: Upstream, clock: Callable[[], float] = time.monotonic) -> None:
        self._upstream = upstream
        self._clock = clock
        self._lock = Lock()
        self._version = UNKNOWN
        self._until = clock()

    def current(self) -> str:
        """The version; raises as `ask` does when it has to be asked."""
        with self._lock:
            if self._clock() < self._until:
                return self._version
        version = ask(self._upstream)
        # Not kept: an answer that is no version comes from something in between, or a fault.
        if version != UNKNOWN:
            with self._lock:
                self._version, self._until = version, self._clock() + FRESH_SECONDS
        return version
