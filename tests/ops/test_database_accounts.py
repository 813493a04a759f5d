"""Each service owns its own database on a real server and can open no other."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError, ProgrammingError

from database_servers import server
from ops.server.database_accounts import ensure

PASSWORD = "it's 100% \\ secret"


@pytest.fixture(params=["mysql", "postgresql"])
def superuser(request: pytest.FixtureRequest) -> URL:
    """A server of each kind; its tests are skipped loudly without one, and fail under CI."""
    found = server(request.param)
    if found is None:
        sentence = f"NO {request.param.upper()} SERVER ANSWERS: its tests cannot run"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(sentence)
    return make_url(str(found))


@pytest.fixture
def wanted(superuser: URL) -> Iterator[list[URL]]:
    """Two databases that do not exist yet, each with an account of its own."""
    names = [f"mlstudio_test_{uuid.uuid4().hex[:12]}" for _ in range(2)]
    yield [superuser.set(username=name, password=PASSWORD, database=name) for name in names]
    engine = create_engine(superuser, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for name in names:
            connection.execute(text(f"DROP DATABASE IF EXISTS {name}"))
            where = "@'%'" if superuser.get_backend_name() == "mysql" else ""
            connection.execute(text(f"DROP USER IF EXISTS {name}{where}"))
    engine.dispose()


def tables(url: URL) -> None:
    """Makes a table and fills it, as this account; raises if it may not."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 5})
    try:
        with engine.connect() as connection:
            connection.execute(text("CREATE TABLE IF NOT EXISTS things (id INTEGER PRIMARY KEY)"))
            connection.execute(text("DELETE FROM things"))
            connection.execute(text("INSERT INTO things VALUES (1)"))
    finally:
        engine.dispose()


def test_each_account_works_in_its_own_database(superuser: URL, wanted: list[URL]) -> None:
    ensure(superuser, wanted)
    for url in wanted:
        tables(url)


def test_no_account_opens_the_others_database(superuser: URL, wanted: list[URL]) -> None:
    ensure(superuser, wanted)
    first, second = wanted
    with pytest.raises((OperationalError, ProgrammingError)):
        tables(first.set(database=second.database))


def test_done_again_only_the_password_changes(superuser: URL, wanted: list[URL]) -> None:
    ensure(superuser, wanted)
    tables(wanted[0])
    ensure(superuser, [url.set(password="another one") for url in wanted])
    tables(wanted[0].set(password="another one"))
    if superuser.get_backend_name() == "mysql":
        # The PostgreSQL of the tests trusts everybody on this machine.
        with pytest.raises(OperationalError):
            tables(wanted[0])


def test_a_server_that_does_not_answer_is_given_up() -> None:
    nobody = make_url("mysql+pymysql://root@127.0.0.1:9/mysql")
    with pytest.raises(OperationalError):
        ensure(nobody, [], seconds=0)
