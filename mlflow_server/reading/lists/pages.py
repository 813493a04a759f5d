"""Pages of a list, newest first: the place where one ends, and what MLflow's filters say in SQL.

A position is the moment and the identity of the last row of a page:

    [1764500000000, "5c0f..."]

The next page is what comes behind that, so that rows may come and go between two pages and no row
that stays is missed or seen twice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mlflow.entities.lifecycle_stage import LifecycleStage
from mlflow.exceptions import MlflowException
from mlflow.store.tracking.dbmodels.models import SqlExperiment
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Row,
    Select,
    and_,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.exc import ProgrammingError

from mlflow_server.reading.errors import ReadingError
from mlflow_server.reading.questions import ListQuestion, Position, foreign_position
from mlflow_server.reading.selection import LARGEST

# What a row is taken for that has no moment.
LONG_AGO = 0


class Sequel:
    """The order of a list: by a moment, newest first, and for the same moment by an identity."""

    def __init__(self, moment: ColumnElement[int], *identity: ColumnElement[Any]) -> None:
        self._moment = moment
        self._identity = identity

    def page(self, statement: Select[Any], question: ListQuestion) -> Select[Any]:
        """The rows of a page and one more, each with what its position needs at the end.

        Raises ReadingError 400 "after".
        """
        if question.after is not None:
            self._check(question.after)
            statement = statement.where(self._behind(question.after))
        return (
            statement.add_columns(self._moment, *self._identity)
            .order_by(self._moment.desc(), *self._identity)
            .limit(question.limit + 1)
        )

    def position(self, row: Row[Any]) -> Position:
        """The position of a row of `page`."""
        return list(row[-1 - len(self._identity) :])

    def _behind(self, after: Position) -> ColumnElement[bool]:
        moment, *identity = after
        beyond: ColumnElement[bool] = false()
        for column, value in reversed(list(zip(self._identity, identity, strict=True))):
            beyond = or_(column > value, and_(column == value, beyond))
        # The first condition says nothing new, and can be looked up in an index.
        return and_(self._moment <= moment, or_(self._moment < moment, beyond))

    def _check(self, after: Position) -> None:
        columns = (self._moment, *self._identity)
        if len(after) != len(columns) or not all(map(_fits, columns, after)):
            raise foreign_position()


def _fits(column: ColumnElement[Any], value: Any) -> bool:
    if isinstance(column.type, Integer):
        highest = 2**63 - 1 if isinstance(column.type, BigInteger) else 2**31 - 1
        return type(value) is int and -highest <= value <= highest
    return isinstance(value, str) and "\0" not in value


def or_long_ago(moment: Any) -> ColumnElement[int]:
    """A moment that MLflow may not know."""
    known: ColumnElement[int] = func.coalesce(moment, literal(LONG_AGO, BigInteger))
    return known


def in_active_experiments(column: Any, workspaces: Sequence[str]) -> ColumnElement[bool]:
    """Whether the id is one of an experiment of the workspaces that is not in the trash."""
    own = select(SqlExperiment.experiment_id).where(
        SqlExperiment.workspace.in_(workspaces),
        SqlExperiment.lifecycle_stage == LifecycleStage.ACTIVE,
    )
    theirs: ColumnElement[bool] = column.in_(own)
    return theirs


def has_part(name: Any, query: str) -> list[ColumnElement[bool]]:
    """The condition that a name has this part, whatever its case; none for an empty one."""
    return [name.icontains(query, autoescape=True)] if query else []


def number(value: float, is_nan: object) -> float | str:
    """A metric as it was logged; JSON knows no "NaN", "Infinity", "-Infinity", as protobuf says."""
    if is_nan:
        return "NaN"
    if value >= LARGEST:
        return "Infinity"
    return "-Infinity" if value <= -LARGEST else value


@contextmanager
def in_mlflows_language() -> Iterator[None]:
    """Turn what MLflow's parser says of a filter into ReadingError 400 "filter"."""
    try:
        yield
    except MlflowException as error:
        raise _not_taken(error.message) from None
    # sqlparse and ast raise what they like for what they cannot read.
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError, MemoryError):
        raise _not_taken("it cannot be read.") from None


def read_rows(
    connection: Connection, statement: Select[Any], question: ListQuestion, sequel: Sequel
) -> tuple[list[Row[Any]], Position | None]:
    """The rows of a page and where the next one begins, None at the end.

    Raises ReadingError 400 "filter" for a comparison that this kind of database refuses.
    """
    try:
        rows = list(connection.execute(sequel.page(statement, question)))
    except (ProgrammingError, OverflowError, UnicodeEncodeError):
        if not question.filter:
            raise
        raise _not_taken("it compares what cannot be compared.") from None
    shown = rows[: question.limit]
    return shown, sequel.position(shown[-1]) if len(rows) > len(shown) else None


def _not_taken(sentence: str) -> ReadingError:
    return ReadingError(400, "filter", f"MLflow does not take this filter: {sentence}")
