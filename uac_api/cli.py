"""Commands for operators: `studio migrate`, `studio create-admin`, `studio doctor`."""

from __future__ import annotations

import json
import os
import sys
from contextlib import closing
from dataclasses import asdict
from typing import Annotated, NoReturn

import typer
from sqlalchemy.orm import Session

from . import access_log
from .access import audit, users
from .access.database import Database
from .access.errors import AccessError, AlreadyExists
from .doctor import Level, examine
from .errors import StudioError
from .migrations import upgrade
from .settings import Settings, SettingsError, load

app = typer.Typer(
    help="Commands for operators of ML Studio.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.command()
def migrate() -> None:
    """Bring the UAC database up to this code."""
    try:
        with closing(_database()) as database:
            upgrade(database)
    except (AccessError, StudioError) as error:
        _fail(error.message)
    typer.echo("The UAC database is up to date.")


@app.command("create-admin")
def create_admin(
    username: Annotated[str, typer.Option(help="The sign-in name of the first administrator.")],
) -> None:
    """Create an administrator; the password is read from standard input.

    A person of that name who exists already is left as they are.
    """
    password = sys.stdin.readline().rstrip("\n")

    def work(session: Session) -> None:
        users.create(session, username=username, password=password, administrator=True)
        event = audit.Entry("users.create", audit.ALLOWED, user="cli", target=username)
        audit.write(session, [event])

    try:
        with closing(_database()) as database:
            database.write(work)
    except AlreadyExists:
        typer.echo(f"The person '{username}' exists already and was left as they are.")
    except AccessError as error:
        _fail(error.message)
    else:
        typer.echo(f"Administrator '{username}' created.")


@app.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    outside: Annotated[
        str, typer.Option(help="Look for MLflow's port at this address of this machine.")
    ] = "",
) -> None:
    """Look at settings, databases, MLflow, artifacts, certificates, disk; exit 1 for a fault."""
    access_log.configure("ERROR")
    found = examine(os.environ, outside=outside or None)
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], indent=2))
    for one in found if not as_json else ():
        typer.echo(f"{one.level.upper():7} {one.check}: {one.message}\n        {one.fix}")
    if not found and not as_json:
        typer.echo("Everything is fit.")
    if any(one.level is Level.FAULT for one in found):
        raise typer.Exit(1)


def _database() -> Database:
    return Database(_settings().database_url)


def _settings() -> Settings:
    try:
        return load()
    except SettingsError as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)


if __name__ == "__main__":
    app()
