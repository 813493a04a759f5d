"""Projects in MLflow's own stores, with rows of every list, and what MLflow says of them."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from mlflow.entities import (
    ExperimentTag,
    Metric,
    Param,
    RunStatus,
    RunTag,
    TraceInfo,
    TraceLocation,
    TraceState,
    ViewType,
)
from mlflow.entities.model_registry import RegisteredModelTag
from mlflow.store.model_registry.dbmodels.models import SqlRegisteredModel
from mlflow.store.tracking.dbmodels.models import (
    SqlExperiment,
)
from mlflow.utils.proto_json_utils import message_to_json
from mlflow.utils.workspace_context import WorkspaceContext
from sqlalchemy import Engine, event, update
from sqlalchemy.exc import SADeprecationWarning
from sqlalchemy.orm import Session
from sqlalchemy.pool import Pool

from databases import KINDS, drop_database, needed_database
from mlflow_server import deadlines, patterns
from reading_room import Answered, Room

with warnings.catch_warnings():
    # MLflow's own business.
    warnings.simplefilter("ignore", SADeprecationWarning)
    from mlflow.store.model_registry.sqlalchemy_workspace_store import (
        WorkspaceAwareSqlAlchemyStore as RegistryStore,
    )
    from mlflow.store.tracking.sqlalchemy_workspace_store import (
        WorkspaceAwareSqlAlchemyStore as TrackingStore,
    )

MINE = ["churn", "fraud", "risk"]
THEIRS = "vault"
# To MySQL's collation some of these are others of them, but for the workspace.
NAMES = ("fox", "größe 50%", "it's", 'say "x"', "tick`tock", "a_b", "back\\slash", "😀", "FOX 2")
KINDS_OF_LISTS = ("experiments", "runs", "models", "traces")
IDENTITY = {"experiments": "experiment_id", "runs": "run_id", "models": "name"}
IDENTITY["traces"] = "trace_id"
MOMENT = {"experiments": "creation_time", "runs": "start_time"}
MOMENT |= {"models": "creation_timestamp", "traces": "request_time"}
START = 1_790_000_000_000
VALUES = (0.25, float("nan"), float("inf"), -float("inf"), 1e300, 0.0)


@dataclass
class House:
    """Three projects of mine and one of somebody else in MLflow's own stores, and the room."""

    kind: str
    tracking: Any
    registry: Any
    room: Room

    def ask(self, what: str, workspaces: list[str] | None = None, **question: Any) -> Answered:
        """One page."""
        return self.room.ask(f"/lists/{what}", workspaces=workspaces or MINE, **question)

    def pages(
        self, what: str, between: Callable[[], None] | None = None, **question: Any
    ) -> Iterator[list[dict[str, Any]]]:
        """Every page, with what happens between two of them."""
        after = None
        while True:
            answered = self.ask(what, after=after, **question)
            assert answered.status == 200, answered.body
            yield answered.json["rows"]
            after = answered.json["next"]
            if after is None:
                return
            if between:
                between()

    def rows(self, what: str, **question: Any) -> list[dict[str, Any]]:
        """All rows of a list."""
        return [row for page in self.pages(what, **question) for row in page]

    def by_mlflow(self, what: str, workspace: str, filter_text: str = "") -> list[dict[str, Any]]:
        """What MLflow's REST says of one project, in the fields of the list."""
        with WorkspaceContext(workspace):
            found = [_as_rest(one) for one in self._searched(what, filter_text)]
        return [TELL[what](workspace, row) for row in found]

    def _searched(self, what: str, filter_text: str) -> list[Any]:
        experiments = [one.experiment_id for one in self.tracking.search_experiments()]
        match what:
            case "experiments":
                return list(self.tracking.search_experiments(filter_string=filter_text))
            case "runs":
                search = self.tracking.search_runs
                return list(search(experiments, filter_text, ViewType.ACTIVE_ONLY, 1000))
            case "models":
                return list(self.registry.search_registered_models(filter_text, 1000))
        return list(self.tracking.search_traces(experiments, filter_text, 500)[0])

    def change(self, *statements: Any) -> None:
        """Change MLflow's tables."""
        with Session(self.tracking.engine) as session:
            for statement in statements:
                session.execute(statement)
            session.commit()

    def add(self, *rows: Any) -> None:
        """Add rows of MLflow's models."""
        with Session(self.tracking.engine) as session:
            session.add_all(rows)
            session.commit()


def _as_rest(entity: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(message_to_json(entity.to_proto()))
    return found


def _pairs(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {one["key"]: one.get("value", "") for one in row.get(name) or []}


def _experiment(workspace: str, row: dict[str, Any]) -> dict[str, Any]:
    names = ("experiment_id", "name", "lifecycle_stage", "creation_time", "last_update_time")
    told = {name: row.get(name) for name in (*names, "artifact_location")}
    return {"project": workspace, **told, "tags": _pairs(row, "tags")}


def _run(workspace: str, row: dict[str, Any]) -> dict[str, Any]:
    info = {name: value for name, value in row["info"].items() if name != "run_uuid"}
    data = {name: _pairs(row["data"], name) for name in ("metrics", "params", "tags")}
    for key, value in data["metrics"].items():
        if isinstance(value, float) and abs(value) > 1.79e308:
            # MLflow tells the largest double for an infinity.
            data["metrics"][key] = "Infinity" if value > 0 else "-Infinity"
    return {"project": workspace, "end_time": None, **info, **data}


def _model(workspace: str, row: dict[str, Any]) -> dict[str, Any]:
    names = ("name", "creation_timestamp", "last_updated_timestamp")
    of_versions = ("version", "current_stage", "status", "run_id", "creation_timestamp")
    versions = [
        {name: one.get(name) for name in of_versions} for one in row.get("latest_versions", [])
    ]
    return {
        "project": workspace,
        **{name: row.get(name) for name in names},
        "description": row.get("description", ""),
        "latest_versions": sorted(versions, key=lambda one: int(one["version"])),
        "aliases": {one["alias"]: one["version"] for one in row.get("aliases", [])},
        "tags": _pairs(row, "tags"),
    }


def _trace(workspace: str, row: dict[str, Any]) -> dict[str, Any]:
    names = ("trace_id", "request_time", "execution_duration", "state")
    told = {name: row.get(name) for name in (*names, "request_preview", "response_preview")}
    return {
        "project": workspace,
        **told,
        "experiment_id": row["trace_location"]["mlflow_experiment"]["experiment_id"],
        "tags": row.get("tags", {}),
        "trace_metadata": row.get("trace_metadata", {}),
    }


TELL = {"experiments": _experiment, "runs": _run, "models": _model, "traces": _trace}
LISTENERS = (
    (Pool, "checkout", patterns._replace),
    (Engine, "begin", deadlines._begin),
    (Engine, "before_cursor_execute", deadlines._require_time),
    (Engine, "handle_error", deadlines._explain),
    (Pool, "checkin", deadlines._release),
)
OURS = ("runs", "last_run", "last_status", "newest_metric")


@pytest.fixture(scope="module", params=KINDS)
def house(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The stores on one kind of database."""
    folder = tmp_path_factory.mktemp("lists")
    url = needed_database(request.param, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MLFLOW_ENABLE_WORKSPACES", "true")
        patterns.install()
        deadlines.install()
        tracking, registry = TrackingStore(url, str(folder)), RegistryStore(url)
        made = House(request.param, tracking, registry, Room(tracking.engine))
        for workspace in (*MINE, THEIRS):
            with WorkspaceContext(workspace):
                _fill(made, workspace)
        yield made
        for target, name, listener in LISTENERS:
            event.remove(target, name, listener)
    tracking.engine.dispose()
    registry.engine.dispose()
    drop_database(url)


def _fill(house: House, workspace: str) -> None:
    moments = []
    for number, name in enumerate(NAMES):
        tags = [ExperimentTag("team", ("red", "Red", "blue")[number % 3])]
        tags += [ExperimentTag("odd", name)] if number % 2 else []
        experiment = house.tracking.create_experiment(name, None, tags)
        # Several of each moment, in this project and across them.
        moments.append((SqlExperiment, SqlExperiment.experiment_id, int(experiment), number // 3))
        for place in range(number % 4):
            _add_run(house, experiment, workspace, name, place)
            _add_trace(house, experiment, workspace, name, number * 4 + place)
        if number == 8:
            house.tracking.delete_experiment(experiment)
        if number == 7:
            _trash_last_run(house, experiment)
        _add_model(house, name, number)
    for table, column, identity, shift in moments:
        values = {"creation_time": START + shift, "last_update_time": START + 9 - shift}
        house.change(update(table).where(column == identity).values(**values))


def _add_run(house: House, experiment: str, workspace: str, name: str, place: int) -> None:
    run = house.tracking.create_run(experiment, "alice", START + place // 2, [], f"{name} {place}")
    run_id = run.info.run_id
    metrics = [
        Metric(key, VALUES[(len(name) + place + at) % len(VALUES)], START + at, at)
        for at, key in enumerate(("loss", "val/loss", "a b", "Loss-2"))
    ]
    params = [Param("lr", "0.1"), Param("empty", ""), Param("a b", name)]
    tags = [RunTag("team", "red"), RunTag("project", workspace)]
    house.tracking.log_batch(run_id, metrics, params, tags)
    if place == 1:
        house.tracking.update_run_info(run_id, RunStatus.FINISHED, START + 99, None)


def _trash_last_run(house: House, experiment: str) -> None:
    found = house.tracking.search_runs([experiment], "", ViewType.ACTIVE_ONLY, 10)
    house.tracking.delete_run(found[0].info.run_id)


def _add_trace(house: House, experiment: str, workspace: str, name: str, number: int) -> None:
    tags = {"team": ("red", "blue")[number % 2], "long": "x" * 8000}
    if number % 3:
        tags["mlflow.traceName"] = name
    metadata = {"who": "o'brien", "mlflow.trace.session": f"{workspace} session"}
    if number % 2:
        metadata["mlflow.trace.tokenUsage"] = '{"input_tokens": 3, "total_tokens": 3}'
    house.tracking.start_trace(
        TraceInfo(
            trace_id=f"tr-{workspace}-{number}-{experiment}",
            trace_location=TraceLocation.from_experiment_id(experiment),
            request_time=START + number // 2 * 250,
            execution_duration=None if number % 5 == 0 else number * 33,
            state=(TraceState.OK, TraceState.ERROR)[number % 2],
            request_preview=f"{name}?",
            response_preview=None,
            tags=tags,
            trace_metadata=metadata,
        )
    )


def _add_model(house: House, name: str, number: int) -> None:
    tags = [RegisteredModelTag("team", ("red", "Red")[number % 2])] if number % 3 else []
    if number == 5:
        tags.append(RegisteredModelTag("mlflow.prompt.is_prompt", "true"))
    house.registry.create_registered_model(name, tags, "Sly" if number % 2 else None)
    for version in range(number % 4):
        house.registry.create_model_version(name, "file:///x", "r" * 32 if version else None)
        if version == 1:
            house.registry.transition_model_version_stage(name, "1", "Staging", False)
    if number % 4 == 3:
        house.registry.delete_model_version(name, "3")
        house.registry.set_registered_model_alias(name, "größte", "2")
    moments = {"creation_time": START + number // 3, "last_updated_time": START + 9 - number}
    house.change(update(SqlRegisteredModel).where(SqlRegisteredModel.name == name).values(moments))
