"""Commands for operators: `studio migrate`, `studio create-admin`, `studio audit ...`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from .access import audit, users
from .access.errors import AlreadyExists
from .commands import audit as audit_commands
from .commands import database
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


if __name__ == "__main__":
    app()
