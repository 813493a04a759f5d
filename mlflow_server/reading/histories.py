"""The history of metrics of one run or logged model, thinned in the database.

A series of at most `points` values is given as it is. A longer one is cut into buckets of one width
along x, and of each bucket the database gives the lowest, the highest and the last value, so that
spikes stay. The edges of buckets are multiples of their width: as long as that stays the same, a
series that grows changes only at its end.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from mlflow.store.tracking.dbmodels.models import SqlLoggedModelMetric, SqlMetric
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    and_,
    false,
    func,
    literal,
    or_,
    select,
)
from sqlalchemy.orm import aliased

from mlflow_server.reading.selection import FARTHEST, LARGEST, exactly, is_finite
from mlflow_server.reading.session import fetch_all

_INT64 = 2**63 - 1
# Of values that are looked up in one statement.
MOST_PLACES = 1000
# A series with more values than this is cut into buckets by a statement of its own: sorting those
# of twenty series by key and bucket takes twice as long in SQLite, and four times in MariaDB. Of
# short ones the statements themselves would be what takes long.
LONG_SERIES = 1000


@dataclass(frozen=True)
class Owner:
    """Whose history it is: a run or a logged model, and when it began (milliseconds)."""

    id: str
    began: int
    labels: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Extent:
    """How many values a series has, and from where to where on the x axis."""

    count: int
    low: int
    high: int


class Point(NamedTuple):
    """A value as it was logged, or a bucket of values.

    `value` is the last of the finite ones, or their mean where that was asked for; it, `low` and
    `high` are None where none is finite. `x` is that of the last finite one, or of the last at all.
    """

    x: int
    bucket: int
    low: float | None
    high: float | None
    value: float | None
    values: int
    nonfinite: int


class Axis:
    """The x axis of a question: which column, from where it counts, and the wanted range."""

    def __init__(self, kind: str, bounds: Sequence[float] | None) -> None:
        self.kind = kind
        self._bounds = bounds

    def position(self, table: _Table, owner: Owner) -> ColumnElement[int]:
        """Where a value stands on the axis."""
        offset = self.offset(owner)
        column = self.column(table)
        return column - literal(offset, BigInteger) if offset else column

    def column(self, table: _Table) -> ColumnElement[int]:
        """What is kept of a value's place, which an index may have."""
        found: ColumnElement[int] = table.step if self.kind == "step" else table.time
        return found

    def offset(self, owner: Owner) -> int:
        """From where the axis counts, in the column."""
        return owner.began if self.kind == "relative" else 0

    def _times(self, table: _Table) -> list[ColumnElement[bool]]:
        """Of what is no time there is no difference to when the run began (selection.FARTHEST)."""
        return [table.time.between(-FARTHEST, FARTHEST)] if self.kind == "relative" else []

    def within(self, table: _Table, owner: Owner) -> list[ColumnElement[bool]]:
        """The conditions of the range."""
        if self._bounds is None:
            return self._times(table)
        low, high = self._bounds
        if math.isnan(low) or math.isnan(high):
            return [false()]
        offset, column = self.offset(owner), self.column(table)
        # As whole numbers on the column itself, so that an index can be used.
        edges = (max(low, -float(_INT64)), min(high, float(_INT64)))
        first = max(math.ceil(edges[0]) + offset, -_INT64)
        final = min(math.floor(edges[1]) + offset, _INT64)
        if first > final:
            return [false()]
        return [column >= first, column <= final, *self._times(table)]


class _Table:
    """MLflow's table of the histories of runs, or of logged models, by the same names."""

    def __init__(self, of_models: bool) -> None:
        model: Any = aliased(SqlLoggedModelMetric if of_models else SqlMetric)
        self.of_models = of_models
        self.owner = model.model_id if of_models else model.run_uuid
        self.key = model.metric_name if of_models else model.key
        self.value = model.metric_value if of_models else model.value
        self.step = model.metric_step if of_models else model.step
        self.time = model.metric_timestamp_ms if of_models else model.timestamp
        self.is_nan = model.metric_value.is_(None) if of_models else model.is_nan.is_(True)
        self.from_ = model

    @property
    def is_finite(self) -> ColumnElement[bool]:
        if self.of_models:
            return and_(self.value < LARGEST, self.value > -LARGEST)
        return is_finite(self.value, self.is_nan)


class Histories:
    """Reads the histories of runs, or of logged models, along one axis."""

    def __init__(self, connection: Connection, axis: Axis, *, of_models: bool) -> None:
        self._connection = connection
        self._dialect = connection.dialect.name
        self._axis = axis
        self._of_models = of_models

    def measure(self, owner: Owner, keys: Sequence[str]) -> dict[str, Extent]:
        """The extent of each series that has values."""
        folded = self._measure_folded(owner, keys)
        return self._measure_exactly(owner, keys) if folded is None else folded

    def _measure_exactly(self, owner: Owner, keys: Sequence[str]) -> dict[str, Extent]:
        table = _Table(self._of_models)
        statement = self._extents(table, owner, keys, self._name(table)).group_by(
            exactly(table.key, self._dialect)
        )
        rows = fetch_all(self._connection, statement)
        return {key: Extent(*rest) for key, *rest in rows if key in keys}

    def _measure_folded(self, owner: Owner, keys: Sequence[str]) -> dict[str, Extent] | None:
        """The extents by groups of what the collation takes for one key; None if that is several.

        In MySQL only: its index gives these groups in order, and it would sort the exact ones.
        """
        table = _Table(self._of_models)
        exact = exactly(table.key, self._dialect)
        if exact is table.key:
            return None
        spellings = func.min(exact) == func.max(exact)
        statement = self._extents(table, owner, keys, func.min(table.key), spellings)
        rows = fetch_all(self._connection, statement.group_by(table.key))
        if not all(is_one for _, is_one, *_ in rows):
            return None
        return {key: Extent(*rest) for key, _, *rest in rows if key in keys}

    def _extents(
        self, table: _Table, owner: Owner, keys: Sequence[str], *columns: Any
    ) -> Select[Any]:
        x = self._axis.position(table, owner)
        return self._of(table, owner, keys, *columns, func.count(), func.min(x), func.max(x))

    def read_points(self, owner: Owner, keys: Sequence[str]) -> Iterator[tuple[str, list[Point]]]:
        """Every value of these series as it was logged, along x."""
        table = _Table(self._of_models)
        x = self._axis.position(table, owner)
        order = (x, table.time, table.step, table.value)
        is_nan = func.coalesce(table.is_nan, false())
        statement = self._of(table, owner, keys, table.key, x, table.value, is_nan).order_by(*order)
        found: defaultdict[str, list[Point]] = defaultdict(list)
        for key, at, value, nan in fetch_all(self._connection, statement):
            found[key].append(_point(at, math.nan if nan or value is None else value))
        return ((key, found[key]) for key in keys if key in found)

    def read_buckets(
        self, owner: Owner, widths: Mapping[str, int], extents: Mapping[str, Extent], *, last: bool
    ) -> Iterator[tuple[str, list[Point]]]:
        """These series in buckets of these widths, with their last values or their means."""
        short: defaultdict[int, list[str]] = defaultdict(list)
        for key, width in widths.items():
            if extents[key].count > LONG_SERIES:
                yield from self._bucketed(owner, [key], width, extents, last)
            else:
                short[width].append(key)
        for width, keys in short.items():
            yield from self._bucketed(owner, keys, width, extents, last)

    def _bucketed(
        self,
        owner: Owner,
        keys: Sequence[str],
        width: int,
        extents: Mapping[str, Extent],
        last: bool,
    ) -> Iterator[tuple[str, list[Point]]]:
        rows = fetch_all(self._connection, self._finite(owner, keys, width, last=last))
        buckets: Mapping[str, Sequence[tuple[Any, ...]]] = {keys[0]: rows}
        if len(keys) > 1:
            by_key: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
            for row in rows:
                by_key[row[0]].append(row)
            buckets = by_key
        found: defaultdict[str, dict[int, Point]] = defaultdict(dict)
        for key, series in buckets.items():
            if last:
                values = self._last_values(owner, key, [row[5] for row in series])
                found[key] = {
                    at: Point(x, at, low, high, values.get(x), count, 0)
                    for _, at, low, high, count, x in series
                }
            else:
                found[key] = {
                    at: Point(x, at, low, high, mean, count, 0)
                    for _, at, low, high, count, x, mean in series
                }
        lost = [key for key in keys if _count(found[key]) < extents[key].count]
        if lost:
            for key, bucket, count, x in self._connection.execute(
                self._nonfinite(owner, lost, width)
            ):
                point = found[key].get(bucket) or Point(x, bucket, None, None, None, 0, 0)
                whole = point.values + count
                found[key][bucket] = point._replace(values=whole, nonfinite=count)
        for key in keys:
            yield key, sorted(found[key].values(), key=lambda point: point.x)

    def _finite(self, owner: Owner, keys: Sequence[str], width: int, *, last: bool) -> Select[Any]:
        """What the finite values of each bucket have in common; without `last` their mean too."""
        table = _Table(self._of_models)
        x = self._axis.position(table, owner)
        bucket = self._bucket(x, width)
        alone = keys[0] if len(keys) == 1 else None
        columns: list[ColumnElement[Any]] = [
            self._name(table).label("name") if alone is None else literal(alone).label("name"),
            bucket.label("bucket"),
            func.min(table.value).label("low"),
            func.max(table.value).label("high"),
            func.count().label("count"),
            func.max(x).label("x"),
        ]
        if not last:
            columns.append(func.avg(table.value).label("mean"))
        statement = self._of(table, owner, keys, *columns).where(table.is_finite)
        if alone is not None:
            return statement.where(*self._spelled(table, alone)).group_by(bucket)
        return statement.group_by(exactly(table.key, self._dialect), bucket)

    def _spelled(self, table: _Table, key: str) -> list[ColumnElement[bool]]:
        """That a key is this one letter by letter, where the database does not compare so."""
        exact = exactly(table.key, self._dialect)
        # Not where every letter counts already: SQLite would take it for a reason to read all runs.
        return [] if exact is table.key else [exact == key]

    def _last_values(self, owner: Owner, key: str, places: Sequence[int]) -> dict[int, float]:
        """The finite value at each of these places of the axis, the highest where there are more.

        In one statement with the buckets SQLite would join them by what its statistics say, and
        without any by reading the run, or all runs, once for each bucket.
        """
        table = _Table(self._of_models)
        offset, column = self._axis.offset(owner), self._axis.column(table)
        wanted = [place + offset for place in places]
        found: dict[int, float] = {}
        for begin in range(0, len(wanted), MOST_PLACES):
            statement = self._of(table, owner, [key], column, table.value).where(
                self._is_among(column, wanted[begin : begin + MOST_PLACES]),
                table.is_finite,
                *self._spelled(table, key),
            )
            for at, value in fetch_all(self._connection, statement):
                # Of several values at the last x the highest is the last, as MLflow orders them.
                if value > found.get(at - offset, -math.inf):
                    found[at - offset] = value
        return found

    def _is_among(self, column: Any, places: list[int]) -> ColumnElement[bool]:
        found: ColumnElement[bool]
        if self._dialect == "sqlite":
            # One parameter: a thousand cost SQLAlchemy more than SQLite needs to look them up.
            listed = func.json_each(json.dumps(places)).table_valued("value")
            found = column.in_(select(listed.c.value))
        else:
            found = column.in_(places)
        return found

    def _name(self, table: _Table) -> ColumnElement[str]:
        """The key of a group; MySQL wants an aggregate, which costs the others a fifth."""
        exact = exactly(table.key, self._dialect)
        name: ColumnElement[str] = table.key
        return name if exact is name else func.min(name)

    def _nonfinite(self, owner: Owner, keys: Sequence[str], width: int) -> Select[Any]:
        table = _Table(self._of_models)
        x = self._axis.position(table, owner)
        bucket = self._bucket(x, width)
        infinite = or_(table.is_nan, table.value >= LARGEST, table.value <= -LARGEST)
        return (
            self._of(table, owner, keys, self._name(table), bucket, func.count(), func.max(x))
            .where(infinite)
            .group_by(exactly(table.key, self._dialect), bucket)
        )

    def _of(self, table: _Table, owner: Owner, keys: Sequence[str], *columns: Any) -> Select[Any]:
        # With one key SQLite would read every run's values of it from the primary key; with two it
        # takes the index that begins with the run.
        names = [*keys, *keys] if len(keys) == 1 else keys
        return (
            select(*columns)
            .select_from(table.from_)
            .where(table.owner == owner.id, table.key.in_(names))
            .where(*self._axis.within(table, owner))
        )

    def _bucket(self, x: ColumnElement[int], width: int) -> ColumnElement[int]:
        # As a part of the text, since PostgreSQL takes two parameters for two expressions.
        whole = literal(width, BigInteger, literal_execute=True)
        if self._dialect in ("mysql", "mariadb"):
            # Binds as a division does, so that a difference before it gets its parentheses.
            return x.op("DIV", precedence=8, return_type=BigInteger())(whole)
        return x // whole


def _count(points: Mapping[int, Point]) -> int:
    return sum(point.values for point in points.values())


def _point(x: int, value: float) -> Point:
    if value >= LARGEST or value <= -LARGEST:
        value = math.copysign(math.inf, value)
    if math.isfinite(value):
        return Point(x, x, value, value, value, 1, 0)
    return Point(x, x, None, None, value, 1, 1)


def bucket_width(low: int, high: int, points: int) -> int:
    """The width at which what lies between fills at most `points` buckets."""
    # The first and the last bucket may be filled in part: their edges are multiples of the width.
    return max(1, -(-(high - low + 1) // (points - 1)))


def widest(extents: Iterable[Extent]) -> Extent:
    """The extent of several series together."""
    found = list(extents)
    return Extent(
        sum(one.count for one in found),
        min(one.low for one in found),
        max(one.high for one in found),
    )
