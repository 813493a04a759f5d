"""What a call takes of its project's limits: refused before anything is sent, counted after.

A file is as large as the call says; the texts of a call are looked at once its body was read.
Traces and descriptions that find no room are refused like files. Small texts are only counted: a
client sets tags of its own while a run is under way, and a run that has begun goes on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ..access.decisions.principals import Grant
from ..access.quotas.limiter import UsageLimiter
from ..access.quotas.usage import Key, What
from .request.call import Call
from .rules import Rule, Surface, Use

HEADER = "X-Studio-Quota-Warning"
# In bytes. A longer text is refused where there is no room.
SMALL_TEXT = 1000


class Admission:
    """One call's part of what its project may use, until the call is over."""

    def __init__(self, meter: UsageLimiter, grant: Grant, rule: Rule, asked: Call) -> None:
        self._meter = meter
        self._grant = grant
        self._uses = rule.uses
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

    def take_texts(self, body: bytes, document: Mapping[str, Any]) -> None:
        """Take the room of the texts in a body that was read; raises Exhausted.

        `document` is the JSON object that it holds, empty where it holds none.
        """
        size = 0
        if self._uses is Use.TEXT:
            size = len(body)
        elif self._uses in (Use.TAGS, Use.RUN):
            size = _size_of_tags(document.get("tags"))
        if size:
            self._take(What.TEXTS, size, refuses=size > SMALL_TEXT)

    def end(self, *, done: bool) -> None:
        """The call is over; what it did counts, what failed does not. The first end counts."""
        while self._taken:
            key, amount = next(iter(self._taken.items()))
            self._meter.commit(key, amount, done=done)
            del self._taken[key]

    def _each(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for piece in pieces:
            self._take(What.UNMEASURED, len(piece))
            yield piece

    def _take(self, what: What, amount: int, *, refuses: bool = True) -> None:
        key = self._meter.reserve(self._grant, what, amount, refuses=refuses)
        self._taken[key] = self._taken.get(key, 0) + amount


def _size_of_tags(tags: Any) -> int:
    given = tags if isinstance(tags, list) else []
    values = (tag.get("value") for tag in given if isinstance(tag, dict))
    return sum(len(value.encode()) for value in values if isinstance(value, str))


def admit(meter: UsageLimiter, grant: Grant, rule: Rule, asked: Call) -> Admission | None:
    """The admission of a call; None for files of MLflow's own interface, which are no project's.

    Raises TooFast or Exhausted.
    """
    if rule.surface is Surface.ASSET:
        return None
    return Admission(meter, grant, rule, asked)
