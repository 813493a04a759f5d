"""Which columns runs have, in how many they are, and their commonest values, for facets.

Up to `exact_up_to` runs everything is counted. Of more a sample is looked at, half of it the newest
and half at random, and the answer says so: what one run in thousands has may be missing then.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Integer, func, select, type_coerce

from mlflow_server.reading.questions import ATTRIBUTES, ColumnsQuestion
from mlflow_server.reading.rows import Check, RowReader
from mlflow_server.reading.selection import (
    LARGEST,
    MODELS,
    Selection,
    chunks,
    read_sample,
    require_known_names,
    select_by_id,
    select_runs,
)
from mlflow_server.reading.session import Open, fetch_all

COMMONEST = 10
# A text of thousands of letters is no facet.
LONGEST_VALUE = 250
_NUMBERS = ("start_time", "end_time", "duration")

Values = Counter[Any]


def read_columns(question: ColumnsQuestion, open_: Open, check: Check) -> dict[str, Any]:
    """{"runs", "sampled", "looked_at", "columns": [{"kind", "key", "runs", "values", "min", "max",
    "common"}]}.

    `runs` of a column is out of `looked_at`; `values` is how many different ones there are; `min`
    and `max` are there where all values are numbers, of the finite ones; `common` holds up to
    COMMONEST pairs of a value and how many runs have it.
    """
    with open_() as connection:
        selection = select_runs(connection, question)
        sample, sampled = read_sample(connection, selection, question.exact_up_to)
        if not sample:
            require_known_names(connection, question)
        total = _count(connection, selection) if sampled else len(sample)
        everything = select_by_id(connection, question.workspaces)
        found = _attributes(connection, everything, sample, check)
        for kind in MODELS:
            of_kind = _values(connection, kind, sample, check)
            found += [_column(kind, key, of_kind[key]) for key in sorted(of_kind)]
    return {"runs": total, "sampled": sampled, "looked_at": len(sample), "columns": found}


def _count(connection: Connection, selection: Selection) -> int:
    return connection.scalar(selection.of(func.count())) or 0


def _values(
    connection: Connection, kind: str, run_ids: Sequence[str], check: Check
) -> Mapping[str, Values]:
    """How often each key has each value."""
    model = MODELS[kind]
    if kind == "metrics":
        fields = [model.value, type_coerce(model.is_nan, Integer)]
    else:
        fields = [func.substr(model.value, 1, LONGEST_VALUE + 1)]
    # The rows themselves are what is counted: of a hundred thousand that is a third of the time
    # that it takes to look into each.
    counted: Counter[tuple[Any, ...]] = Counter()
    for chunk in chunks(run_ids):
        check()
        statement = select(model.key, *fields).where(model.run_uuid.in_(chunk))
        counted.update(fetch_all(connection, statement))
    found: defaultdict[str, Values] = defaultdict(Counter)
    for (key, value, *is_nan), times in counted.items():
        # What MLflow keeps of a NaN is not always the same number.
        found[key][_shown(value, *is_nan) if is_nan else value] += times
    return found


def _shown(value: float, is_nan: bool) -> float | str:
    """A metric as it was logged; as a text where that is no number, as no NaN equals another."""
    if is_nan:
        return "NaN"
    if value >= LARGEST:
        return "Infinity"
    return "-Infinity" if value <= -LARGEST else value


def _attributes(
    connection: Connection, selection: Selection, run_ids: Sequence[str], check: Check
) -> list[dict[str, Any]]:
    batch = RowReader([]).read(connection, selection, run_ids, check)
    found = []
    for key in ATTRIBUTES:
        values = Counter(value for value in batch[key].to_pylist() if value is not None)
        if values:
            found.append(_column("attributes", key, values))
    return found


def _column(kind: str, key: str, values: Values) -> dict[str, Any]:
    low, high = _range(kind, key, values)
    common = [
        [value, times]
        for value, times in values.most_common(2 * COMMONEST)
        if not (isinstance(value, str) and len(value) > LONGEST_VALUE)
    ]
    return {
        "kind": kind,
        "key": key,
        "runs": values.total(),
        "values": len(values),
        "min": low,
        "max": high,
        "common": common[:COMMONEST],
    }


def _range(kind: str, key: str, values: Values) -> tuple[float | None, float | None]:
    """The lowest and the highest number; None where a value is none."""
    if kind == "metrics" or (kind == "attributes" and key in _NUMBERS):
        found = [value for value in values if not isinstance(value, str)]
    elif kind == "params":
        try:
            found = [float(value) for value in values]
        except (TypeError, ValueError):
            found = []
        found = [value for value in found if math.isfinite(value)]
    else:
        found = []
    return (min(found), max(found)) if found else (None, None)
