"""What a call takes of its project's limits: refused before anything is sent, counted after."""

from __future__ import annotations

from collections.abc import Iterator

from ..access.meter import Meter
from ..access.principals import Grant
from ..access.usage import Key, What
from .call import Call
from .rules import Rule, Surface, Use

HEADER = "X-Studio-Quota-Warning"


class Admission:
    """One call's part of what its project may use, until the call is over."""

    def __init__(self, meter: Meter, grant: Grant, rule: Rule, asked: Call) -> None:
        self._meter = meter
        self._grant = grant
        self._taken: dict[Key, int] = {}
        self._counts_pieces = rule.uses is Use.BYTES and asked.length is None
        self._warning = meter.request(grant)
        match rule.uses:
            case Use.RUN:
                self._take(What.RUNS, 1)
            case Use.BYTES:
                self._take(What.UNMEASURED, asked.length or 0)
            case Use.ROOM:
                self._take(What.UNMEASURED, 0)

    @property
    def headers(self) -> list[tuple[str, str]]:
        """What the answer says of limits that are nearly used up."""
        return [(HEADER, self._warning)] if self._warning else []

    def counted(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """The pieces of the body; raises Exhausted when one of unannounced length is too much."""
        return self._each(pieces) if self._counts_pieces else pieces

    def end(self, *, done: bool) -> None:
        """The call is over; what it did counts, what failed does not. The first end counts."""
        while self._taken:
            key, amount = next(iter(self._taken.items()))
            self._meter.settle(key, amount, done=done)
            del self._taken[key]

    def _each(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._take(What.UNMEASURED, len(piece))
            yield piece

    def _take(self, what: What, amount: int) -> None:
        key = self._meter.reserve(self._grant, what, amount)
        self._taken[key] = self._taken.get(key, 0) + amount


def admit(meter: Meter, grant: Grant, rule: Rule, asked: Call) -> Admission | None:
    """The admission of a call; None for files of MLflow's own interface, which are no project's.

    Raises TooFast or Exhausted.
    """
    if rule.surface is Surface.ASSET:
        return None
    return Admission(meter, grant, rule, asked)
