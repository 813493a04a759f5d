"""A batch of rows that is written at once, of which one that is refused costs no other.

Who writes in the background collects what many callers caused. The whole batch goes into one
transaction. Where the database refuses it, each half goes into a transaction of its own, and so on
down to the row that is the reason.

    written = batches.write(database, entries, events.write)
    keep_for_later(written.waiting)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from ..database import Database
from ..errors import DatabaseUnavailable

T = TypeVar("T")

# PyMySQL tells the refusal of a value as OperationalError where it has no better word for the
# server's code: no value at all (1048, 1364), out of range (1264), cut (1265), of the wrong form
# (1292, 1366), letters that the column's character set lacks (1300, 3988), too long (1406).
MYSQL_OF_VALUES = frozenset({1048, 1264, 1265, 1292, 1300, 1364, 1366, 1406, 3988})


@dataclass(slots=True)
class Written(Generic[T]):
    """How a batch went: `waiting` is worth another try, for the reason `trouble`.

    `refused` are the items that will never be written, each with its error.
    """

    waiting: list[T] = field(default_factory=list)
    refused: list[tuple[T, Exception]] = field(default_factory=list)
    trouble: Exception | None = None


def write(
    database: Database, items: Sequence[T], work: Callable[[Session, Sequence[T]], object]
) -> Written[T]:
    """Write the items, by `work`, in as few transactions as can be; raises nothing of a database.

    Every item is written once, or is `waiting`, or `refused`. `work` may run more than once with
    the same items, each time after what it did before was taken back.
    """
    result = Written[T]()
    if items:
        _write(database, items, work, result)
    return result


def _write(
    database: Database,
    items: Sequence[T],
    work: Callable[[Session, Sequence[T]], object],
    result: Written[T],
) -> None:
    if result.trouble is not None:
        # The database went away between two parts: no part more waits for its timeout.
        result.waiting.extend(items)
        return
    try:
        database.write(lambda session: work(session, items))
    except Exception as error:
        if not _is_of_an_item(error):
            result.trouble = error
            result.waiting.extend(items)
        elif len(items) == 1:
            result.refused.append((items[0], error))
        else:
            middle = len(items) // 2
            _write(database, items[:middle], work, result)
            _write(database, items[middle:], work, result)


def _is_of_an_item(error: Exception) -> bool:
    """Whether the fault is one item's, so that the others can be written without it.

    The rest says nothing about an item: the database is away, full or locked, its tables are not
    there yet, or this account may not write into them. Then every item would fail.
    """
    cause = error.__cause__ if isinstance(error, DatabaseUnavailable) else error
    if not isinstance(cause, DBAPIError):
        # A driver could not even send the value (UnicodeEncodeError, OverflowError), or `work`
        # failed by itself.
        return cause is error
    code = next(iter(getattr(cause.orig, "args", ())), None)
    return isinstance(cause, DataError | IntegrityError) or code in MYSQL_OF_VALUES
