"""Sets of ids as runs: how a seal says which events it covers, as in "1-40,43"."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlalchemy import ColumnElement, false, or_
from sqlalchemy.orm import InstrumentedAttribute

Runs = list[tuple[int, int]]
# SQLite takes no deeper tree of conditions than 1,000.
CONDITIONS_MOST = 400


def of(ids: Iterable[int]) -> Runs:
    """The runs of some ids, ascending."""
    return merged((one, one) for one in ids)


def merged(runs: Iterable[tuple[int, int]]) -> Runs:
    """The same ids in as few runs as can be, ascending."""
    found: Runs = []
    for first, last in sorted(runs):
        if found and first <= found[-1][1] + 1:
            found[-1] = (found[-1][0], max(last, found[-1][1]))
        else:
            found.append((first, last))
    return found


def spelled(runs: Runs) -> str:
    """The runs as text."""
    return ",".join(str(a) if a == b else f"{a}-{b}" for a, b in runs)


def read(text: str) -> Runs:
    """The runs of a text that `spelled` wrote; raises ValueError for any other."""
    found: Runs = []
    for part in text.split(",") if text else []:
        first, _, last = part.partition("-")
        found.append((int(first), int(last or first)))
    return found


def gaps(runs: Runs, floor: int, top: int) -> Runs:
    """What lies above `floor` and up to `top` in none of the merged runs."""
    found: Runs = []
    begin = floor + 1
    for first, last in runs:
        if last < begin:
            continue
        if first > begin:
            found.append((begin, min(first - 1, top)))
        begin = last + 1
    if begin <= top:
        found.append((begin, top))
    return [run for run in found if run[0] <= run[1]]


def holds(runs: Runs, wanted: int) -> bool:
    """Whether an id is in one of the runs."""
    return any(first <= wanted <= last for first, last in runs)


def pieces(runs: Runs) -> Iterator[Runs]:
    """The runs in pieces that are short enough for one statement."""
    for begin in range(0, len(runs), CONDITIONS_MOST):
        yield runs[begin : begin + CONDITIONS_MOST]


def among(column: InstrumentedAttribute[int], runs: Runs) -> ColumnElement[bool]:
    """The condition that a column's id is in one of the runs."""
    return or_(false(), *(column.between(first, last) for first, last in runs))
