"""What a drill needs to know: the place of the backups, the key, and where databases are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from pydantic import Field, SecretStr
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from configuration.settings import FROM_FILE
from ops.backup import settings as installation
from ops.backup.errors import BackupError
from ops.backup.settings import PLACE, BackupSettings

DATABASE_URL = "STUDIO_DRILL_DATABASE_URL"
DATABASES = ("uac", "mlflow")
# PostgreSQL knows no connection without a database, and has this one for such as us.
NO_DATABASE = {"postgresql": "postgres"}


class Amount(StrEnum):
    """How many of the artifacts are restored; that each is in the backup is always looked at."""

    SAMPLE = "sample"
    ALL = "all"


class DrillSettings(BackupSettings):
    """What an operator may set for drills."""

    place: str = Field(
        validation_alias=PLACE,
        description="Say where the backups are: --from DIR or s3://bucket/path",
    )
    database_url: Annotated[str, FROM_FILE] = Field("", validation_alias=DATABASE_URL, repr=False)


@dataclass(frozen=True)
class Settings:
    """The place of the backups, and a server with a prefix of names for each database."""

    place: str
    key: SecretStr
    servers: Mapping[str, URL]
    prefixes: Mapping[str, str]


def load(
    place: str = "", database_url: str = "", environment: Mapping[str, str] | None = None
) -> Settings:
    """The settings, of which the two arguments win over the environment. Raises BackupError.

    Without a URL the databases are made where the installation has its own. With one, no
    installation is needed: any machine with the backup and its keys can do the drill.
    """
    arguments = {"place": place, "database_url": database_url}
    given = {name: text for name, text in arguments.items() if text}
    said = DrillSettings.read(environment, **given)
    if said.database_url:
        url, key = _server(said.database_url), installation.load_key(environment)
        servers, names = dict.fromkeys(DATABASES, url), {one: one for one in DATABASES}
        return Settings(said.place, key, servers, names)
    here = installation.load(environment)
    servers = {
        what: url.set(database=NO_DATABASE.get(url.get_backend_name(), ""))
        for what, url in here.databases.items()
    }
    prefixes = {what: url.database or what for what, url in here.databases.items()}
    return Settings(said.place, here.key, servers, prefixes)


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
