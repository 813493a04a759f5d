"""How long a client may keep us waiting while bytes go one way or the other."""

from __future__ import annotations

from collections.abc import Callable

# Slower than this, in bytes a second, for some seconds, is a slow client: one of which only so many
# are waited for at once (concurrency.py, SlowLimit).
FAST = 1024 * 1024
FAST_SECONDS = 5.0


class Pace:
    """A budget of waiting: a silent client spends it, every byte that moves earns some back.

    The budget is `seconds` at most, and `speed` bytes earn one second. So a silent client is given
    up after `seconds`, one that is slower than `speed` some time later, and n bytes never take
    longer than `seconds` + n / `speed`, however they are dealt out. Only time that we wait for the
    client counts: a client is not charged for a slow MLflow.

    `on_slow` is called once by a client that is slow, but not too slow.
    """

    def __init__(self, seconds: float, speed: float) -> None:
        self._most = seconds
        self._speed = speed
        self.restart()

    @property
    def is_over(self) -> bool:
        """Whether the client is too slow."""
        return self.left <= 0

    def restart(self) -> None:
        """Begin anew, for the next request."""
        self.left = self._most
        self._left_fast = FAST_SECONDS
        self.on_slow: Callable[[], None] | None = None

    def count(self, waited: float, moved: int) -> None:
        """Take down that `moved` bytes went after `waited` seconds. Raises what `on_slow` does."""
        self.left = min(self._most, self.left - waited + moved / self._speed)
        self._left_fast = min(FAST_SECONDS, self._left_fast - waited + moved / FAST)
        if self._left_fast <= 0 and self.on_slow is not None:
            call, self.on_slow = self.on_slow, None
            call()
