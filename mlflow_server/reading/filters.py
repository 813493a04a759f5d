"""A filter over runs as a condition in SQL.

    select(SqlRun).join(SqlExperiment).where(condition(parse(text), "sqlite", now_ms))

What MLflow's search knows is compared by MLflow's own functions, so that case, padding and
accents count as they count there, on each kind of database. What a run may have many of is looked
up by EXISTS, one a condition. Every condition is true or false and never unknown, so that NOT is
the plain opposite.
"""

from __future__ import annotations

import math
import re
from typing import Any

from mlflow.store.tracking.dbmodels.models import (
    SqlDataset,
    SqlExperiment,
    SqlInput,
    SqlInputTag,
    SqlLatestMetric,
    SqlParam,
    SqlRun,
    SqlTag,
)
from mlflow.utils.mlflow_tags import (
    MLFLOW_DATASET_CONTEXT,
    MLFLOW_PARENT_RUN_ID,
    MLFLOW_RUN_NAME,
)
from mlflow.utils.search_utils import SearchUtils
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Float,
    and_,
    false,
    func,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
)

from mlflow_server.reading.expression import (
    And,
    Comparison,
    Expression,
    Name,
    Not,
    Or,
    Type,
    comparisons,
    mistake,
)

Condition = ColumnElement[bool]

# MLflow keeps these as tags; a run of an old one has its name nowhere else.
_TAGS = {"run_name": MLFLOW_RUN_NAME, "parent_run_id": MLFLOW_PARENT_RUN_ID}
_COLUMNS: dict[str, Any] = {
    "run_id": SqlRun.run_uuid,
    "status": SqlRun.status,
    "user_id": SqlRun.user_id,
    "artifact_uri": SqlRun.artifact_uri,
    "lifecycle_stage": SqlRun.lifecycle_stage,
    "start_time": SqlRun.start_time,
    "end_time": SqlRun.end_time,
    "experiment_id": SqlRun.experiment_id,
    "experiment_name": SqlExperiment.name,
}
# What the column of an integer can hold.
_HIGHEST = {Type.ID: 2**31 - 1, Type.TIME: 2**63 - 1, Type.DURATION: 2**63 - 1}
_SQLITE_PATTERN = {"%": "*", "_": "?", "*": "[*]", "?": "[?]", "[": "[[]"}


def condition(expression: Expression, dialect_name: str, now_ms: int) -> Condition:
    """The condition on `SqlRun`, for a statement that joins `SqlExperiment`, both by their names.

    A run that has not ended lasts until `now_ms`. Raises FilterError for what this kind of database
    cannot be asked.
    """
    dialect = "mysql" if dialect_name == "mariadb" else dialect_name
    if dialect == "postgresql":
        for comparison in comparisons(expression):
            _check_for_postgresql(comparison)
    return _Translation(dialect, now_ms).translate(expression)


class _Translation:
    """One filter in the SQL of one kind of database."""

    def __init__(self, dialect: str, now_ms: int) -> None:
        self._dialect = dialect
        self._now = now_ms

    def translate(self, expression: Expression) -> Condition:
        match expression:
            case And(parts):
                return and_(*map(self.translate, parts))
            case Or(parts):
                return or_(*map(self.translate, parts))
            case Not(part):
                return not_(self.translate(part))
            case Comparison(name=Name(kind="metrics")):
                return self._metric(expression)
            case Comparison(name=Name(kind="params", key=key)):
                return self._entry(expression, SqlParam, key)
            case Comparison(name=Name(kind="tags", key=key)):
                return self._entry(expression, SqlTag, key)
            case Comparison(name=Name(kind="datasets")):
                return self._dataset(expression)
            case Comparison(name=Name(key=key)) if key in _TAGS:
                return self._entry(expression, SqlTag, _TAGS[key])
            case Comparison():
                return self._attribute(expression)

    def _metric(self, comparison: Comparison) -> Condition:
        if comparison.value is None:
            return self._entry(comparison, SqlLatestMetric, comparison.name.key)
        holds = self._compare(SqlLatestMetric.value, comparison)
        # NaN is kept as 0 beside a mark. It is unequal to everything, and nothing else.
        if comparison.comparator in ("!=", "NOT IN"):
            holds = or_(holds, SqlLatestMetric.is_nan == true())
        else:
            holds = and_(holds, SqlLatestMetric.is_nan == false())
        same = self._texts("=", SqlLatestMetric.key, comparison.name.key)
        return self._has(SqlLatestMetric, same, holds)

    def _entry(self, comparison: Comparison, entity: Any, key: str) -> Condition:
        """A condition on the row that a run may have by this key."""
        if comparison.value is None:
            # As MLflow: by the database's own equality, which on MySQL knows no case.
            has = self._has(entity, entity.key == key)
            return has if comparison.comparator == "IS NOT NULL" else not_(has)
        same = self._texts("=", entity.key, key)
        return self._has(entity, same, self._compare(entity.value, comparison))

    @staticmethod
    def _has(entity: Any, *conditions: Condition) -> Condition:
        own = select(entity.run_uuid).where(entity.run_uuid == SqlRun.run_uuid, *conditions)
        return own.correlate(SqlRun).exists()

    def _dataset(self, comparison: Comparison) -> Condition:
        own = (
            select(SqlInput.input_uuid)
            .join(SqlDataset, SqlDataset.dataset_uuid == SqlInput.source_id)
            .where(
                SqlInput.destination_id == SqlRun.run_uuid,
                SqlInput.destination_type == "RUN",
                SqlInput.source_type == "DATASET",
            )
        )
        if comparison.name.key == "context":
            column: Any = SqlInputTag.value
            own = own.join(SqlInputTag, SqlInputTag.input_uuid == SqlInput.input_uuid)
            own = own.where(SqlInputTag.name == MLFLOW_DATASET_CONTEXT)
        else:
            column = getattr(SqlDataset, comparison.name.key)
        if comparison.value is not None:
            own = own.where(self._compare(column, comparison))
        has = own.correlate(SqlRun).exists()
        return not_(has) if comparison.comparator == "IS NULL" else has

    def _attribute(self, comparison: Comparison) -> Condition:
        if comparison.name.key == "duration":
            # Not of integers: their difference may be too large for one.
            ended = func.coalesce(SqlRun.end_time, literal(self._now, BigInteger))
            column: Any = _as_float(ended) - _as_float(SqlRun.start_time)
        else:
            column = _COLUMNS[comparison.name.key]
        if comparison.comparator == "IS NULL":
            return column.is_(None)  # type: ignore[no-any-return]
        if comparison.comparator == "IS NOT NULL":
            return column.is_not(None)  # type: ignore[no-any-return]
        # A comparison with nothing would be unknown, and so would its opposite.
        return and_(column.is_not(None), self._compare(column, comparison))

    def _compare(self, column: Any, comparison: Comparison) -> Condition:
        if comparison.name.type is not Type.TEXT:
            return self._numbers(column, comparison)
        return self._texts(comparison.comparator, column, comparison.value)

    def _texts(self, comparator: str, column: Any, value: Any) -> Condition:
        if comparator == "LIKE" and self._dialect == "sqlite":
            # LIKE knows no case on a connection that was not told to.
            pattern = "".join(_SQLITE_PATTERN.get(sign, sign) for sign in value)
            return column.op("GLOB", is_comparison=True)(pattern)  # type: ignore[no-any-return]
        if comparator == "RLIKE" and self._dialect == "mysql":
            # MLflow compares bytes, in which a letter such as ö is two.
            exact = func.convert(column.op("USING")(literal_column("utf8mb4")))
            return exact.collate("utf8mb4_bin").op("REGEXP", is_comparison=True)(value)
        compare: Any = SearchUtils.get_sql_comparison_func(comparator, self._dialect)
        holds: Condition = compare(column, value)
        if comparator == "IN" and self._dialect == "mysql":
            # The comparison of bytes uses no index.
            return and_(column.in_(value), holds)
        return holds

    def _numbers(self, column: Any, comparison: Comparison) -> Condition:
        name, comparator, value = comparison.name, comparison.comparator, comparison.value
        highest = _HIGHEST.get(name.type, math.inf)
        if comparator == "BETWEEN" and isinstance(value, tuple):
            ends = zip((">=", "<="), value, strict=True)
            return and_(*(self._numbers(column, Comparison(name, *end)) for end in ends))
        if isinstance(value, tuple):
            listed: Condition = column.in_([one for one in value if _fits(one, highest)])
            return listed if comparator == "IN" else not_(listed)
        number: Any = value
        if _fits(number, highest):
            compare: Any = SearchUtils.get_comparison_func(comparator)
            return compare(column, number)  # type: ignore[no-any-return]
        # No database takes such a number, and every one that it keeps is on the same side of it.
        above = ("<", "<=", "!=") if number > 0 else (">", ">=", "!=")
        return true() if comparator in above else false()


def _fits(value: Any, highest: float) -> bool:
    """Whether a database can be asked for the number; none keeps infinity."""
    return -highest - 1 <= value <= highest and not math.isinf(value)


def _as_float(column: Any) -> ColumnElement[float]:
    return column * literal_column("1.0", Float)  # type: ignore[no-any-return]


def _check_for_postgresql(comparison: Comparison) -> None:
    """Raise FilterError for what the others take and PostgreSQL answers by an error."""
    name, value = comparison.name, comparison.value
    texts = [name.key, *(value if isinstance(value, tuple) else [value])]
    if any(isinstance(one, str) and "\0" in one for one in texts):
        sentence = f"{str(name)!r} is compared with or has a NUL, which PostgreSQL never keeps"
        raise mistake(name.position, str(name), "no character of number 0", sentence)
    if comparison.comparator in ("LIKE", "ILIKE") and _ends_in_escape(str(value)):
        sentence = f"The pattern of {str(name)!r} ends in a backslash"
        raise mistake(name.position, str(value), "another backslash, or none", sentence)


def _ends_in_escape(pattern: str) -> bool:
    found = re.search(r"\\+\Z", pattern)
    return found is not None and len(found[0]) % 2 == 1
