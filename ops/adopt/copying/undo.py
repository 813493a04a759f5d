"""Takes back what an adoption put into the target, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import delete, func, select

from ops.adopt import workspace
from ops.adopt.copying import copy_files, copy_rows, verify
from ops.adopt.copying.copy_rows import Say, Work, part_of
from ops.adopt.copying.wal import digest_of
from ops.adopt.errors import AdoptError
from ops.adopt.planning.plan import Plan
from ops.adopt.projects import Projects
from ops.adopt.tables import ADDED, COMPUTED, HELD, Rows, present
from ops.backup.settings import Settings
from ops.backup.storage.stores import Store, open_store

SHOWN = 20


def undo(
    plan: Plan, folder: Path, settings: Settings, projects: Projects, *, force: bool, say: Say
) -> None:
    """Raise AdoptError, naming it, for what people have written since, unless it is forced."""
    with workspace.alone(folder):
        with workspace.begun(plan, folder, settings) as work:
            copy_rows.recover_experiments(work)
            to = open_store(settings.artifacts)
            lost = list(_since(work, to))
            if lost and not force:
                more = [f"... and {len(lost) - SHOWN} more."] if len(lost) > SHOWN else []
                raise AdoptError(
                    "\n".join(
                        [
                            "This was written since, and would be lost with --force:",
                            *lost[:SHOWN],
                            *more,
                            "Nothing was undone.",
                        ]
                    )
                )
            work.journal.note(workspace.STATE, workspace.UNDOING)
            for slug in plan.projects:
                _rows(work, slug, say)
            _files(work, to, say)
            for slug, was_opened in work.journal.projects().items():
                _project(work, projects, slug, was_opened, say)
        workspace.forget(folder)
    say("Undone.")


def _since(work: Work, to: Store) -> Iterator[str]:
    for slug in work.plan.projects:
        for table in present(HELD, work.target.tables):
            part = part_of(slug, table)
            for one in verify.written(work, slug, table):
                noted = work.journal.digest(part, one)
                # An experiment in doubt is noted by its old id alone.
                if noted is None and not (table == "experiments" and not work.journal.rows(part)):
                    yield f"{slug}: {table}: the row {one.key} is new."
                elif noted not in (None, digest_of(one)):
                    yield f"{slug}: {table}: the row {one.key} was changed."
        rows = Rows(work.target.tables, work.plan.projects[slug].chosen(slug, work.journal.ids()))
        for table in ADDED:
            there = select(func.count()).select_from(work.target.tables[table])
            with work.target.reading() as connection:
                if number := connection.scalar(there.where(rows.under(table))):
                    yield f"{slug}: {table}: {number} rows are new."
    for path in copy_files.added(work, _folders(work), to):
        yield f"The file {path} is new."
    for path in copy_files.changed(work, to):
        yield f"The file {path} was changed."


def _rows(work: Work, slug: str, say: Say) -> None:
    chosen = work.plan.projects[slug].chosen(slug, work.journal.ids())
    rows = Rows(work.target.tables, chosen)
    conditions = [(table, rows.under(table)) for table in (*COMPUTED, *ADDED)]
    held = present(HELD, work.target.tables)
    conditions += [(table, rows.touching(table)) for table in reversed(held)]
    number = 0
    for table, condition in conditions:
        with work.target.writing() as connection:
            number += connection.execute(
                delete(work.target.tables[table]).where(condition)
            ).rowcount
    say(f"{slug}: {number} rows removed")


def _files(work: Work, to: Store, say: Say) -> None:
    number = 0
    for file in work.journal.files():
        to.remove(file.target)
        number += 1
    for path in list(copy_files.added(work, _folders(work), to)):
        to.remove(path)
        number += 1
    copy_files.tidy(to)
    say(f"{number} files removed")


def _folders(work: Work) -> list[str]:
    ids = work.journal.ids()
    return [
        f"workspaces/{slug}/{ids[old]}" for old, slug in work.plan.slugs().items() if old in ids
    ]


def _project(work: Work, projects: Projects, slug: str, was_opened: bool, say: Say) -> None:
    if not was_opened:
        projects.record("adopt.undo", slug, "")
    elif projects.take_back(slug, work.target):
        projects.record("adopt.undo", slug, "the project was opened by the adoption and is gone")
        say(f"{slug}: the project is gone")
    elif projects.opener(slug):
        projects.record("adopt.undo", slug, "")
        say(f"{slug}: the project stays, somebody has used it since")
