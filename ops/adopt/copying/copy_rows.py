"""Rows of the source into the target: each once, whenever it is stopped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Float, Table, insert, select, text

from ops.adopt.addresses import proxied
from ops.adopt.copying.rewrite import Rewriting
from ops.adopt.copying.wal import WriteAheadLog, key_of
from ops.adopt.errors import AdoptError
from ops.adopt.planning.layout import Layout
from ops.adopt.planning.plan import Part, Plan
from ops.adopt.source import WORKSPACE, Source
from ops.adopt.tables import HELD, Rows, present
from ops.adopt.target import Target
from ops.backup.errors import BackupError
from ops.backup.tables.compare import Print, prints
from ops.backup.tables.rows import batches, cells, put, stored
from ops.backup.tables.snapshot import kind_of
from ops.backup.tables.values import decoded, fitted

Say = Callable[[str], None]


@dataclass(frozen=True)
class Work:
    """What one adoption works with."""

    plan: Plan
    source: Source
    target: Target
    journal: WriteAheadLog


def part_of(slug: str, table: str) -> str:
    """The name of a table of a project in the journal."""
    return f"{slug}/{table}"


def rewriting(work: Work, slug: str, layout: Layout) -> Rewriting:
    """The rewriting of a project's rows, once all experiments have their ids."""
    runs = work.source.tables["runs"].c
    chosen = work.plan.projects[slug].chosen(WORKSPACE)
    asked = select(runs.run_uuid).where(runs.experiment_id.in_(chosen.experiments))
    ids = work.journal.ids()
    mine = {one: ids[one] for one in chosen.experiments}
    return Rewriting(slug, mine, layout, set(work.source.connection.scalars(asked)))


def expected(work: Work, slug: str, table: str, change: Rewriting) -> Iterator[list[Any]]:
    """The rows of a table that go into a project, as the target's columns take them."""
    here = work.source.tables[table]
    names = [column.name for column in stored(here)]
    wanted = [column.name for column in stored(work.target.tables[table])]
    chosen = Rows(work.source.tables, work.plan.projects[slug].chosen(WORKSPACE)).of(table)
    for row in cells(work.source.connection, here, chosen):
        changed = change.row(table, dict(zip(names, row, strict=True)))
        yield [changed[name] for name in wanted]


def printed(table: Table, rows: list[list[Any]]) -> list[Print]:
    """The rows in short, as they will be found in the table again."""
    return list(prints((list(row) for row in rows), stored(table)))


def copy_experiments(work: Work, slug: str, part: Part) -> None:
    """Put the experiments of a project, each with its old id if that is free."""
    known = work.journal.experiments()
    for one in part.experiments:
        if known.get(one.id) is not None:
            continue
        if one.id not in known:
            work.journal.note_experiment(one.id, None)
        work.journal.note_experiment(one.id, _experiment(work, slug, one.id))


def recover_experiments(work: Work) -> None:
    """Note the ids of experiments that a run put which was killed before it could."""
    slugs = work.plan.slugs()
    for old, new in work.journal.experiments().items():
        if new is None:
            with work.target.reading() as connection:
                there = _there(connection, work.target, slugs[old], _row(work, old))
            if there is not None:
                work.journal.note_experiment(old, there)


def _row(work: Work, old: int) -> dict[str, Any]:
    source = work.source.tables["experiments"]
    asked = select(source).where(source.c.experiment_id == old)
    return dict(work.source.connection.execute(asked).mappings().one())


def _there(connection: Connection, target: Target, slug: str, row: dict[str, Any]) -> int | None:
    table = target.tables["experiments"].c
    same = (table.name == row["name"], table.creation_time == row["creation_time"])
    return connection.scalar(select(table.experiment_id).where(table.workspace == slug, *same))


def _experiment(work: Work, slug: str, old: int) -> int:
    table, row = work.target.tables["experiments"], _row(work, old)
    with work.target.writing() as connection:
        there = _there(connection, work.target, slug, row)
        if there is not None:
            return there
        new = row | {"workspace": slug, "artifact_location": None}
        if not _is_free(connection, table, old):
            del new["experiment_id"]
        made = connection.execute(insert(table).values(new)).inserted_primary_key
        number = int(made[0] if made else 0)
        location = {"artifact_location": proxied(f"workspaces/{slug}/{number}")}
        connection.execute(table.update().where(table.c.experiment_id == number).values(location))
    return number


def _is_free(connection: Connection, table: Table, old: int) -> bool:
    """Whether an id may be used; the target's own counting goes on after it."""
    if kind_of(connection) != "postgresql":
        taken = select(table.c.experiment_id).where(table.c.experiment_id == old)
        return old > 0 and connection.scalar(taken) is None
    # PostgreSQL counts apart from the rows: nobody may take a number while the counter is moved.
    connection.execute(text("LOCK TABLE experiments IN SHARE ROW EXCLUSIVE MODE"))
    taken = select(table.c.experiment_id).where(table.c.experiment_id == old)
    if old <= 0 or connection.scalar(taken) is not None:
        return False
    counter = connection.scalar(
        text("SELECT pg_get_serial_sequence('experiments', 'experiment_id')")
    )
    reached = connection.scalar(
        text("SELECT pg_sequence_last_value(:counter)"), {"counter": counter}
    )
    moved = {"counter": counter, "number": max(old, reached or 0)}
    connection.execute(text("SELECT setval(:counter, :number)"), moved)
    return True


def copy_rows(work: Work, slug: str, change: Rewriting, say: Say) -> None:
    """Put all other rows of a project, table by table."""
    for table in present(HELD, work.target.tables):
        part = part_of(slug, table)
        if work.journal.is_done(part):
            continue
        if table == "experiments":
            _note_experiments(work, slug, change)
        else:
            _copy_table(work, slug, table, change)
        work.journal.finish(part)
        if number := work.journal.rows(part):
            say(f"{slug}: {number} rows of {table}")


def _note_experiments(work: Work, slug: str, change: Rewriting) -> None:
    table, part = work.target.tables["experiments"], part_of(slug, "experiments")
    noted = [
        one
        for one in printed(table, list(expected(work, slug, "experiments", change)))
        if work.journal.digest(part, one) is None
    ]
    work.journal.end_batch(work.journal.begin_batch(part, noted))


def _copy_table(work: Work, slug: str, name: str, change: Rewriting) -> None:
    table, part, journal = work.target.tables[name], part_of(slug, name), work.journal
    columns = stored(table)
    doubt = journal.in_doubt(part)
    if doubt:
        _commit(work, slug, name, change, doubt)

    def missing() -> Iterator[list[Any]]:
        for batch in batches(expected(work, slug, name, change)):
            for row, one in zip(batch, printed(table, batch), strict=True):
                if journal.digest(part, one) is None:
                    yield row

    for batch in batches(missing()):
        number = journal.begin_batch(part, printed(table, batch))
        with work.target.writing() as connection:
            try:
                put(connection, table, columns, batch)
            except BackupError:
                # Refused rows are not in doubt: a row of others with the same key must not count.
                journal.forget_batch(number)
                raise
        journal.end_batch(number)


def _commit(
    work: Work, slug: str, name: str, change: Rewriting, doubt: dict[int, set[bytes]]
) -> None:
    """Find out whether the batches in doubt were put: all rows of one are there, or none."""
    table = work.target.tables[name]
    for number, wanted in doubt.items():
        for batch in batches(expected(work, slug, name, change)):
            short = printed(table, batch)
            found = [row for row, one in zip(batch, short, strict=True) if key_of(one) in wanted]
            if not found:
                continue
            with work.target.reading() as connection:
                was_put = any(_is_there(connection, table, row) for row in found)
            if was_put:
                work.journal.end_batch(number)
            else:
                work.journal.forget_batch(number)
            break
        else:
            raise AdoptError(f"The source's copy lacks rows of {name} that were put. Undo first.")


def _is_there(connection: Connection, table: Table, row: list[Any]) -> bool:
    # A number with a fraction is found again in another form; the other columns are enough.
    keys = [one for one in table.primary_key.columns if not isinstance(one.type, Float)]
    columns = stored(table)
    same = (one == fitted(decoded(row[columns.index(one)]), one) for one in keys)
    return connection.execute(select(keys[0]).where(*same)).first() is not None
