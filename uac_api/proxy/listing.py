"""One page out of several projects' lists, newest first. It decides what to ask and asks nobody.

A place in the whole list is the key of its last row: moment, project, id. No row of the list
changes its key, so whatever is added, changed or deleted between two pages, a row that stays is in
exactly one of them. Nothing depends on how MLflow orders rows of the same moment.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

# Negated moment, project, id: ascending keys are newest first.
Key = tuple[int, str, str]
NEVER = float("-inf")
ALWAYS = float("inf")
# How much more the next question asks for, and how often a list may move under our eyes.
GROWTH = 4
RESTARTS = 5


class Unsettled(Exception):
    """A list changes faster than it can be read."""


class Question(NamedTuple):
    """Ask for `size` rows, newest first: those not newer than `until`, without the first `skip`."""

    until: int | None
    skip: int
    size: int


class Found(NamedTuple):
    """A row, its id, its moment, and the moment by which the project's answer is sorted."""

    identity: str
    moment: int
    sorted_by: int
    row: dict[str, Any]


@dataclass(slots=True)
class Stream:
    """One project's list as far as it was read: nothing unread has a moment after `edge`.

    `bounded` says whether a question can have an `until`, `most` is the largest `size`.
    """

    project: str
    question: Question
    bounded: bool
    most: int
    after: Key | None = None
    edge: float = ALWAYS
    rows: dict[str, tuple[Key, dict[str, Any]]] = field(default_factory=dict)
    last: str = ""
    restarts: int = 0

    def take(self, answer: Sequence[Found], more: bool) -> None:
        """Add the answer to the question, and have the next one ready; raises Unsettled."""
        asked = self.question
        if asked.skip and (not answer or answer[0].identity != self.last):
            # The row where we went on is gone from its place: rows came or went before it.
            self.restarts += 1
            if self.restarts > RESTARTS:
                raise Unsettled
            self.question = asked._replace(skip=0)
            return
        for found in answer:
            key = (-found.moment, self.project, found.identity)
            if self.after is None or key > self.after:
                self.rows[found.identity] = key, found.row
        if not (more and answer):
            self.edge = NEVER
            return
        self.edge, self.last = answer[-1].sorted_by, answer[-1].identity
        self.question = self._further(asked, len(answer))

    def _further(self, asked: Question, read: int) -> Question:
        until = int(self.edge)
        if self.bounded and (asked.until is None or until < asked.until):
            return Question(until, 0, min(asked.size * GROWTH, self.most))
        # All of one moment, or a list without bounds: read more at once while that is possible,
        # for one answer is consistent in itself; then go on at the last row, to see it again.
        if asked.size < self.most:
            return asked._replace(size=min(asked.size * GROWTH, self.most))
        return asked._replace(skip=asked.skip + read - 1)


def streams(
    projects: Sequence[str], limit: int, after: Key | None, *, bounded: bool, most: int
) -> list[Stream]:
    """A stream for each project, its first question small enough for their number."""
    share = -(-limit // max(len(projects), 1))
    # One more tells where the page ends, another is the last row of the page before.
    size = min(limit + 2, 2 * share + 3, most)
    until = -after[0] if after and bounded else None
    return [Stream(project, Question(until, 0, size), bounded, most, after) for project in projects]


def page(
    sources: Sequence[Stream], limit: int, read: Callable[[Sequence[Stream]], None]
) -> tuple[list[dict[str, Any]], Key | None]:
    """The next `limit` rows of all, and the key to go on after; None at the end.

    `read` asks the question of each stream that it is given, and lets the stream take the answer.
    """
    while True:
        known = [(key, row) for source in sources for key, row in source.rows.values()]
        first = heapq.nsmallest(limit, known, key=lambda one: one[0])
        end = -first[-1][0][0] if len(first) == limit else NEVER
        # What such a project has not told yet could belong before the end of the page.
        short = [one for one in sources if one.edge != NEVER and one.edge >= end]
        if not short:
            break
        read(short)
    rows = [{**row, "project": key[1]} for key, row in first]
    unfinished = len(known) > limit or any(one.edge != NEVER for one in sources)
    return rows, first[-1][0] if first and unfinished else None
