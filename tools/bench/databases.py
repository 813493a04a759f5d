"""The databases of one measurement: SQLite files, or two new databases of a running MariaDB."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

SQLITE, MARIADB = "SQLite", "MariaDB"
SERVER = "BENCH_MYSQL_URL"
USUAL = "mysql+pymysql://root@127.0.0.1:3306/"


def mariadb_url() -> str:
    """The server on which databases may be made."""
    return os.environ.get(SERVER, USUAL)


def mariadb_answers() -> bool:
    """Whether that server lets us in."""
    try:
        _tell("SELECT 1")
    except SQLAlchemyError:
        return False
    return True


@contextmanager
def databases(kind: str, folder: Path) -> Iterator[tuple[str, str]]:
    """The URLs of two empty databases, MLflow's and the UAC API's; they are gone afterwards."""
    if kind == SQLITE:
        yield f"sqlite:///{folder}/mlflow.db", f"sqlite:///{folder}/uac.db"
        return
    mark = uuid.uuid4().hex[:8]
    names = [f"mlstudio_bench_{mark}_{part}" for part in ("mlflow", "uac")]
    server = make_url(mariadb_url())
    try:
        for name in names:
            _tell(f"CREATE DATABASE {name}")
        first, second = (_text(server.set(database=name)) for name in names)
        yield first, second
    finally:
        for name in names:
            _tell(f"DROP DATABASE IF EXISTS {name}")


def _text(url: URL) -> str:
    return url.render_as_string(hide_password=False)


def _tell(statement: str) -> None:
    engine = create_engine(
        mariadb_url(), isolation_level="AUTOCOMMIT", connect_args={"connect_timeout": 3}
    )
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()
