"""Whether the target holds what the source held, row by row and file by file."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import select

from ops.adopt.addresses import path_of
from ops.adopt.copying import copy_files, copy_rows
from ops.adopt.copying.copy_rows import Say, Work, part_of
from ops.adopt.copying.rewrite import Rewriting
from ops.adopt.copying.wal import digest_of, key_of
from ops.adopt.errors import AdoptError
from ops.adopt.planning.layout import lay_out
from ops.adopt.tables import HELD, Rows, present
from ops.backup.settings import Settings
from ops.backup.storage.stores import open_store
from ops.backup.tables.compare import SHOWN, Print, prints
from ops.backup.tables.rows import batches, cells, stored


def verify(work: Work, settings: Settings, say: Say) -> None:
    """Raise AdoptError with the name of everything that differs; a few of each table."""
    stores = copy_files.stores_of(work.plan.artifacts)
    to = open_store(settings.artifacts)
    layout = lay_out(work.source, work.plan, work.journal.ids())
    found: list[str] = []
    for slug in work.plan.projects:
        change = copy_rows.rewriting(work, slug, layout)
        rows = 0
        for table in present(HELD, work.target.tables):
            number, added, problems = _table(work, slug, table, change)
            rows += number
            found += _few(table, problems)
            if added:
                say(f"{slug}: {added} rows of {table} were written here since.")
        found += _few("addresses", _addresses(work, slug))
        found += copy_files.problems(work, slug, layout, stores, to)
        say(f"{slug}: {rows} rows compared, every file read")
    if found:
        raise AdoptError("\n".join(found))
    say("Verified: every row and every file is what it is in the source.")


def written(work: Work, slug: str, table: str) -> Iterator[Print]:
    """The rows of a project's part of a table as they are in the target now."""
    chosen = work.plan.projects[slug].chosen(slug, work.journal.ids())
    asked = Rows(work.target.tables, chosen).touching(table)
    there = work.target.tables[table]
    with work.target.reading() as connection:
        yield from prints(cells(connection, there, asked), stored(there))


def _table(work: Work, slug: str, table: str, change: Rewriting) -> tuple[int, int, list[str]]:
    """(rows of the source, rows that were added since, what differs)."""
    part, journal = part_of(slug, table), work.journal
    problems: list[str] = []
    seen: set[bytes] = set()
    added = 0
    for one in written(work, slug, table):
        noted = journal.digest(part, one)
        if noted is None:
            added += 1
            continue
        seen.add(key_of(one))
        if noted != digest_of(one):
            problems.append(f"{slug}: {table}: the row {one.key} was changed.")
    number = 0
    for batch in batches(copy_rows.expected(work, slug, table, change)):
        for one in copy_rows.printed(work.target.tables[table], batch):
            number += 1
            if journal.digest(part, one) != digest_of(one):
                problems.append(f"{slug}: {table}: the row {one.key} was not put.")
            elif key_of(one) not in seen:
                problems.append(f"{slug}: {table}: the row {one.key} is missing.")
    return number, added, problems


def _addresses(work: Work, slug: str) -> list[str]:
    """Runs and logged models of the target whose address leads out of their experiment."""
    ids = work.journal.ids()
    mine = work.plan.projects[slug].chosen(slug, ids).experiments
    found = []
    for table, key, column in (
        ("experiments", "experiment_id", "artifact_location"),
        ("runs", "run_uuid", "artifact_uri"),
        ("logged_models", "model_id", "artifact_location"),
    ):
        there = work.target.tables[table].c
        asked = select(there[key], there.experiment_id, there[column])
        with work.target.reading() as connection:
            for one, experiment, address in connection.execute(
                asked.where(there.experiment_id.in_(mine))
            ):
                home = f"workspaces/{slug}/{experiment}"
                if address and not f"{path_of(address)}/".startswith(f"{home}/"):
                    found.append(f"{slug}: {table} {one} lies at {address}.")
    return found


def _few(what: str, problems: list[str]) -> list[str]:
    more = len(problems) - SHOWN
    return problems[:SHOWN] + ([f"{what}: {more} more differ."] if more > 0 else [])
