"""`studio reset-password`: the way in for somebody who lost their password."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer
from sqlalchemy.orm import Session

from ..access.audit import events
from ..access.credentials import sign_in_delays
from ..access.people import users
from . import database


def reset_password(
    username: Annotated[str, typer.Option(help="The sign-in name of the person.")],
) -> None:
    """Give a person a new random password, shown once; their sessions end, their tokens go on."""
    password = secrets.token_urlsafe(15)

    def work(session: Session) -> bool:
        user = users.get(session, username)
        users.set_password(session, user, password)
        # Whoever tried wrong ones before need not wait now.
        sign_in_delays.clear(session, account=username)
        event = events.Entry("users.password", events.ALLOWED, user="cli", target=username)
        events.write(session, [event])
        return user.disabled

    with database() as here:
        disabled = here.write(work)
    typer.echo(f"The new password of '{username}', shown this once:\n{password}")
    if disabled:
        typer.echo("The account is disabled: an administrator must enable it on the page People.")
