"""How many calls of one caller may be under way at once, so that one cannot take the place of all.

Counted in each process by itself: a limit of 24 with two processes lets 48 through at most.
"""

from __future__ import annotations

from collections import Counter
from threading import Lock

from ..access.principals import Principal
from ..errors import TooMany

Caller = tuple[str, str]


class Turns:
    """Gives each caller at most `most` turns at a time."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._taken: Counter[Caller] = Counter()
        self._lock = Lock()

    def take(self, principal: Principal) -> Caller:
        """A turn of this credential, to be given back; raises TooMany when all are taken."""
        caller = (principal.username, principal.credential_id)
        with self._lock:
            if self._taken[caller] >= self._most:
                raise TooMany(
                    f"{self._most} calls of yours are under way already. Wait for one to end."
                )
            self._taken[caller] += 1
        return caller

    def give_back(self, caller: Caller) -> None:
        """The call is over."""
        with self._lock:
            self._taken[caller] -= 1
            if not self._taken[caller]:
                del self._taken[caller]
