"""A token bucket: so many at once, then so many a second."""

from dataclasses import dataclass, field


@dataclass
class TokenBucket:
    """Holds `burst` tokens when it is full and gains `rate` of them a second.

    Times are seconds of one monotonic clock. More may be taken than is there: who takes it waits
    until it has come, and whoever comes next waits behind them.
    """

    rate: float
    burst: float
    filled_at: float
    tokens: float = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = self.burst

    def seconds_until(self, now: float) -> float:
        """How long whoever takes one now has to wait for it."""
        self._fill(now)
        return max(0.0, (1 - self.tokens) / self.rate)

    def take(self, now: float) -> None:
        """Take one, which may not have come yet."""
        self._fill(now)
        self.tokens -= 1

    def is_full(self, now: float) -> bool:
        """Whether it holds as much as a new one."""
        self._fill(now)
        return self.tokens >= self.burst

    def _fill(self, now: float) -> None:
        self.tokens = min(self.burst, self.tokens + (now - self.filled_at) * self.rate)
        self.filled_at = now
