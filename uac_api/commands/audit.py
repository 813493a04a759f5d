"""Commands for the audit trail: `studio audit verify`, `export`, `prune`."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from ..access.audit import events, retention
from ..access.audit import report as findings
from ..access.audit import verify as verification
from ..access.audit.signatures import EVENT_FIELDS, Signer
from ..access.database import Database
from ..access.models import Event
from . import configured, database, fail

EXPORT_AT_ONCE = 1000
# What operators see is also what programs read: id, time, content, mark.
EXPORTED = ("id", *EVENT_FIELDS, "mark")

app = typer.Typer(help="The audit trail: verify, export, prune.", no_args_is_help=True)


@app.command()
def verify(
    expect: Annotated[
        str,
        typer.Option(help="A seal that was kept elsewhere, as <id>:<mark>, or a file with it."),
    ] = "",
    newest: Annotated[
        int, typer.Option(help="Look only at about so many of the newest events; 0: at all.", min=0)
    ] = 0,
) -> None:
    """Tell whether the trail is as it was written; status 1 and the names of what is not."""
    expected = _expected(expect)
    with database() as here:
        marks = Signer(*configured().mark_keys)
        report = verification.verify(here, marks, most_events=newest or None, expected=expected)
    for finding in report.findings:
        typer.echo(f"{finding.what} {finding.id} {finding.message}.", err=True)
    if len(report.findings) >= findings.FINDINGS_MOST:
        typer.echo("There may be more.", err=True)
    if not report.right:
        raise typer.Exit(1)
    typer.echo(f"{report.seals} seals over {report.events} events are as they were written.")
    for count, words in (
        (report.from_seal - 1, "seals before these were not looked at"),
        (report.unmarked, "events are from before marks: only their seal holds them"),
        (report.pruned, "events were pruned"),
        (report.waiting, "events wait for a seal"),
    ):
        if count:
            typer.echo(f"{count} {words}.")
    typer.echo(f"The newest seal is {report.head}:{report.head_mark}")


@app.command()
def export(
    since: Annotated[str, typer.Option(help="From this time on, such as 2026-01-31T12:00Z.")] = "",
    until: Annotated[str, typer.Option(help="Before this time.")] = "",
    project: Annotated[str, typer.Option(help="Only of this project.")] = "",
    user: Annotated[str, typer.Option(help="Only of this person.")] = "",
    outcome: Annotated[str, typer.Option(help="Only allowed, denied or failed.")] = "",
    operation: Annotated[str, typer.Option(help="Only this operation.")] = "",
    output: Annotated[Path | None, typer.Option(help="A new file; else standard output.")] = None,
) -> None:
    """Write events as JSON lines with their marks, by id."""
    wanted = events.Filter(
        user=user,
        project=project,
        outcome=outcome,
        operation=operation,
        since=_moment(since),
        until=_moment(until),
    )
    try:
        with (
            database() as here,
            output.open("x", encoding="utf-8") if output else nullcontext(sys.stdout) as file,
        ):
            for event in _events(here, wanted):
                file.write(json.dumps(event) + "\n")
    except OSError as error:
        fail(f"{output}: {error.strerror}. Name a file that does not exist yet.")


@app.command()
def prune(
    older_than: Annotated[int, typer.Option(help="Keep the events of so many days.", min=1)],
) -> None:
    """Remove events by whole seals; the seals stay, so that the chain can still be verified."""
    with database() as here:
        marks = Signer(*configured().mark_keys)
        done = retention.prune(here, marks, older_than_days=older_than, by="cli")
    typer.echo(f"{done.events} events under {done.seals} seals were removed.")


def _events(here: Database, wanted: events.Filter) -> Iterator[dict[str, Any]]:
    after = 0
    while found := _page(here, wanted, after):
        yield from (_line(event) for event in found)
        after = found[-1].id


def _page(here: Database, wanted: events.Filter, after: int) -> list[Event]:
    return here.read(
        lambda session: events.onward(session, wanted, after=after, limit=EXPORT_AT_ONCE)
    )


def _line(event: Event) -> dict[str, Any]:
    line = {name: getattr(event, name) for name in EXPORTED}
    return line | {"at": event.at.isoformat(timespec="microseconds")}


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(f"'{text}' is no time. Write it as 2026-01-31 or 2026-01-31T12:00Z.")
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _expected(text: str) -> tuple[int, str] | None:
    if not text:
        return None
    file = Path(text)
    if ":" not in text:
        try:
            text = file.read_text().strip()
        except OSError as error:
            fail(f"{file}: {error.strerror}")
    found = re.fullmatch(r"([1-9][0-9]{0,17}):([0-9a-f]{64})", text)
    if found is None:
        fail("Name a seal as <id>:<mark>, as `studio audit verify` and the log print it.")
    return int(found[1]), found[2]
