"""What the reading room is measured on: 110,010 runs, as rows of MLflow's own tables.

By REST they would take a day. They are written before MLflow starts, so that the statistics which
its start refreshes on SQLite know them, and every connection of it begins with those.
"""

from __future__ import annotations

import random
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, TableClause, column, create_engine, insert, table

from mlflow_server import database
from tools.bench.content import T0

SMALL, LARGE = 10_000, 100_000
SMALL_KEYS, LARGE_KEYS = 15, 10
CURVES, CURVE_KEYS, STEPS = 10, 20, 10_000
# The parameters by which runs are grouped have three values each, the others nearly one a run.
GROUPED = 3
PIECE = 10_000


def _table(name: str, *columns: str) -> TableClause:
    return table(name, *(column(one) for one in columns))


EXPERIMENTS = _table(
    "experiments",
    *("experiment_id", "name", "workspace", "artifact_location", "lifecycle_stage"),
    *("creation_time", "last_update_time"),
)
RUNS = _table(
    "runs",
    *("run_uuid", "name", "source_type", "source_name", "entry_point_name", "user_id", "status"),
    *("start_time", "end_time", "source_version", "lifecycle_stage", "artifact_uri"),
    "experiment_id",
)
VALUES = ("key", "value", "timestamp", "step", "is_nan", "run_uuid")
LATEST, HISTORY = _table("latest_metrics", *VALUES), _table("metrics", *VALUES)
TEXTS = ("key", "value", "run_uuid")
PARAMS, TAGS = _table("params", *TEXTS), _table("tags", *TEXTS)


@dataclass(frozen=True, slots=True)
class ManyRuns:
    """The ids of three experiments, and those of the runs of the third."""

    small: str
    large: str
    curves: str
    curve_runs: tuple[str, ...]


def fill(mlflow_database: str, workspace: str) -> ManyRuns:
    """Write the runs into a new database of MLflow's."""
    database.prepare(mlflow_database)
    chance = random.Random(7)  # noqa: S311 - the same runs each time
    engine = create_engine(mlflow_database)
    try:
        with engine.begin() as connection:
            _experiments(connection, workspace)
            _runs(connection, chance, 101, SMALL, SMALL_KEYS)
            _runs(connection, chance, 102, LARGE, LARGE_KEYS)
            runs = _runs(connection, chance, 103, CURVES, 0)
            _histories(connection, chance, runs)
        if engine.dialect.name == "mysql":
            # As a server has them that was not filled a moment ago; SQLite's are the start's work.
            with engine.connect() as connection:
                for filled in (RUNS, LATEST, HISTORY, PARAMS, TAGS):
                    connection.exec_driver_sql(f"ANALYZE TABLE {filled.name}").close()
    finally:
        engine.dispose()
    return ManyRuns("101", "102", "103", tuple(runs))


def _experiments(connection: Connection, workspace: str) -> None:
    for number in (101, 102, 103):
        row = {
            "experiment_id": number,
            "name": f"many runs {number}",
            "workspace": workspace,
            "artifact_location": f"mlflow-artifacts:/workspaces/{workspace}/{number}",
            "lifecycle_stage": "active",
            "creation_time": T0,
            "last_update_time": T0,
        }
        connection.execute(insert(EXPERIMENTS), row)


def _runs(
    connection: Connection, chance: random.Random, experiment: int, count: int, keys: int
) -> list[str]:
    ids = [uuid.UUID(int=chance.getrandbits(128)).hex for _ in range(count)]
    for piece in _pieces(ids):
        each = [(run, key) for run in piece for key in range(keys)]
        _put(connection, RUNS, (_run(chance, run, experiment) for run in piece))
        values = (_value(f"metric_{key}", chance.gauss(key, 1), 0, run) for run, key in each)
        _put(connection, LATEST, values)
        settings = (_text(f"param_{key}", _setting(chance, key), run) for run, key in each)
        _put(connection, PARAMS, settings)
        users = (_text("mlflow.user", f"user{chance.randrange(7)}", run) for run in piece)
        _put(connection, TAGS, users)
    return ids


def _histories(connection: Connection, chance: random.Random, runs: Iterable[str]) -> None:
    for run in runs:
        for key in (f"metric_{number}" for number in range(CURVE_KEYS)):
            rows = [_value(key, chance.gauss(0, 1), step, run) for step in range(STEPS)]
            _put(connection, HISTORY, rows)
            _put(connection, LATEST, rows[-1:])


def _run(chance: random.Random, run: str, experiment: int) -> dict[str, Any]:
    start = T0 + chance.randrange(10**9)
    return {
        "run_uuid": run,
        "name": f"run-{run[:6]}",
        "source_type": "LOCAL",
        "source_name": "",
        "entry_point_name": "",
        "user_id": "bench",
        "status": chance.choice(("FINISHED", "FINISHED", "FINISHED", "FAILED")),
        "start_time": start,
        "end_time": start + chance.randrange(10**7),
        "source_version": "",
        "lifecycle_stage": "active",
        "artifact_uri": f"mlflow-artifacts:/{experiment}/{run}/artifacts",
        "experiment_id": experiment,
    }


def _value(key: str, value: float, step: int, run: str) -> dict[str, Any]:
    moment = T0 + step * 1000
    return dict(zip(VALUES, (key, value, moment, step, False, run), strict=True))


def _text(key: str, value: str, run: str) -> dict[str, str]:
    return dict(zip(TEXTS, (key, value, run), strict=True))


def _setting(chance: random.Random, number: int) -> str:
    return str(chance.choice((0.1, 0.01, 0.001)) if number < GROUPED else chance.randrange(10**6))


def _pieces(ids: list[str]) -> Iterator[list[str]]:
    return (ids[begin : begin + PIECE] for begin in range(0, len(ids), PIECE))


def _put(connection: Connection, into: TableClause, rows: Iterable[dict[str, Any]]) -> None:
    held = list(rows)
    if held:
        connection.execute(insert(into), held)
