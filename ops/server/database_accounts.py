"""The two databases of a server and an account for each, made by the server's superuser.

Each service gets an account that owns its own database and can open no other. Done again, it
changes nothing but the passwords, which become those that are given. An account may also make the
databases of its restore drills.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import closing

from psycopg import ClientCursor
from sqlalchemy import Connection, Engine, create_engine
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from ops.restore_drill.databases import grant_pattern

WAIT_SECONDS = 180.0


def ensure(superuser: URL, wanted: Sequence[URL], seconds: float = WAIT_SECONDS) -> None:
    """Make the databases and accounts that the URLs name, as soon as the server answers.

    Raises OperationalError if it does not answer in time.
    """
    postgresql = superuser.get_backend_name() == "postgresql"
    # PostgreSQL takes no parameters in statements about roles: the driver must put them in.
    options = {"cursor_factory": ClientCursor} if postgresql else {}
    engine = create_engine(
        superuser, isolation_level="AUTOCOMMIT", connect_args=options, hide_parameters=True
    )
    try:
        with closing(_connected(engine, seconds)) as connection:
            for url in wanted:
                (_on_postgresql if postgresql else _on_mysql)(connection, url)
    finally:
        engine.dispose()


def _connected(engine: Engine, seconds: float) -> Connection:
    until = time.monotonic() + seconds
    while True:
        try:
            return engine.connect()
        except OperationalError:
            if time.monotonic() > until:
                raise
            time.sleep(0.5)


def _on_mysql(connection: Connection, url: URL) -> None:
    quote = connection.dialect.identifier_preparer.quote_identifier
    database = quote(str(url.database))
    who = (url.username, "%")
    say = connection.exec_driver_sql
    say(f"CREATE DATABASE IF NOT EXISTS {database} CHARACTER SET utf8mb4")
    say("CREATE USER IF NOT EXISTS %s@%s IDENTIFIED BY %s", (*who, url.password))
    say("ALTER USER %s@%s IDENTIFIED BY %s", (*who, url.password))
    say(f"GRANT ALL ON {database}.* TO %s@%s", who)
    drills = quote(grant_pattern(str(url.database)))
    say(f"GRANT ALL ON {drills}.* TO %s@%s", who)


def _on_postgresql(connection: Connection, url: URL) -> None:
    quote = connection.dialect.identifier_preparer.quote_identifier
    database, account = quote(str(url.database)), quote(str(url.username))
    say = connection.exec_driver_sql
    if not say("SELECT 1 FROM pg_roles WHERE rolname = %s", (url.username,)).first():
        say(f"CREATE ROLE {account} LOGIN")
    # It may make databases, of which no other account is let into: PostgreSQL knows no names here.
    say(f"ALTER ROLE {account} CREATEDB PASSWORD %s", (url.password,))
    if not say("SELECT 1 FROM pg_database WHERE datname = %s", (url.database,)).first():
        say(f"CREATE DATABASE {database} OWNER {account}")
    # Everybody may connect to a new database otherwise.
    say(f"REVOKE ALL ON DATABASE {database} FROM PUBLIC")
