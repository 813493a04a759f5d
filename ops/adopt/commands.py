"""`studio adopt plan`, `run`, `verify`, `undo`: an existing MLflow becomes projects."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, NoReturn

import typer

from ops.adopt import projects, source, target, workspace
from ops.adopt import settings as own
from ops.adopt.copying import copy_files
from ops.adopt.copying import run as running
from ops.adopt.copying import undo as undoing
from ops.adopt.copying import verify as verifying
from ops.adopt.planning import choose, conflicts, describe, mapping
from ops.adopt.planning import plan as plans
from ops.adopt.planning.layout import lay_out
from ops.backup import settings
from ops.backup.commands import private
from ops.backup.errors import BackupError

app = typer.Typer(pretty_exceptions_enable=False)
adopt = typer.Typer(
    help="Bring an existing MLflow, its database and its artifacts, into projects.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(adopt, name="adopt")

PlanFile = Annotated[Path, typer.Argument(help="The plan that `studio adopt plan` wrote.")]
Many = list[str]


@adopt.command()
def plan(
    database: Annotated[str, typer.Option("--from", help="The URL of its database.")],
    artifacts: Annotated[
        Many, typer.Option(help="Where its artifacts are: a folder, s3://..., or ADDRESS=PLACE.")
    ],
    pattern: Annotated[
        Many | None, typer.Option(help="PATTERN=PROJECT for names, such as 'fraud-*=fraud'.")
    ] = None,
    mapped: Annotated[
        Path | None, typer.Option("--map", help="The same and more, as YAML.")
    ] = None,
    rest: Annotated[str, typer.Option(help="The project for all that no pattern names.")] = "",
    owner: Annotated[
        Many | None, typer.Option(help="Who owns projects that are opened: PERSON or SLUG=PERSON.")
    ] = None,
    save: Annotated[Path, typer.Option(help="Where the plan is written.")] = Path("adopt.yaml"),
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
) -> None:
    """Show what would go where and what stands in the way (exit 1), and write the plan."""
    with _sentences():
        asked = settings.load()
        given = mapping.read_map(mapped) if mapped else mapping.Map()
        given = mapping.with_options(given, pattern or [], rest, owner or [])
        made, found = _planned(asked, given, database, artifacts)
        plans.save(made, save)
    if as_json:
        document = {"plan": made.model_dump(mode="json"), "problems": found, "file": str(save)}
        typer.echo(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        for line in describe.lines(made, found, save):
            typer.echo(line)
    if found:
        raise typer.Exit(1)


@adopt.command()
def run(file: PlanFile) -> None:
    """Carry a plan out, then verify it. After an interruption: the same command again."""
    with _sentences(), projects.opened() as here:
        asked = settings.load()
        running.run(plans.load(file), workspace.folder_of(file), asked, here, typer.echo)


@adopt.command()
def verify(file: PlanFile) -> None:
    """Compare every row and every file with the source; exit 1 with the names of what differs."""
    with _sentences():
        made, folder, asked = plans.load(file), workspace.folder_of(file), settings.load()
        with workspace.alone(folder), workspace.begun(made, folder, asked) as work:
            verifying.verify(work, asked, typer.echo)


@adopt.command()
def undo(
    file: PlanFile,
    force: Annotated[
        bool, typer.Option("--force", help="Also what people have written into it since.")
    ] = False,
) -> None:
    """Take back exactly what the run put there."""
    with _sentences(), projects.opened() as here:
        asked = settings.load()
        made, folder = plans.load(file), workspace.folder_of(file)
        undoing.undo(made, folder, asked, here, force=force, say=typer.echo)


def _planned(
    asked: settings.Settings, given: mapping.Map, database: str, artifacts: list[str]
) -> tuple[plans.Plan, list[str]]:
    url, places = own.source_url(database), own.places(artifacts)
    stores = copy_files.stores_of(places)
    copy_files.refuse_own(places, asked.artifacts)
    with TemporaryDirectory(prefix="adopt-") as folder:
        copy = Path(folder) / workspace.SOURCE
        source.take(url, copy)
        with source.opened(copy) as here, target.opened(asked.mlflow) as there:
            made = choose.choose(here, given, own.without_password(url), places)
            layout = lay_out(here, made)
            made = copy_files.counted(made, layout, stores)
            found = conflicts.find(here, there, made, layout)
            with projects.opened() as known:
                found = [*known.problems(made), *found]
    return made, found


@contextmanager
def _sentences() -> Iterator[None]:
    """Ends the command with a sentence; what it writes is for its owner alone."""
    try:
        with private():
            yield
    except (BackupError, OSError) as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(1)
