"""Transactions on three engines: retries, locks, and a server that is away."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import IntegrityError, OperationalError

from access.conftest import Fraud
from databases import every_database
from uac_api.access.database import ATTEMPTS, Database
from uac_api.access.errors import DatabaseUnavailable, NotFound
from uac_api.access.models import User
from uac_api.access.people import users
from uac_api.access.projects import projects

pytestmark = every_database

AWAY = (
    "sqlite:////nonexistent/folder/uac.db",
    "mysql+pymysql://root:hidden-word@127.0.0.1:1/uac",
    "postgresql+psycopg://root:hidden-word@127.0.0.1:1/uac",
)


def test_a_failure_takes_all_of_the_work_back(fraud: Fraud) -> None:
    def work(session: Any) -> None:
        users.get(session, "alice").display_name = "Changed"
        session.flush()
        raise KeyError

    with pytest.raises(KeyError):
        fraud.database.write(work)
    alice = fraud.database.write(lambda session: users.get(session, "alice"))
    assert alice.display_name == "Alice"


def test_what_is_written_is_seen_by_the_next_read(fraud: Fraud) -> None:
    for number in range(5):
        name = f"Fraud {number}"
        fraud.database.write(
            lambda session, name=name: projects.change(  # type: ignore[misc]
                projects.get(session, "fraud"), name=name, description=None
            )
        )
        found = fraud.database.read(lambda s: projects.page(s, slugs=None, limit=1))
        assert found[0].name == name


def test_no_update_is_lost_between_threads(fraud: Fraud) -> None:
    def count_up(session: Any) -> None:
        project = projects.get(session, "fraud")
        project.description = str(int(project.description or 0) + 1)

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(fraud.database.write, count_up) for _ in range(30)]:
            done.result()
    project = fraud.database.write(lambda session: projects.get(session, "fraud"))
    assert project.description == "30"


def test_after_a_deadlock_both_works_are_done(fraud: Fraud) -> None:
    # SQLite lets one writer in at a time, so there only one can be inside.
    inside = 1 if fraud.database.kind == "sqlite" else 2
    met = threading.Barrier(inside)
    attempts: list[str] = []

    def work(first: str, second: str) -> None:
        def both(session: Any) -> None:
            users.get(session, first).email = f"{second}@new.example"
            session.flush()
            attempts.append(first)
            if attempts.count(first) == 1:
                met.wait(timeout=20)
            users.get(session, second).display_name = f"{first}'s"

        fraud.database.write(both)

    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(work, *pair) for pair in (("bob", "carol"), ("carol", "bob"))]:
            done.result()
    bob, carol = (
        fraud.database.write(lambda s, name=name: users.get(s, name))  # type: ignore[misc]
        for name in ("bob", "carol")
    )
    assert (bob.email, carol.email) == ("carol@new.example", "bob@new.example")
    assert (bob.display_name, carol.display_name) == ("carol's", "bob's")
    assert len(attempts) == (2 if inside == 1 else 3)


def test_a_deadlock_without_end_is_given_up(fraud: Fraud) -> None:
    attempts: list[int] = []
    code = {"sqlite": "database is locked", "mysql": "1213", "postgresql": "40P01"}

    class Locked(Exception):
        sqlstate = code[fraud.database.kind]

    def work(_: object) -> None:
        attempts.append(1)
        raise OperationalError("UPDATE", {}, Locked(Locked.sqlstate))

    with pytest.raises(DatabaseUnavailable):
        fraud.database.write(work)
    assert len(attempts) == ATTEMPTS


def test_a_mistake_of_ours_is_neither_tried_again_nor_called_unavailable(fraud: Fraud) -> None:
    attempts: list[int] = []

    def work(session: Any) -> None:
        attempts.append(1)
        session.add(User(username="alice", password_hash="x"))

    with pytest.raises(IntegrityError):
        fraud.database.write(work)
    assert len(attempts) == 1


def test_a_refusal_passes_through(fraud: Fraud) -> None:
    with pytest.raises(NotFound):
        fraud.database.write(lambda session: users.get(session, "nobody"))


def test_the_text_of_an_error_holds_no_values(fraud: Fraud) -> None:
    with pytest.raises(IntegrityError) as failure:
        fraud.database.write(
            lambda session: session.add(User(username="alice", password_hash="hidden-word"))
        )
    assert "hidden-word" not in str(failure.value)


@pytest.mark.parametrize("url", AWAY)
def test_a_database_that_is_away_is_unavailable_for_everything(url: str) -> None:
    database = Database(url)
    for work in (database.read, database.write):
        with pytest.raises(DatabaseUnavailable) as failure:
            work(lambda session: users.get(session, "alice"))
        assert "hidden-word" not in failure.value.message
    with pytest.raises(DatabaseUnavailable):
        database.ping()
    database.close()


def test_the_connections_a_server_closed_are_replaced(fraud: Fraud) -> None:
    for _ in range(2):
        fraud.database.ping()
        fraud.user_id("alice")
        _close_all(fraud.database)
    assert fraud.user_id("alice")
    fraud.database.ping()


def _close_all(database: Database) -> None:
    """Close every connection to the database on the server's side."""
    if database.kind == "sqlite":
        database.close()
        return
    engine = create_engine(database.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        if database.kind == "postgresql":
            mine = "datname = current_database() AND pid <> pg_backend_pid()"
            statement = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {mine}"  # noqa: S608
            connection.execute(text(statement))
        else:
            mine = "db = DATABASE() AND id <> CONNECTION_ID()"
            rows = connection.execute(
                text(f"SELECT id FROM information_schema.processlist WHERE {mine}")  # noqa: S608
            )
            for (number,) in rows.all():
                with contextlib.suppress(Exception):
                    connection.execute(text(f"KILL {int(number)}"))
    engine.dispose()


def test_sqlite_is_durable_and_keeps_references(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/uac.db")
    for pragma, value in (("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1)):
        question = text(f"PRAGMA {pragma}")
        assert database.read(lambda s, q=question: s.execute(q).scalar()) == value  # type: ignore[misc]
    database.close()


def test_members_of_a_project_that_is_not_there_are_refused(fraud: Fraud) -> None:
    statement = text(
        "INSERT INTO members (project_id, user_id, role, granted_by, granted_at, version) "
        "VALUES (999999, 999999, 'owner', 'x', '2026-01-01 00:00:00', 1)"
    )
    with pytest.raises(IntegrityError):
        fraud.database.write(lambda session: session.execute(statement))
