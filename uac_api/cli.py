"""Commands for operators: `studio migrate`, `create-admin`, `doctor`, `audit ...`."""

from __future__ import annotations

import json
import os
import sys
from dataclasses import asdict
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from . import access_log
from .access import audit, users
from .access.errors import AlreadyExists
from .commands import audit as audit_commands
from .commands import database
from .doctor import Level, examine
from .migrations import upgrade

app = typer.Typer(
    help="Commands for operators of ML Studio.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


app.add_typer(audit_commands.app, name="audit")


@app.command()
def migrate() -> None:
    """Bring the UAC database up to this code."""
    with database() as here:
        upgrade(here)
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

    with database() as here:
        try:
            here.write(work)
        except AlreadyExists:
            typer.echo(f"The person '{username}' exists already and was left as they are.")
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


if __name__ == "__main__":
    app()
