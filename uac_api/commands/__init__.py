"""What every command for operators stands on: the settings, the database, and how to end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from configuration.settings import SettingsError

from ..access.audit.signatures import Signer
from ..access.database import Database
from ..access.errors import AccessError
from ..settings import Settings, load


@contextmanager
def database() -> Iterator[Database]:
    """The UAC database, closed at the end; what the access layer refuses ends the command."""
    settings = configured()
    found = Database(settings.database_url, Signer(*settings.mark_keys))
    try:
        yield found
    except AccessError as error:
        fail(error.message)
    finally:
        found.close()


def configured() -> Settings:
    """The settings; every mistake in them ends the command."""
    try:
        return load()
    except SettingsError as error:
        fail(str(error))


def fail(message: str) -> NoReturn:
    """End the command with a sentence and status 1."""
    typer.echo(message, err=True)
    raise typer.Exit(1)
