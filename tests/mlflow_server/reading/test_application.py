"""The reading room among its neighbours: what is too slow, away, given up or too much."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from mlflow.store.tracking.dbmodels.models import SqlRun
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import Pool

import loops
from mlflow_server import deadlines
from mlflow_server.reading import application, scheduling
from reading_room import PREFIX, Room, exchange

# Far longer than any test waits, on each kind of database.
ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000000) "
    "SELECT count(*) FROM n",
    "mysql": "SELECT count(*) FROM information_schema.columns a, information_schema.columns b, "
    "information_schema.columns c",
    "postgresql": "SELECT pg_sleep(300)",
}
LISTENERS = (
    (Engine, "begin", deadlines._begin),
    (Engine, "before_cursor_execute", deadlines._require_time),
    (Engine, "handle_error", deadlines._explain),
    (Pool, "checkin", deadlines._release),
)


@pytest.fixture(autouse=True)
def _deadlines() -> Iterator[None]:
    deadlines.install()
    yield
    for target, name, listener in LISTENERS:
        event.remove(target, name, listener)


@pytest.fixture
def slow_statement(fraud: Any, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Every question asks the database for something without an end."""
    begun = threading.Event()

    def count(connection: Any, _question: Any) -> Any:
        begun.set()
        connection.execute(text(ENDLESS[fraud.odd.kind])).all()

    monkeypatch.setattr("mlflow_server.reading.runs.select_runs", count)
    monkeypatch.setattr("mlflow_server.reading.columns.select_runs", count)
    return begun


def test_what_takes_too_long_is_ended_and_told_to_ask_for_less(
    fraud: Any, slow_statement: threading.Event
) -> None:
    room = Room(fraud.odd.store.engine, seconds=0.3)
    for path in ("/runs/query", "/runs/columns"):
        began = time.monotonic()
        found = room.ask(path)
        assert time.monotonic() - began < 60
        assert found.refusal == (504, "too_slow")
        assert "narrow" in found.json["message"]
        assert "SELECT" not in found.json["message"]
    assert slow_statement.is_set()


def test_the_connection_of_an_ended_question_may_write_again(
    fraud: Any, slow_statement: threading.Event
) -> None:
    Room(fraud.odd.store.engine, seconds=0.2).runs()
    assert slow_statement.is_set()
    fraud.remove_run(fraud.add_run())


def test_a_transaction_of_the_room_cannot_write(fraud: Any) -> None:
    from mlflow_server.reading.session import read_only

    engine = fraud.odd.store.engine
    with pytest.raises(Exception, match=r"(?i)read.?only"), read_only(engine, 10) as connection:
        connection.execute(SqlRun.__table__.update().values(name="changed"))
    assert "changed" not in fraud.room.runs(limit=1000).table["run_name"].to_pylist()
    fraud.remove_run(fraud.add_run())


def test_all_statements_of_a_question_see_one_state(fraud: Any) -> None:
    from mlflow_server.reading.session import read_only

    count = text("SELECT count(*) FROM runs")
    with read_only(fraud.odd.store.engine, 10) as connection:
        before = connection.scalar(count)
        added = fraud.add_run()
        assert connection.scalar(count) == before
    fraud.remove_run(added)


def test_who_goes_away_stops_the_statement(fraud: Any, slow_statement: threading.Event) -> None:
    room = Room(fraud.odd.store.engine, seconds=120)

    async def gone() -> None:
        while not slow_statement.is_set():
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.2)

    async def scene() -> None:
        body = json.dumps({"workspaces": ["fraud"]}).encode()
        began = time.monotonic()
        path = f"{PREFIX}/runs/query"
        answered = await exchange(room.application, "POST", path, body, gone)
        assert time.monotonic() - began < 60
        assert answered.status == 0

    loops.run(scene())
    assert fraud.odd.store.engine.pool.checkedout() == 0
    fraud.remove_run(fraud.add_run())


def test_a_database_that_is_away_is_named() -> None:
    for url in (
        "sqlite:////nowhere/at/all.db",
        "mysql+pymysql://nobody@127.0.0.1:1/mlflow",
        "postgresql+psycopg://nobody@127.0.0.1:1/mlflow",
    ):
        engine = create_engine(url)
        room = Room(engine)
        for found in (room.runs(), room.ask("/runs/columns"), room.send("GET", "")):
            assert found.refusal == (503, "database")
            assert "MLflow's database" in found.json["message"]
        engine.dispose()


def test_everything_else_goes_on_to_mlflow(fraud: Any) -> None:
    async def scene() -> None:
        for path in ("/mlstudio/readings", "/mlstudio/trash/runs", "/api/2.0/mlflow/runs/search"):
            answered = await exchange(fraud.room.application, "GET", path, b"")
            assert answered.status == 299

    loops.run(scene())


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/runs/query", 405),
        ("DELETE", "/runs/columns", 405),
        ("POST", "", 405),
        ("POST", "/runs", 404),
        ("POST", "/", 404),
    ],
)
def test_what_is_no_question_is_refused(fraud: Any, method: str, path: str, status: int) -> None:
    assert fraud.room.send(method, path, b"{}").status == status


def test_a_large_body_is_refused(fraud: Any) -> None:
    body = b" " * (application.LARGEST_BODY + 1)
    assert fraud.room.send("POST", "/runs/query", body).refusal == (413, "body")


def test_no_more_questions_than_its_own_are_worked_on_at_a_time(
    fraud: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, under_way, most = threading.Lock(), 0, 0

    def read(*_: Any) -> dict[str, Any]:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        time.sleep(0.05)
        with lock:
            under_way -= 1
        return {}

    monkeypatch.setattr(application, "read_columns", read)
    monkeypatch.setattr(application, "MOST_QUESTIONS", 10)
    statuses: list[int] = []

    async def scene() -> None:
        async def one(number: int) -> None:
            # No two ask the same, or they would be answered together.
            body = json.dumps({"workspaces": ["fraud"], "experiments": [str(number)]}).encode()
            path = f"{PREFIX}/runs/columns"
            answered = await exchange(fraud.room.application, "POST", path, body)
            statuses.append(answered.status)

        await asyncio.gather(*[one(number) for number in range(40)])

    loops.run(scene())
    assert most == scheduling.AT_A_TIME
    assert set(statuses) == {200, 503}
    assert statuses.count(200) == 10


def test_a_stream_that_breaks_off_is_not_ended_as_if_it_were_whole(
    fraud: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mlflow_server.reading import runs
    from mlflow_server.reading.rows import RowReader

    monkeypatch.setattr(runs, "BATCH", 5)
    monkeypatch.setattr(application, "PIECE", 1)
    read, calls = RowReader.read, []

    def fail(self: RowReader, *more: Any) -> Any:
        calls.append(1)
        if len(calls) > 2:
            raise OperationalError("", None, OSError("gone"))
        return read(self, *more)

    monkeypatch.setattr(RowReader, "read", fail)
    with pytest.raises(application.BrokenOff, match="does not answer"):
        fraud.room.runs(view="all", all=True)
