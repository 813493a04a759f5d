"""Databases for tests, one kind of each: SQLite, MySQL or MariaDB, PostgreSQL."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL, make_url

from database_servers import server
from uac_api.access.database import Database

KINDS = ("sqlite", "mysql", "postgresql")

# For tests of what engines do differently: locks and transactions, upserts, times, the order and
# the case of texts, LIKE, widths of columns, errors of a driver.
every_database = pytest.mark.every_database


def new_database(kind: str, folder: Path) -> str | None:
    """The URL of a new, empty database; None if there is no server for it."""
    if kind == "sqlite":
        return f"sqlite:///{folder}/{uuid.uuid4().hex}.db"
    found = server(kind)
    if found is None:
        return None
    name = f"mlstudio_test_{uuid.uuid4().hex[:12]}"
    _tell(make_url(found), f"CREATE DATABASE {name}")
    return make_url(found).set(database=name).render_as_string(hide_password=False)


def needed_database(kind: str, folder: Path) -> str:
    """As `new_database`; without a server the test is skipped loudly, and under CI it fails."""
    url = new_database(kind, folder)
    if url is not None:
        return url
    sentence = f"NO {kind.upper()} SERVER ANSWERS: its tests cannot run"
    if os.environ.get("CI"):
        pytest.fail(sentence)
    pytest.skip(sentence)


def drop_database(url: str) -> None:
    """Remove a database that `new_database` made."""
    parsed = make_url(url)
    kind = parsed.get_backend_name()
    found = None if kind == "sqlite" else server(kind)
    if found is not None:
        force = " WITH (FORCE)" if kind == "postgresql" else ""
        _tell(make_url(found), f"DROP DATABASE {parsed.database}{force}")


class Statements:
    """Every statement that this process hands to the drivers of one database.

    Other applications of this process have databases of their own, and threads that ask them: what
    those ask is not counted. Without that a count is right on most days only.
    """

    def __init__(self, database: Database) -> None:
        self.texts: list[str] = []
        self._database = database

    def note(self, connection: Connection, _cursor: Any, text: str, *_: Any) -> None:
        """What SQLAlchemy calls before each statement."""
        if connection.engine.url == self._database.url:
            self.texts.append(" ".join(text.split()))

    @property
    def verbs(self) -> list[str]:
        """The first word of each; SQLite's BEGIN is no statement of ours."""
        return [verb for text in self.texts if (verb := text.split(" ")[0].upper()) != "BEGIN"]


@contextmanager
def statements(database: Database) -> Iterator[Statements]:
    """Notes what is asked of the database meanwhile."""
    seen = Statements(database)
    event.listen(Engine, "before_cursor_execute", seen.note)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", seen.note)


def _tell(address: URL, statement: str) -> None:
    engine = create_engine(address, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()
