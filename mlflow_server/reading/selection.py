"""The runs that a question is about, as the beginning of every statement.

    selection = select_runs(connection, question)
    connection.execute(selection.of(SqlRun.run_uuid).limit(10))

Every statement filters by the workspaces that the question names: what is in another is as if it
did not exist.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from mlflow.entities.lifecycle_stage import LifecycleStage
from mlflow.store.tracking.dbmodels.models import (
    SqlExperiment,
    SqlLatestMetric,
    SqlParam,
    SqlRun,
    SqlTag,
)
from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    case,
    false,
    func,
    select,
)
from sqlalchemy.orm import aliased

from mlflow_server.reading.errors import ReadingError
from mlflow_server.reading.expression import Expression, comparisons, names, nearest
from mlflow_server.reading.filters import condition
from mlflow_server.reading.grammar import parse
from mlflow_server.reading.questions import MOST_EXACT, PARENT_TAG, Column, Question

MODELS: dict[str, Any] = {"metrics": SqlLatestMetric, "params": SqlParam, "tags": SqlTag}
# MLflow keeps an infinity as the largest double.
LARGEST = 1.7976931348623157e308
# Of more runs than MOST_EXACT only a sample of SAMPLE tells what they have.
SAMPLE = 4000
# So many values stand in one IN. From 1,000 on MariaDB makes a table of them, which it joins in
# twice the time (in_predicate_conversion_threshold).
CHUNK = 900
# A client may log any time that fits into 64 bits. Of those beyond this, and they are no times,
# there is no difference: it would not fit, and one run would end every question that meets it.
FARTHEST = 2**62
# The highest id of an experiment that the column can hold.
HIGHEST_ID = 2**31 - 1

# Of the names of a filter that nothing answers, so many are looked up.
MOST_LOOKED_UP = 5

_STAGES = {
    "active": [LifecycleStage.ACTIVE],
    "deleted": [LifecycleStage.DELETED],
    "all": [LifecycleStage.ACTIVE, LifecycleStage.DELETED],
}
# What stands in the table of experiments.
OF_EXPERIMENTS = ("project", "experiment_name")
_ATTRIBUTES: dict[str, ColumnElement[Any]] = {
    "run_id": SqlRun.run_uuid,
    "run_name": SqlRun.name,
    "project": SqlExperiment.workspace,
    "experiment_id": SqlRun.experiment_id,
    "experiment_name": SqlExperiment.name,
    "status": SqlRun.status,
    "start_time": SqlRun.start_time,
    "end_time": SqlRun.end_time,
    "duration": case(
        (
            and_(
                SqlRun.start_time.between(-FARTHEST, FARTHEST),
                SqlRun.end_time.between(-FARTHEST, FARTHEST),
            ),
            SqlRun.end_time - SqlRun.start_time,
        )
    ),
    "user_id": SqlRun.user_id,
    "lifecycle_stage": SqlRun.lifecycle_stage,
    "artifact_uri": SqlRun.artifact_uri,
}
_Item = TypeVar("_Item")


@dataclass(frozen=True)
class Value:
    """What a column is in SQL. `is_nan` is there for metrics, which may have no number."""

    expression: ColumnElement[Any]
    is_nan: ColumnElement[bool] | None = None


@dataclass(frozen=True)
class Selection:
    """Runs, in the form of what all statements about them begin with."""

    dialect: str
    conditions: tuple[ColumnElement[bool], ...]
    source: FromClause = SqlRun.__table__
    has_experiments: bool = False

    def of(self, *columns: Any) -> Select[Any]:
        """A statement that reads these columns of the runs."""
        return select(*columns).select_from(self.source).where(*self.conditions)

    def with_experiments(self) -> Selection:
        """The same runs with their experiments joined to them."""
        if self.has_experiments:
            return self
        there = SqlExperiment.experiment_id == SqlRun.experiment_id
        source = self.source.join(SqlExperiment.__table__, there)
        return replace(self, source=source, has_experiments=True)

    def with_value(self, column: Column) -> tuple[Selection, Value]:
        """The same runs with a column joined to them, which is null where a run has none."""
        if column.kind == "attributes" and column.key != "parent_run_id":
            whole = self.with_experiments() if column.key in OF_EXPERIMENTS else self
            return whole, Value(_ATTRIBUTES[column.key])
        kind, key = (
            ("tags", PARENT_TAG) if column.kind == "attributes" else (column.kind, column.key)
        )
        model = aliased(MODELS[kind])
        there = and_(model.run_uuid == SqlRun.run_uuid, is_key(model.key, key, self.dialect))
        joined = replace(self, source=self.source.outerjoin(model, there))
        return joined, Value(model.value, model.is_nan if kind == "metrics" else None)

    def among(self, run_ids: Sequence[str]) -> Selection:
        """Those of the runs that have these ids."""
        return replace(self, conditions=(*self.conditions, SqlRun.run_uuid.in_(run_ids)))


def select_runs(connection: Connection, question: Question) -> Selection:
    """The runs of a question. Raises FilterError."""
    dialect = connection.dialect.name
    experiments = None if question.experiments is None else _numbers(question.experiments)
    conditions = [
        _in_workspaces(question.workspaces, experiments),
        SqlRun.lifecycle_stage.in_(_STAGES[question.view]),
    ]
    if question.runs is not None:
        conditions.append(_is_one_of(SqlRun.run_uuid, question.runs))
    expression = parse(question.filter)
    if expression is None:
        return Selection(dialect, tuple(conditions))
    conditions.append(condition(expression, dialect, int(time.time() * 1000)))
    selection = Selection(dialect, tuple(conditions))
    of_experiments = any(key in OF_EXPERIMENTS for kind, key in names(expression))
    return selection.with_experiments() if of_experiments else selection


def select_by_id(connection: Connection, workspaces: Sequence[str]) -> Selection:
    """Every run of the workspaces, deleted ones too, for questions about ids."""
    return Selection(connection.dialect.name, (_in_workspaces(workspaces, None),))


def _in_workspaces(
    workspaces: Sequence[str], experiments: Sequence[int] | None
) -> ColumnElement[bool]:
    # Not a join: SQLite would go through the runs by the index of their ids then, six times slower.
    own = select(SqlExperiment.experiment_id).where(SqlExperiment.workspace.in_(workspaces))
    if experiments is not None:
        own = own.where(_is_one_of(SqlExperiment.experiment_id, experiments))
    theirs: ColumnElement[bool] = SqlRun.experiment_id.in_(own)
    return theirs


def is_key(column: ColumnElement[Any], key: str, dialect: str) -> ColumnElement[bool]:
    """Whether a name is this one, letter by letter.

    MySQL compares by its collation, to which `Loss` is `loss`. The first comparison uses the index.
    """
    same = column == key
    return and_(same, func.binary(column) == func.binary(key)) if _folds(dialect) else same


def exactly(column: ColumnElement[Any], dialect: str) -> ColumnElement[Any]:
    """A text by which it can be grouped letter by letter."""
    return func.binary(column) if _folds(dialect) else column


def _folds(dialect: str) -> bool:
    return dialect in ("mysql", "mariadb")


def is_finite(value: ColumnElement[Any], is_nan: ColumnElement[bool]) -> ColumnElement[bool]:
    """Whether a value that MLflow keeps is a number."""
    return and_(is_nan.is_(False), value < LARGEST, value > -LARGEST)


def null_last(value: Value) -> ColumnElement[int]:
    """0 for a value, 1 for NaN, 2 for none: MySQL knows no NULLS LAST."""
    if value.is_nan is None:
        return case((value.expression.is_(None), 2), else_=0)
    return case((value.expression.is_(None), 2), (value.is_nan.is_(True), 1), else_=0)


def read_sample(
    connection: Connection, selection: Selection, most: int = MOST_EXACT
) -> tuple[list[str], bool]:
    """The ids of the runs, and whether they are a sample.

    Of more than `most` runs it is SAMPLE of them, or as many as `most`: half the newest, half those
    with the lowest ids, which are random.
    """
    by_id = selection.of(SqlRun.run_uuid).order_by(SqlRun.run_uuid)
    found = list(connection.scalars(by_id.limit(most + 1)).all())
    if len(found) <= most:
        return found, False
    half = min(most, SAMPLE) // 2
    return sorted({*found[:half], *newest(connection, selection, half)}), True


def newest(connection: Connection, selection: Selection, limit: int) -> list[str]:
    """The ids of the runs that began last."""
    by_time = selection.of(SqlRun.run_uuid).order_by(SqlRun.start_time.desc(), SqlRun.run_uuid)
    return list(connection.scalars(by_time.limit(limit)))


def require_known_names(connection: Connection, question: Question) -> None:
    """Raise ReadingError 400 "filter" for a name in the filter that is probably a mistake.

    For questions that nothing answers: a name that none of the runs has, though one has a name near
    to it, is what is wrong then.
    """
    expression = parse(question.filter)
    unknown = [(kind, key) for kind, key in sorted(_names(expression)) if kind in MODELS]
    if not unknown:
        return
    everything = select_runs(connection, question.model_copy(update={"filter": ""}))
    sample, _ = read_sample(connection, everything)
    for kind, key in unknown[:MOST_LOOKED_UP]:
        there = everything.with_value(Column(kind, key))  # type: ignore[arg-type]
        if connection.execute(_having(*there)).first() is not None:
            continue
        near = nearest(key, read_keys(connection, kind, sample))
        if near is not None and near != key:
            # The same letters may stand before it, in another name.
            written = next(
                one.name.position
                for one in comparisons(expression)
                if (one.name.kind, one.name.key) == (kind, key)
            )
            raise ReadingError(
                400,
                "filter",
                f"No run has {kind}.{key}: there is {near!r}.",
                position=max(0, question.filter.find(key, written)),
                found=key,
                expected="a name that a run has",
                near=near,
            )


def _names(expression: Expression | None) -> set[tuple[str, str]]:
    return {(str(kind), key) for kind, key in names(expression)}


def _having(selection: Selection, value: Value) -> Select[Any]:
    return selection.of(SqlRun.run_uuid).where(value.expression.is_not(None)).limit(1)


def read_keys(connection: Connection, kind: str, run_ids: Sequence[str]) -> list[str]:
    """Every name of this kind that one of the runs has."""
    model = MODELS[kind]
    exact = exactly(model.key, connection.dialect.name)
    found: set[str] = set()
    for chunk in chunks(run_ids):
        statement = select(func.min(model.key)).where(model.run_uuid.in_(chunk)).group_by(exact)
        found.update(connection.scalars(statement))
    return sorted(found)


def chunks(items: Sequence[_Item], size: int = CHUNK) -> Iterator[Sequence[_Item]]:
    """The items, so many at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _is_one_of(column: Any, values: Sequence[Any]) -> ColumnElement[bool]:
    found: ColumnElement[bool] = column.in_(values) if values else false()
    return found


def _numbers(ids: Iterable[str]) -> list[int]:
    """Ids of experiments; what is no number, or too large for one, is nobody's."""
    digits = (one for one in ids if one.isascii() and one.isdigit() and len(one) <= 10)
    return [number for number in map(int, digits) if number <= HIGHEST_ID]
