"""What a drill needs to know: the place of the backups, the key, and where databases are made."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from mlflow_server.secret import read_secret
from ops.backup import settings as installation
from ops.backup.errors import BackupError
from ops.backup.settings import PLACE

DATABASE_URL = "STUDIO_DRILL_DATABASE_URL"
DATABASES = ("uac", "mlflow")
# PostgreSQL knows no connection without a database, and has this one for such as us.
NO_DATABASE = {"postgresql": "postgres"}


class Amount(StrEnum):
    """How many of the artifacts are restored; that each is in the backup is always looked at."""

    SAMPLE = "sample"
    ALL = "all"


@dataclass(frozen=True)
class Settings:
    """The place of the backups, and a server with a prefix of names for each database."""

    place: str
    key: str = field(repr=False)
    servers: Mapping[str, URL]
    prefixes: Mapping[str, str]


def load(
    place: str = "", database_url: str = "", environment: Mapping[str, str] = os.environ
) -> Settings:
    """The settings, of which the two arguments win over the environment. Raises BackupError.

    Without a URL the databases are made where the installation has its own. With one, no
    installation is needed: any machine with the backup and its keys can do the drill.
    """
    place = place or environment.get(PLACE, "").strip()
    if not place:
        raise BackupError(f"Say where the backups are: --from DIR or s3://bucket/path, or {PLACE}.")
    try:
        given = database_url or read_secret(DATABASE_URL, environment)
    except ValueError as error:
        raise BackupError(str(error)) from error
    if given:
        url = _server(given)
        key = installation.load_key(environment)
        return Settings(place, key, dict.fromkeys(DATABASES, url), {one: one for one in DATABASES})
    here = installation.load(environment)
    servers = {
        what: url.set(database=NO_DATABASE.get(url.get_backend_name(), ""))
        for what, url in here.databases.items()
    }
    prefixes = {what: url.database or what for what, url in here.databases.items()}
    return Settings(place, here.key, servers, prefixes)


def _server(text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError:
        raise BackupError(
            f"{DATABASE_URL} is no URL of a database server. Use mysql+pymysql://user:password@host"
            ", postgresql+psycopg://user:password@host, or sqlite:// for files."
        ) from None
    kind = url.get_backend_name()
    if kind not in installation.KINDS:
        raise BackupError(f"{DATABASE_URL} must name SQLite, MySQL, MariaDB or PostgreSQL.")
    if kind == "sqlite" and url.database:
        raise BackupError(
            f"{DATABASE_URL} names a file. The drill makes files of its own: write sqlite://"
        )
    return url if url.database else url.set(database=NO_DATABASE.get(kind, ""))
