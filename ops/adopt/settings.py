"""The source: its database, whose password may stand apart, and the places of its artifacts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic import SecretStr
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from configuration.settings import Secret, SettingsError
from ops.adopt.addresses import PROXIED
from ops.adopt.errors import AdoptError
from ops.backup.settings import IN_MEMORY, KINDS, BackupSettings


class SourceSettings(BackupSettings):
    """The password of the source's database, if it is not in its URL."""

    adopt_database_password: Secret = SecretStr("")


def source_url(text: str, environment: Mapping[str, str] | None = None) -> URL:
    """The URL of the source's database, with its password; raises AdoptError."""
    try:
        url = make_url(text)
        password = SourceSettings.load(environment).adopt_database_password.get_secret_value()
    except ArgumentError:
        raise AdoptError(
            "--from is not the URL of a SQL database. A folder mlruns without one comes into one "
            "by `mlflow migrate-filestore`."
        ) from None
    except SettingsError as error:
        raise AdoptError(str(error)) from None
    if url.get_backend_name() not in KINDS:
        raise AdoptError("The source must be SQLite, MySQL, MariaDB or PostgreSQL.")
    if url.get_backend_name() == "sqlite" and url.database in IN_MEMORY:
        raise AdoptError("--from names no file.")
    return url.set(password=password) if password else url


def without_password(url: URL) -> str:
    """The URL as it may be kept and shown."""
    return URL.create(
        url.drivername,
        username=url.username,
        host=url.host,
        port=url.port,
        database=_absolute(url),
        query=url.query,
    ).render_as_string(hide_password=True)


def _absolute(url: URL) -> str | None:
    if url.get_backend_name() != "sqlite":
        return url.database
    return str(Path(url.database or "").absolute())


def places(options: Iterable[str]) -> dict[str, str]:
    """Address -> place of `--artifacts PLACE` and `--artifacts ADDRESS=PLACE`.

    The first PLACE alone is also where a server that served artifacts kept them.
    """
    found: dict[str, str] = {}
    for option in options:
        address, said, place = option.rpartition("=")
        place = place if "://" in place else str(Path(place).expanduser().absolute())
        if said:
            found[address] = place
            continue
        found[place] = place
        found.setdefault(PROXIED, place)
    if not found:
        raise AdoptError("Say where its artifacts are: --artifacts DIR")
    return found
