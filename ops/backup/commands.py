"""`studio backup`, `studio backup verify`, `studio backup list`, `studio restore`."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Annotated, NoReturn

import typer

from ops.backup import check, settings
from ops.backup.audit import chain_problems
from ops.backup.errors import BackupError
from ops.backup.restore import restore as put_back
from ops.backup.settings import PLACE
from ops.backup.storage import manifest
from ops.backup.storage.encryption import Seal
from ops.backup.storage.stores import open_store
from ops.backup.take import take

app = typer.Typer(pretty_exceptions_enable=False)
backup = typer.Typer(
    help="Back up both databases and the artifacts, while people work.",
    invoke_without_command=True,
    pretty_exceptions_enable=False,
)
app.add_typer(backup, name="backup")

From = Annotated[
    str,
    typer.Option("--from", envvar=PLACE, help="The folder or s3:// that holds backups."),
]
Name = Annotated[str | None, typer.Option("--backup", help="Which one; the newest if not named.")]


@backup.callback()
def run(
    context: typer.Context,
    to: Annotated[str, typer.Option(envvar=PLACE, help="A folder, or s3://bucket/path.")] = "",
    keep: Annotated[
        int | None, typer.Option(min=1, help="Remove all backups there but the newest so many.")
    ] = None,
    artifacts: Annotated[bool, typer.Option(help="Whether artifacts are backed up.")] = True,
) -> None:
    """Back up both databases and the artifacts, while people work."""
    if context.invoked_subcommand is not None:
        return
    if not to:
        _fail(f"Say where to: studio backup --to DIR or s3://bucket/path, or {PLACE}.")
    try:
        # What a backup holds is for its owner alone, as everything that `make run` writes.
        with private():
            take(
                settings.load(),
                open_store(to),
                keep=keep,
                with_artifacts=artifacts,
                say=typer.echo,
            )
    except (BackupError, OSError) as error:
        _fail(str(error))


@backup.command("list")
def list_backups(place: From) -> None:
    """Name the finished backups, oldest first."""
    try:
        for name in manifest.names(open_store(place)):
            typer.echo(name)
    except (BackupError, OSError) as error:
        _fail(str(error))


@backup.command()
def verify(
    place: From,
    name: Name = None,
    restored: Annotated[
        bool, typer.Option("--restored", help="Compare this installation with the backup.")
    ] = False,
) -> None:
    """Read a backup whole and name everything that is damaged; exit 1 if something is."""
    try:
        store = open_store(place)
        key = settings.load().key if restored else settings.load_key()
        seal = Seal(key.get_secret_value())
        kept = manifest.chosen(store, seal, name)
        problems = list(check.backup_problems(store, seal, kept))
        if restored and not problems:
            asked = settings.load()
            problems = list(check.restored_problems(asked, store, seal, kept))
            problems = problems or list(chain_problems(asked.uac))
    except (BackupError, OSError) as error:
        _fail(str(error))
    _report(problems)
    typer.echo(f"The backup {kept.name} is sound" + (", and so is this." if restored else "."))


@app.command()
def restore(
    place: From,
    name: Name = None,
    verify: Annotated[
        bool, typer.Option("--verify", help="Then compare every row and artifact.")
    ] = False,
) -> None:
    """Put a backup into empty databases and an empty artifact folder."""
    try:
        store, asked = open_store(place), settings.load()
        kept = manifest.chosen(store, Seal(asked.key.get_secret_value()), name)
        with private():
            put_back(asked, store, kept, verify=verify, say=typer.echo)
    except (BackupError, OSError) as error:
        _fail(str(error))


@contextmanager
def private() -> Iterator[None]:
    """What is written meanwhile is its owner's alone."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _report(problems: Iterable[str]) -> None:
    found = list(problems)
    if found:
        _fail("\n".join(found))


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
