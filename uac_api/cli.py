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
from .access.audit import events
from .access.credentials.secrets import PasswordCheck
from .access.errors import AlreadyExists, NotFound
from .access.people import users
from .commands import accounts, database, fail
from .commands import audit as audit_commands
from .doctor import Level, examine
from .errors import Unavailable
from .migrations import downgrade, refuse_newer, revisions, upgrade

app = typer.Typer(
    help="Commands for operators of ML Studio.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


app.add_typer(audit_commands.app, name="audit")
app.command("reset-password")(accounts.reset_password)


@app.command()
def migrate(
    to: Annotated[
        str | None,
        typer.Option(
            help="Back to this migration, so that the version before starts; what only later "
            "ones hold is lost."
        ),
    ] = None,
) -> None:
    """Bring the UAC database up to this code, or back to a migration before."""
    known = revisions()
    # An empty one is a script that found no number: it must not end well with nothing done.
    if to is not None and to not in known:
        fail(f"There is no migration '{to}'. Name one of {known[-1]} to {known[0]}.")
    with database() as here:
        try:
            # Those of a later version are unknown here: nobody but that version takes them back.
            refuse_newer(here)
            if to:
                downgrade(here, to)
            else:
                upgrade(here)
        except Unavailable as error:
            fail(error.message)
    if to:
        typer.echo(f"The UAC database is at migration {to}. Start the version that ends there.")
    else:
        typer.echo("The UAC database is up to date.")


@app.command("create-admin")
def create_admin(
    username: Annotated[str, typer.Option(help="The sign-in name of the first administrator.")],
) -> None:
    """Create an administrator; the password is read from standard input.

    A person of that name who exists already is left as they are.
    """
    password = sys.stdin.readline().rstrip("\n")

    def left_alone(session: Session) -> str:
        found = users.get(session, username, lock=False)
        first = bool(password) and PasswordCheck()(password, found.password_hash)
        return "still the first password" if first else "a password of their own"

    def work(session: Session) -> None:
        users.create(session, username=username, password=password, administrator=True)
        event = events.Entry("users.create", events.ALLOWED, user="cli", target=username)
        events.write(session, [event])

    with database() as here:
        try:
            theirs = here.read(left_alone)
        except NotFound:
            try:
                here.write(work)
            except AlreadyExists:
                # Another one who migrates was faster.
                theirs = here.read(left_alone)
            else:
                typer.echo(f"Administrator '{username}' created.")
                return
        # `make up` reads this line (ops/server_parts.sh).
        typer.echo(f"The person '{username}' exists already, has {theirs}, and stays as they are.")


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
