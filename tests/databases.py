"""The three databases of the tests: SQLite, MySQL or MariaDB, PostgreSQL."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import OperationalError

KINDS = ("sqlite", "mysql", "postgresql")
SERVERS = {
    "mysql": os.environ.get("TEST_MYSQL_URL", "mysql+pymysql://root@127.0.0.1:3306/mysql"),
    "postgresql": os.environ.get(
        "TEST_POSTGRESQL_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
    ),
}


def new_database(kind: str, folder: Path) -> str | None:
    """The URL of a new, empty database; None if its server does not answer."""
    if kind == "sqlite":
        return f"sqlite:///{folder}/{uuid.uuid4().hex}.db"
    name = f"mlstudio_test_{uuid.uuid4().hex[:12]}"
    if not _tell(make_url(SERVERS[kind]), f"CREATE DATABASE {name}"):
        return None
    return make_url(SERVERS[kind]).set(database=name).render_as_string(hide_password=False)


def drop_database(url: str) -> None:
    """Remove a database that `new_database` made."""
    parsed = make_url(url)
    kind = parsed.get_backend_name()
    if kind == "sqlite":
        return
    force = " WITH (FORCE)" if kind == "postgresql" else ""
    _tell(make_url(SERVERS[kind]), f"DROP DATABASE {parsed.database}{force}")


def _tell(server: URL, statement: str) -> bool:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    except OperationalError:
        return False
    finally:
        engine.dispose()
    return True
