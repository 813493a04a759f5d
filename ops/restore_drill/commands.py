"""`studio drill restore`."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer

from ops.backup.errors import BackupError
from ops.backup.settings import PLACE
from ops.restore_drill import drill, settings
from ops.restore_drill.report import Step
from ops.restore_drill.settings import DATABASE_URL, Amount

app = typer.Typer(pretty_exceptions_enable=False)
drills = typer.Typer(
    help="Find out whether a backup can be restored, without touching the installation.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(drills, name="drill")


@drills.command()
def restore(
    backup: Annotated[
        str | None, typer.Argument(help="The name of a backup; the newest if there is none.")
    ] = None,
    place: Annotated[
        str, typer.Option("--from", help=f"The folder or s3:// with backups; else {PLACE}.")
    ] = "",
    database_url: Annotated[
        str,
        typer.Option(
            help="Another server for the temporary databases, or sqlite:// for files; "
            f"else {DATABASE_URL}, else the servers of this installation."
        ),
    ] = "",
    artifacts: Annotated[
        Amount, typer.Option(help="How many artifacts are restored; all are looked for.")
    ] = Amount.SAMPLE,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Restore a backup into temporary places, test it there, and remove it all; exit 1 if it fails.

    It reads the backup and the keys of the audit trail, and nothing else of the installation.
    """
    try:
        asked = settings.load(place, database_url)
    except BackupError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    if not as_json:
        typer.echo(f"Restore drill with {asked.place}")
    tell = _nothing if as_json else _say
    with _signals_that_clean_up() as require_unasked:

        def say(step: Step) -> None:
            tell(step)
            require_unasked()

        report = drill.run(asked, name=backup, amount=artifacts, say=say)
    typer.echo(report.to_json() if as_json else report.verdict)
    if not report.succeeded:
        raise typer.Exit(1)


def _say(step: Step) -> None:
    for line in step.lines():
        typer.echo(line)


def _nothing(_: Step) -> None:
    """A program reads the report at the end."""


@contextmanager
def _signals_that_clean_up() -> Iterator[Callable[[], None]]:
    """Whoever ends the drill politely ends it like Ctrl-C: what it made is removed first.

    Gives a function that raises KeyboardInterrupt where a signal has come. The handler's own is
    lost where Python was just in a finaliser or in a callback of a library.
    """
    asked: list[int] = []

    def end(number: int, frame: FrameType | None) -> None:
        asked.append(number)
        signal.default_int_handler(number, frame)

    def require_unasked() -> None:
        if asked:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, end) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield require_unasked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
