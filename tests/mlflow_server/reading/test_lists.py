"""Lists over workspaces: what MLflow says of each, in one order, and nobody else's."""

from __future__ import annotations

import json
import time
from datetime import datetime
from typing import Any

import pytest
from mlflow.entities import (
    ViewType,
)
from mlflow.store.model_registry.dbmodels.models import SqlRegisteredModel
from mlflow.store.tracking.dbmodels.models import (
    SqlExperiment,
    SqlLatestMetric,
    SqlRun,
    SqlTag,
    SqlTraceInfo,
)
from mlflow.utils.workspace_context import WorkspaceContext
from sqlalchemy import create_engine, event, text, update

from listed_rows import IDENTITY, KINDS_OF_LISTS, MINE, MOMENT, OURS, START, THEIRS, House, house
from reading_room import Room

__all__ = ["house"]


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
