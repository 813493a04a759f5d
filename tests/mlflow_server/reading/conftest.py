"""MLflow's own store on each kind of database, with runs of odd names and values."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pytest
from mlflow.entities import ViewType
from mlflow.store.tracking.dbmodels.models import (
    SqlDataset,
    SqlExperiment,
    SqlInput,
    SqlInputTag,
    SqlLatestMetric,
    SqlMetric,
    SqlParam,
    SqlRun,
    SqlTag,
)
from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.exc import SADeprecationWarning
from sqlalchemy.orm import Session

from databases import KINDS, drop_database, needed_database
from reading_room import Room

with warnings.catch_warnings():
    # MLflow's own business.
    warnings.simplefilter("ignore", SADeprecationWarning)
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

NOW = 1_790_000_000_000
HOUR = 3_600_000
LARGEST = 1.7976931348623157e308
METRICS = ("loss", "Loss", "val/loss", "a b", "größe", "it's", 'say "x"', "tick`tock", "50%", "😀")
TEXTS = ("opt", "Opt", "val-set", "a b", "größe", "it's", 'say "x"', "tick`tock", "50%", "😀", "in")
NUMBERS = (0.0, 0.1, -0.1, 0.30000000000000004, 1.0, 1e-300, 1e20, LARGEST, -LARGEST, 5e-324, 12.0)
PLAIN_VALUES = ("adam", "Adam", "ADAM", "adamw", "", "a_b", "50%", "a*b", "a?b", "[ab]", "x y")
ODD_VALUES = (
    "größe",
    "GRÖSSE",
    "it's",
    'say "x"',
    "back\\slash",
    "adam ",
    "two\nlines",
    "😀",
    "\\",
)
STATUSES = ("RUNNING", "FINISHED", "FAILED", "KILLED", "SCHEDULED")
NAMES = ("bold-cat-1", "Bold-Cat-1", "größe", "it's 50%", "😀", "")
USERS = ("alice", "Alice", "", "o'brien")
DATASETS = (("train", "d1"), ("Train", "d1"), ("it's", "d2"), ("größe%", "D1"), ("", "d3"))
CONTEXTS = ("training", "Training", "eval", None)
RUNS = 40


@dataclass
class OddRuns:
    """A store with one experiment of odd runs, and what is asked of it."""

    kind: str
    store: Any
    experiment: str

    def by_mlflow(self, text: str) -> set[str]:
        """The ids of the runs that MLflow finds."""
        found = self.store.search_runs([self.experiment], text, ViewType.ALL, max_results=1000)
        return {run.info.run_id for run in found}

    def by_condition(self, where: ColumnElement[bool]) -> set[str]:
        """The ids of the runs for which the condition holds, as the reading room asks."""
        statement = (
            select(SqlRun.run_uuid)
            .select_from(
                SqlRun.__table__.join(
                    SqlExperiment.__table__, SqlExperiment.experiment_id == SqlRun.experiment_id
                )
            )
            .where(SqlRun.experiment_id == int(self.experiment), where)
        )
        with self.store.engine.connect() as connection:
            rows = list(connection.scalars(statement))
        assert len(rows) == len(set(rows))
        return set(rows)

    @cached_property
    def all(self) -> list[Any]:
        """Every run, as MLflow has it."""
        return list(self.store.search_runs([self.experiment], "", ViewType.ALL, max_results=1000))


@pytest.fixture(scope="session", params=KINDS)
def odd_runs(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OddRuns]:
    """The odd runs on one kind of database."""
    folder = tmp_path_factory.mktemp("odd-runs")
    url = needed_database(request.param, folder)
    store = SqlAlchemyStore(url, str(folder))
    experiment = store.create_experiment("größe 50%")
    with Session(store.engine) as session:
        datasets = _add_datasets(session, int(experiment))
        for number in range(RUNS):
            _add_run(session, int(experiment), number, datasets, request.param)
        session.commit()
    yield OddRuns(request.param, store, experiment)
    store.engine.dispose()
    drop_database(url)


def _add_datasets(session: Session, experiment: int) -> list[str]:
    ids = []
    for name, digest in DATASETS:
        ids.append(uuid.uuid4().hex)
        session.add(
            SqlDataset(
                dataset_uuid=ids[-1],
                experiment_id=experiment,
                # To MySQL's collation these two would be one.
                name=name,
                digest=f"{digest}-{len(ids)}",
                dataset_source_type="local",
                dataset_source="x",
            )
        )
    return ids


def _add_run(
    session: Session, experiment: int, number: int, datasets: list[str], kind: str
) -> None:
    run_id = f"{number:02d}{uuid.uuid4().hex[2:]}"
    start = NOW - number * HOUR
    session.add(
        SqlRun(
            run_uuid=run_id,
            name=NAMES[number % len(NAMES)],
            status=STATUSES[number % len(STATUSES)],
            user_id=USERS[number % len(USERS)],
            start_time=start,
            end_time=None if number % 3 == 0 else start + number * 60_000,
            lifecycle_stage="deleted" if number % 11 == 0 else "active",
            artifact_uri=f"file:///tmp/{number % 4}/größe%20x",
            experiment_id=experiment,
            source_type="LOCAL",
        )
    )
    for place, key in enumerate(METRICS):
        # To MySQL the two are one, and a run has each name once.
        if (number + place) % 3 == 0 or (key == "Loss") == (number % 2 == 0):
            continue
        if key == "loss" and number % 2 == 1:
            continue
        is_nan = (number + place) % 7 == 0
        value = 0.0 if is_nan else NUMBERS[(number * 3 + place) % len(NUMBERS)]
        session.add(
            SqlLatestMetric(
                run_uuid=run_id, key=key, value=value, is_nan=is_nan, timestamp=NOW, step=0
            )
        )
    for entity, shift in ((SqlParam, 0), (SqlTag, 3)):
        _add_texts(session, run_id, number, entity, shift, kind)
    if number % 4 != 2:
        name = NAMES[number % len(NAMES)]
        session.add(SqlTag(run_uuid=run_id, key="mlflow.runName", value=name))
    if number % 5 == 1:
        session.add(SqlTag(run_uuid=run_id, key="mlflow.parentRunId", value="parent's"))
    for place in range(number % 3):
        _add_input(session, run_id, datasets[(number + place) % len(datasets)], number + place)


def _add_texts(
    session: Session, run_id: str, number: int, entity: Any, shift: int, kind: str
) -> None:
    for place, key in enumerate(TEXTS):
        if (number + place + shift) % 4 == 0 or (key == "Opt") == (number % 2 == 0):
            continue
        if key == "opt" and number % 2 == 1:
            continue
        values = PLAIN_VALUES if key in ("opt", "a b") else PLAIN_VALUES + ODD_VALUES
        value: str | None = values[(number * 5 + place + shift) % len(values)]
        if entity is SqlTag and key == "50%" and number % 8 == 1:
            value = None
        if key == "val-set" and number == 13 and kind != "postgresql":
            value = "a\0b"
        session.add(entity(run_uuid=run_id, key=key, value=value))


def _add_input(session: Session, run_id: str, dataset: str, number: int) -> None:
    input_id = uuid.uuid4().hex
    session.add(
        SqlInput(
            input_uuid=input_id,
            source_type="DATASET",
            source_id=dataset,
            destination_type="RUN",
            destination_id=run_id,
        )
    )
    context = CONTEXTS[number % len(CONTEXTS)]
    if context is not None:
        # The row that it belongs to comes first.
        session.flush()
        session.add(SqlInputTag(input_uuid=input_id, name="mlflow.data.context", value=context))


@dataclass
class Fraud:
    """The project `fraud`, whose runs are the odd ones, and the project `vault` beside it."""

    room: Room
    odd: OddRuns
    secret_experiment: str
    secret_run: str

    def add_run(self, **fields: Any) -> str:
        """A run of `fraud`."""
        run_id = uuid.uuid4().hex
        values = {"experiment_id": int(self.odd.experiment), "start_time": NOW, **fields}
        with Session(self.odd.store.engine) as session:
            session.add(SqlRun(run_uuid=run_id, status="RUNNING", name="added", **values))
            session.commit()
        return run_id

    def remove_run(self, run_id: str) -> None:
        """A run that is purged."""
        with Session(self.odd.store.engine) as session:
            for model in (SqlTag, SqlParam, SqlLatestMetric, SqlMetric, SqlRun):
                session.execute(delete(model).where(model.run_uuid == run_id))
            session.commit()

    def log(self, run_id: str, *rows: Any) -> None:
        """Rows of MLflow's models, as they are."""
        with Session(self.odd.store.engine) as session:
            for row in rows:
                row.run_uuid = run_id
                session.add(row)
            session.commit()


@pytest.fixture(scope="session")
def fraud(odd_runs: OddRuns) -> Fraud:
    """The reading room over both projects."""
    store = odd_runs.store
    if odd_runs.kind == "sqlite":
        # As the server makes its file.
        with store.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA journal_mode=WAL")
    other = store.create_experiment("größe 50% of the vault")
    with Session(store.engine) as session:
        for experiment, workspace in ((odd_runs.experiment, "fraud"), (other, "vault")):
            session.execute(
                update(SqlExperiment)
                .where(SqlExperiment.experiment_id == int(experiment))
                .values(workspace=workspace)
            )
        session.commit()
    made = Fraud(Room(store.engine), odd_runs, other, "")
    made.secret_run = made.add_run(experiment_id=int(other))
    made.log(
        made.secret_run,
        SqlLatestMetric(key="secret_metric", value=7.0, timestamp=1, step=1, is_nan=False),
        SqlMetric(key="secret_metric", value=7.0, timestamp=1, step=1, is_nan=False),
        SqlMetric(key="loss", value=7.0, timestamp=1, step=1, is_nan=False),
        SqlLatestMetric(key="loss", value=7.0, timestamp=1, step=1, is_nan=False),
        SqlParam(key="secret_param", value="x"),
        SqlTag(key="secret_tag", value="x"),
    )
    return made
