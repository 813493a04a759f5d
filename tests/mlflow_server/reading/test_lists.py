"""Lists over workspaces: what MLflow says of each, in one order, and nobody else's."""

from __future__ import annotations

import json
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
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
    SqlLatestMetric,
    SqlRun,
    SqlTag,
    SqlTraceInfo,
)
from mlflow.utils.proto_json_utils import message_to_json
from mlflow.utils.workspace_context import WorkspaceContext
from sqlalchemy import Engine, create_engine, event, text, update
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


def plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows without what MLflow does not tell."""
    return [{key: value for key, value in row.items() if key not in OURS} for row in rows]


def in_any_order(rows: list[dict[str, Any]]) -> list[str]:
    """Rows as texts."""
    return sorted(json.dumps(row, sort_keys=True) for row in rows)


def ids(rows: list[dict[str, Any]], what: str) -> list[tuple[str, str]]:
    """Projects and ids of rows."""
    return [(row["project"], row[IDENTITY[what]]) for row in rows]


every_list = pytest.mark.parametrize("what", KINDS_OF_LISTS)


@every_list
def test_rows_are_what_mlflow_says_project_by_project(house: House, what: str) -> None:
    found = house.rows(what)
    told = plain(found) if what == "experiments" else found
    expected = [row for one in MINE for row in house.by_mlflow(what, one)]
    assert in_any_order(told) == in_any_order(expected)
    assert len(expected) > 20


FILTERS = {
    "experiments": (
        "tags.team = 'red'",
        "tags.team != 'red' AND name LIKE '%o%'",
        "name ILIKE 'FO%'",
        "tags.nowhere IS NULL and attribute.creation_time > 1790000000000",
        "tags.team LIKE 'R%' AND tags.team ILIKE '%ed'",
        "experiment_id IN ('1', '3', '12')",
        "name = 'it''s'",
        'name = "it\'s"',
        "name = '😀'",
        "name LIKE '%\\\\%'",
    ),
    "models": (
        "tags.team = 'red'",
        "tags.team ILIKE 'RED' AND name != 'fox'",
        "name ILIKE 'FOX%'",
        "name IN ('fox', 'a_b')",
        "name NOT IN ('fox')",
        "tags.`mlflow.prompt.is_prompt` = 'true'",
        "name LIKE '😀'",
    ),
    "runs": (
        "metrics.loss >= 0",
        "params.lr = '0.1' and tags.team = 'red'",
        "attributes.run_name LIKE '%0'",
        "attributes.status = 'FINISHED'",
        "params.`a b` = '😀'",
    ),
    "traces": (
        "tags.team = 'red'",
        "status = 'ERROR' AND tags.team ILIKE 'BLUE'",
        "name = 'fox' OR_NOTHING",
        "name LIKE 'g%'",
        'metadata.who = "o\'brien"',
        "request_metadata.`mlflow.trace.session` = 'fraud session'",
        "execution_time_ms > 200",
        "tags.nowhere IS NULL",
        "name RLIKE '^(fox|say)'",
        "feedback.good = 'yes'",
        "feedback.good IS NULL",
    ),
}
EVERY_FILTER = [(what, one) for what, some in FILTERS.items() for one in some]


@pytest.mark.parametrize(("what", "text_of_it"), EVERY_FILTER)
def test_a_filter_means_what_it_means_to_mlflow(house: House, what: str, text_of_it: str) -> None:
    from mlflow.exceptions import MlflowException

    try:
        expected = [row for one in MINE for row in house.by_mlflow(what, one, text_of_it)]
    except MlflowException:
        assert house.ask(what, filter=text_of_it).refusal == (400, "filter")
        return
    found = house.rows(what, filter=text_of_it, limit=3)
    assert sorted(ids(found, what)) == sorted(ids(expected, what))


@every_list
@pytest.mark.parametrize("size", [1, 4, 1000])
def test_pages_hold_every_row_once_newest_first(house: House, what: str, size: int) -> None:
    pages = list(house.pages(what, limit=size))
    rows = [row for page in pages for row in page]
    assert [len(page) for page in pages[:-1]] == [size] * (len(pages) - 1)
    assert 0 < len(pages[-1]) <= size
    found = ids(rows, what)
    assert len(found) == len(set(found))
    assert sorted(found) == sorted(ids(house.rows(what), what))
    moments = [_in_order(row[MOMENT[what]]) for row in rows]
    assert moments == sorted(moments, reverse=True)


def _in_order(moment: int | str) -> float:
    return moment if isinstance(moment, int) else datetime.fromisoformat(moment).timestamp()


@pytest.mark.parametrize(
    ("what", "moment"),
    [("experiments", "last_update_time"), ("models", "last_updated_timestamp")],
)
def test_the_latest_change_comes_first_when_that_is_asked_for(
    house: House, what: str, moment: str
) -> None:
    rows = house.rows(what, order="updated", limit=4)
    moments = [row[moment] for row in rows]
    assert moments == sorted(moments, reverse=True)
    assert sorted(ids(rows, what)) == sorted(ids(house.rows(what), what))


@every_list
def test_nothing_of_another_project_is_ever_told(house: House, what: str) -> None:
    questions: list[dict[str, Any]] = [{}, {"query": "o"}]
    questions += [{"filter": one} for one in FILTERS[what]]
    for question in questions:
        answered = house.ask(what, **question)
        if answered.status == 200:
            assert {row["project"] for row in answered.json["rows"]} <= set(MINE)
        assert THEIRS.encode() not in answered.body
    theirs = {row["project"] for row in house.rows(what, workspaces=[THEIRS])}
    assert theirs == {THEIRS}
    assert house.rows(what, workspaces=["nobody"]) == []


def test_a_filter_cannot_name_what_is_in_another_project(house: House) -> None:
    with WorkspaceContext(THEIRS):
        (first, *_) = house.tracking.search_experiments()
    there = first.experiment_id
    assert house.rows("experiments", filter=f"experiment_id = '{there}'") == []
    assert house.rows("runs", filter=f"experiment_id = {there}") == []
    assert house.rows("runs", filter=f"tags.project = '{THEIRS}' OR run_id != 'x'") != []
    assert house.rows("runs", filter=f"tags.project = '{THEIRS}'") == []
    session = f"metadata.`mlflow.trace.session` = '{THEIRS} session'"
    assert house.rows("traces", filter=session) == []


@every_list
def test_a_part_of_the_name_finds_it_letter_by_letter(house: House, what: str) -> None:
    def names(query: str) -> set[str]:
        return {_name(row) for row in house.rows(what, query=query)}

    everything = {_name(row) for row in house.rows(what)}
    for query in ("FO", "50%", "_", "it's", 'say "x"', "`", "\\", "😀", "/"):
        wanted = {name for name in everything if query.lower() in name.lower()}
        assert names(query) == wanted, query
    assert house.ask(what, query="x" * 251).refusal == (400, "query")
    assert house.ask(what, query="\0").refusal == (400, "query")


def _name(row: dict[str, Any]) -> str:
    tags = row["tags"].get("mlflow.traceName") if "trace_id" in row else None
    return str(row.get("name") or row.get("run_name") or tags or "")


def test_an_experiment_tells_what_its_runs_came_to(house: House) -> None:
    for row in house.rows("experiments"):
        with WorkspaceContext(row["project"]):
            found = house.tracking.search_runs(
                [row["experiment_id"]], "", ViewType.ACTIVE_ONLY, 1000
            )
        assert row["runs"] == len(found)
        if not found:
            assert [row[name] for name in OURS[1:]] == [None] * 3
            continue
        last = min(found, key=lambda run: (-run.info.start_time, run.info.run_id))
        assert row["last_run"] == last.info.start_time
        assert row["last_status"] == last.info.status
        newest = max(last.data._metric_objs, key=lambda one: one.timestamp)
        assert row["newest_metric"]["key"] == newest.key
        told = float(row["newest_metric"]["value"])
        as_told = float("inf") if newest.value > 1.79e308 else newest.value
        as_told = -float("inf") if newest.value < -1.79e308 else as_told
        assert told == as_told or str(told) == str(as_told) == "nan"


def test_many_runs_of_one_moment_are_one_last_run(house: House) -> None:
    with WorkspaceContext("risk"):
        experiment = house.tracking.create_experiment("crowded")
        made = [
            house.tracking.create_run(experiment, "bob", START + 7, [], "x").info.run_id
            for _ in range(9)
        ]
    (row,) = house.rows("experiments", query="crowded")
    assert (row["runs"], row["last_run"], row["newest_metric"]) == (9, START + 7, None)
    house.add(
        *[
            SqlLatestMetric(key=f"m{at}", run_uuid=run, value=at, timestamp=1, step=1, is_nan=False)
            for at, run in enumerate(sorted(made))
        ]
    )
    (row,) = house.rows("experiments", query="crowded")
    assert row["newest_metric"] == {"key": "m0", "value": 0.0}
    with WorkspaceContext("risk"):
        house.tracking.delete_experiment(experiment)


@every_list
def test_rows_that_stay_are_on_one_page_whatever_comes_and_goes(house: House, what: str) -> None:
    before = ids(house.rows(what), what)
    made: list[str] = []

    def change() -> None:
        made.append(_arrive(house, what, len(made)))
        if len(made) > 1:
            _go(house, what, made[-2])

    seen = [row for page in house.pages(what, change, limit=5) for row in ids(page, what)]
    assert len(seen) == len(set(seen))
    assert [one for one in seen if one in set(before)] == before
    for one in made:
        _go(house, what, one)
    assert ids(house.rows(what), what) == before


def _arrive(house: House, what: str, number: int) -> str:
    """A row between those that are there."""
    name = f"arrived {number} {time.monotonic_ns()}"
    with WorkspaceContext("fraud"):
        if what == "models":
            house.registry.create_registered_model(name)
            house.change(
                update(SqlRegisteredModel)
                .where(SqlRegisteredModel.name == name)
                .values(creation_time=START + number % 3)
            )
            return name
        if what == "experiments":
            experiment = str(house.tracking.create_experiment(name))
            house.change(
                update(SqlExperiment)
                .where(SqlExperiment.experiment_id == int(experiment))
                .values(creation_time=START + number % 3)
            )
            return experiment
        (first, *_) = house.tracking.search_experiments()
        if what == "runs":
            run = house.tracking.create_run(first.experiment_id, "bob", START + 1, [], name)
            return str(run.info.run_id)
        trace = f"tr-{time.monotonic_ns()}"
        house.add(
            SqlTraceInfo(
                request_id=trace,
                experiment_id=int(first.experiment_id),
                timestamp_ms=START + 250 * (number % 9),
                status="OK",
            )
        )
        return trace


def _go(house: House, what: str, identity: str) -> None:
    tables = {
        "experiments": ("experiments", "experiment_id", int),
        "models": ("registered_models", "name", str),
        "runs": ("runs", "run_uuid", str),
        "traces": ("trace_info", "request_id", str),
    }
    table, column, kind = tables[what]
    if what == "runs":
        house.change(text("DELETE FROM tags WHERE run_uuid = :id").bindparams(id=identity))
    statement = text(f"DELETE FROM {table} WHERE {column} = :id")  # noqa: S608
    house.change(statement.bindparams(id=kind(identity)))


MISTAKES = (
    "colour = ",
    "a = 'x' OR a = 'y'",
    "'",
    "drop table runs",
    "name ==== 'x'",
    "x" * 300,
    "name = name",
    "name IN (",
    "creation_time > 'x'",
    "creation_time LIKE 'x'",
    "timestamp_ms LIKE 'x'",
)


@every_list
@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_filter_that_cannot_be_read_is_a_400_with_a_sentence(
    house: House, what: str, mistake: str
) -> None:
    answered = house.ask(what, filter=mistake)
    assert answered.refusal == (400, "filter"), answered.body
    assert "Traceback" not in answered.json["message"]
    assert "SELECT" not in answered.json["message"]


@pytest.mark.parametrize(
    ("what", "odd"),
    [
        ("experiments", "creation_time > 99999999999999999999999"),
        ("experiments", "experiment_id = '99999999999999999999999'"),
        ("traces", "timestamp_ms > 99999999999999999999999"),
        ("traces", "timestamp_ms = 'x'"),
        ("traces", "tags. = 'x'"),
        ("experiments", "name = 'a\0b'"),
        ("models", "name LIKE 'a\\'"),
        ("traces", "tags.team RLIKE '(?=a)'"),
    ],
)
def test_an_odd_value_is_a_right_answer_or_a_400(house: House, what: str, odd: str) -> None:
    answered = house.ask(what, filter=odd)
    assert answered.status in (200, 400), answered.body
    if answered.status == 200:
        assert answered.json["rows"] == []


@every_list
@pytest.mark.parametrize(
    "after",
    [
        [],
        [1],
        ["x", "y"],
        [1, 2, 3, 4],
        [None, None],
        [2**63, "x"],
        [1, {}],
        [1.5, "x"],
        [True, "x", "y"],
        [1, "\0", "x"],
        [1, 2**40],
    ],
)
def test_a_position_that_is_none_is_refused(house: House, what: str, after: list[Any]) -> None:
    assert house.ask(what, after=after).refusal == (400, "after")


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"order": "name"}, "order"),
        ({"sort": "name"}, "sort"),
        ({"filter": None}, "filter"),
        ({"workspaces": []}, "workspaces"),
        ({"workspaces": ["default"]}, "workspaces"),
        ({"workspaces": ["a"] * 1001}, "workspaces"),
    ],
)
@every_list
def test_a_wrong_question_is_refused(
    house: House, what: str, question: dict[str, Any], reason: str
) -> None:
    body = json.dumps({"workspaces": MINE, **question}).encode()
    assert house.room.send("POST", f"/lists/{what}", body).refusal == (400, reason)


@pytest.mark.parametrize("what", ["runs", "traces"])
def test_runs_and_traces_have_no_order_by_change(house: House, what: str) -> None:
    assert house.ask(what, order="updated").refusal == (400, "order")


def test_there_is_no_other_list(house: House) -> None:
    assert house.ask("prompts").status == 404
    assert house.room.send("GET", "/lists/runs").status == 405


@every_list
def test_a_thousand_projects_may_be_named(house: House, what: str) -> None:
    many = [*MINE, *(f"p{number}" for number in range(997))]
    for filtered in FILTERS[what]:
        answered = house.ask(what, many, filter=filtered)
        assert answered.body == house.ask(what, filter=filtered).body


@every_list
def test_a_row_that_mlflow_would_not_write_takes_no_other_away(house: House, what: str) -> None:
    """Without times, with a state that nobody knows."""
    before = ids(house.rows(what), what)
    name = f"odd {time.monotonic_ns()}"
    with WorkspaceContext("churn"):
        (first, *_) = house.tracking.search_experiments()
    place = {"experiment_id": int(first.experiment_id)}
    row = {
        "experiments": SqlExperiment(name=name, workspace="churn"),
        "runs": SqlRun(
            run_uuid="f" * 32, status="RUNNING", lifecycle_stage="active", start_time=None, **place
        ),
        "models": SqlRegisteredModel(name=name, workspace="churn"),
        "traces": SqlTraceInfo(request_id=name, status="ODD", timestamp_ms=-(2**62), **place),
    }[what]
    house.add(row)
    nothing = {"creation_time": None}
    if what == "experiments":
        house.add(SqlTag(run_uuid=_any_run(house), key="mlflow.odd", value=None))
        house.change(update(SqlExperiment).where(SqlExperiment.name == name).values(nothing))
    if what == "runs":
        house.change(update(SqlRun).where(SqlRun.run_uuid == "f" * 32).values(start_time=None))
    if what == "models":
        named = SqlRegisteredModel.name == name
        house.change(update(SqlRegisteredModel).where(named).values(nothing))
    found = house.rows(what, limit=3)
    assert ids(found, what)[:-1] == before
    assert found[-1][MOMENT[what]] is None
    _go(house, what, found[-1][IDENTITY[what]])


def _any_run(house: House) -> str:
    return str(house.rows("runs", limit=1000)[-1]["run_id"])


ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000000) "
    "SELECT count(*) FROM n",
    "mysql": "SELECT count(*) FROM information_schema.columns a, information_schema.columns b, "
    "information_schema.columns c",
    "postgresql": "SELECT pg_sleep(300)",
}


@every_list
def test_what_takes_too_long_is_ended_with_504(
    house: House, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(connection: Any, *_: Any) -> Any:
        return connection.execute(text(ENDLESS[house.kind])).all()

    monkeypatch.setattr(f"mlflow_server.reading.lists.{what}.read_rows", endless)
    room = Room(house.tracking.engine, seconds=0.3)
    answered = room.ask(f"/lists/{what}", workspaces=MINE)
    assert answered.refusal == (504, "too_slow")
    assert "narrow" in answered.json["message"]
    monkeypatch.undo()
    assert house.ask(what).status == 200


@every_list
def test_a_database_that_is_away_is_named(what: str) -> None:
    for url in (
        "sqlite:////nowhere/at/all.db",
        "mysql+pymysql://nobody@127.0.0.1:1/mlflow",
        "postgresql+psycopg://nobody@127.0.0.1:1/mlflow",
    ):
        engine = create_engine(url)
        answered = Room(engine).ask(f"/lists/{what}", workspaces=MINE)
        assert answered.refusal == (503, "database")
        assert "MLflow's database" in answered.json["message"]
        engine.dispose()


@every_list
def test_a_list_is_one_statement_and_one_for_each_thing_of_its_rows(
    house: House, what: str
) -> None:
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            seen.append(statement)

    event.listen(house.tracking.engine, "before_cursor_execute", note)
    try:
        house.ask(what)
    finally:
        event.remove(house.tracking.engine, "before_cursor_execute", note)
    most = {"experiments": 6, "runs": 4, "models": 4, "traces": 3}
    assert len(seen) == most[what]
