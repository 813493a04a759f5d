"""What only reads is ended in the database at its deadline; a change never is."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException
from mlflow.store.db.utils import _get_managed_session_maker
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.orm import sessionmaker
from sqlalchemy.pool import Pool

import loops
from databases import KINDS, drop_database, needed_database
from mlflow_server import deadlines
from mlflow_server.deadlines import READS, Deadline, Deadlines
from telemetry.asgi import Message, Receive, Scope, Send

# Long enough to open a connection, short enough to wait for.
SECONDS = 0.3
# What takes far longer than that on each kind of database, and what takes twice as long.
ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 1000000000) "
    "SELECT count(*) FROM n",
    "mysql": "SELECT count(*) FROM information_schema.columns a, information_schema.columns b, "
    "information_schema.columns c",
    "postgresql": "SELECT pg_sleep(300)",
}
LONGER = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 2000000) "
    "SELECT count(*) FROM n",
    "mysql": "SELECT sleep(0.7)",
    "postgresql": "SELECT pg_sleep(0.7)",
}
LISTENERS = (
    (Engine, "begin", deadlines._begin),
    (Engine, "before_cursor_execute", deadlines._require_time),
    (Engine, "handle_error", deadlines._explain),
    (Pool, "checkin", deadlines._release),
)


@pytest.fixture(scope="module", autouse=True)
def _installed() -> Iterator[None]:
    deadlines.install()
    yield
    for target, name, listener in LISTENERS:
        event.remove(target, name, listener)


@pytest.fixture(scope="module", params=KINDS)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    """An engine with one connection, so that each use is of the one before."""
    url = needed_database(request.param, tmp_path_factory.mktemp("deadlines"))
    made = create_engine(url, pool_size=1, max_overflow=0)
    yield made
    made.dispose()
    drop_database(url)


@contextmanager
def reading(seconds: float = SECONDS) -> Iterator[Deadline]:
    """As a call that only reads."""
    deadline = Deadline(seconds)
    token = deadlines._deadline.set(deadline)
    try:
        yield deadline
    finally:
        deadlines._deadline.reset(token)


def ended(connection: Connection, statement: str) -> MlflowException:
    with pytest.raises(MlflowException) as refused:
        connection.execute(text(statement)).all()
    return refused.value


def test_a_read_is_ended_at_its_deadline_and_told_so_in_mlflows_shape(engine: Engine) -> None:
    with reading(), engine.connect() as connection:
        began = time.monotonic()
        error = ended(connection, ENDLESS[engine.dialect.name])
        # The bound tells an end from none, on whatever machine.
        assert time.monotonic() - began < 60
    said = json.loads(error.serialize_as_json())
    assert (error.get_http_status_code(), said["reason"]) == (400, "search_too_slow")
    assert said["message"].startswith("This took longer than 0.3 s in MLflow's database")
    assert "SELECT" not in said["message"]


def test_the_connection_of_an_ended_read_serves_the_next_call(engine: Engine) -> None:
    with reading(), engine.connect() as connection:
        ended(connection, ENDLESS[engine.dialect.name])
    with reading(60), engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    with engine.begin() as connection:
        assert connection.scalar(text("SELECT 2")) == 2


def test_a_change_on_the_same_connection_takes_as_long_as_it_takes(engine: Engine) -> None:
    with reading(), engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
        connection.commit()
    with engine.begin() as connection:
        connection.execute(text(LONGER[engine.dialect.name])).all()


def test_all_statements_of_a_call_have_one_deadline(engine: Engine) -> None:
    with reading() as deadline:
        with engine.connect() as connection:
            connection.scalar(text("SELECT 1"))
            while time.monotonic() < deadline.at:
                time.sleep(0.02)
            ended(connection, "SELECT 1")
        with engine.connect() as connection:
            ended(connection, "SELECT 1")


def test_waiting_before_the_first_statement_does_not_count(engine: Engine) -> None:
    with reading():
        time.sleep(SECONDS * 1.5)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT 1")) == 1


def test_mlflows_own_session_ends_well_after_an_ended_read(engine: Engine) -> None:
    kind = engine.dialect.name
    session_of = _get_managed_session_maker(sessionmaker(bind=engine), kind)
    with reading(), pytest.raises(MlflowException) as refused, session_of() as session:
        session.execute(text(ENDLESS[kind])).all()
    assert refused.value.json_kwargs == {"reason": "search_too_slow"}
    assert engine.pool.checkedout() == 0  # type: ignore[attr-defined]
    with session_of() as session:
        assert session.scalar(text("SELECT 3")) == 3


def test_what_others_break_off_is_not_told_as_too_slow(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/a.db")
    with engine.connect() as connection, pytest.raises(Exception, match="no such table"):
        connection.execute(text("SELECT * FROM nowhere"))
    with reading(), engine.connect() as connection, pytest.raises(Exception, match="no such table"):
        connection.execute(text("SELECT * FROM nowhere"))
    engine.dispose()


def test_many_rows_are_ended_while_they_are_fetched(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/a.db")
    rows = ENDLESS["sqlite"].replace("count(*)", "i")
    with reading(), engine.connect() as connection:
        found = connection.execution_options(stream_results=True).execute(text(rows))
        with pytest.raises(MlflowException):
            list(found)
    engine.dispose()


def test_a_connection_that_was_closed_is_forgotten() -> None:
    interrupter = deadlines.Interrupter()
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    interrupter.watch(connection, time.monotonic())
    connection.close()
    for _ in range(500):
        if not interrupter._until:
            return
        time.sleep(0.02)
    raise AssertionError("it is still watched")


def test_a_near_deadline_is_kept_while_a_later_one_is_waited_for(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/a.db")
    with reading(200), engine.connect() as other:
        other.scalar(text("SELECT 1"))
        # Until the thread waits for that.
        time.sleep(0.2)
        with reading(), engine.connect() as connection:
            began = time.monotonic()
            ended(connection, ENDLESS["sqlite"])
            assert time.monotonic() - began < 60
    engine.dispose()


def seen_behind(*headers: tuple[bytes, bytes], leaked: Deadline | None = None) -> Deadline | None:
    """The deadline of a thread that serves a call; `leaked` is what the task began with."""
    seen: list[Deadline | None] = []

    async def behind(scope: Scope, _: Receive, __: Send) -> None:
        assert READS not in [name for name, _ in scope["headers"]]
        # As MLflow's Flask half, which runs in a thread.
        await asyncio.to_thread(lambda: seen.append(deadlines._deadline.get()))

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(_: Message) -> None:
        return

    async def scene() -> None:
        deadlines._deadline.set(leaked)
        call: Scope = {"type": "http", "headers": list(headers)}
        await Deadlines(behind, 5.0)(call, receive, send)

    loops.run(scene())
    return seen[0]


def test_only_a_call_that_is_marked_has_a_deadline() -> None:
    found = seen_behind((READS, b"1"), (b"accept", b"*/*"))
    assert found is not None
    assert found.seconds == 5.0
    assert seen_behind((b"accept", b"*/*")) is None


def test_a_change_does_not_inherit_the_deadline_of_the_call_before() -> None:
    # uvicorn makes the task of a call in the context of the one before, when that had paused it.
    assert seen_behind(leaked=Deadline(0.1)) is None


def test_nothing_is_interrupted_after_its_connection_was_given_back(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path}/a.db", pool_size=1, max_overflow=0)
    for _ in range(2):
        with reading(0.1), engine.connect() as connection:
            connection.scalar(text("SELECT 1"))
        with engine.begin() as connection:
            connection.execute(text(LONGER["sqlite"])).all()
    engine.dispose()
