"""Carries a plan out; started again after whatever stopped it, it goes on."""

from __future__ import annotations

from pathlib import Path

from mlflow_server import statistics
from ops.adopt import source, workspace
from ops.adopt.copying import copy_files, copy_rows, verify
from ops.adopt.copying.copy_rows import Say, Work
from ops.adopt.copying.wal import WriteAheadLog
from ops.adopt.errors import AdoptError
from ops.adopt.planning import conflicts
from ops.adopt.planning.layout import Layout, lay_out
from ops.adopt.planning.plan import Plan
from ops.adopt.projects import BY, Projects
from ops.adopt.settings import source_url
from ops.backup.settings import Settings
from ops.backup.storage.stores import open_store


def run(plan: Plan, folder: Path, settings: Settings, projects: Projects, say: Say) -> None:
    """Adopt, then verify. Raises AdoptError; what was done until then stays, and counts."""
    stores = copy_files.stores_of(plan.artifacts)
    copy_files.refuse_own(plan.artifacts, settings.artifacts)
    with workspace.alone(folder):
        if not (folder / workspace.SOURCE).exists():
            source.take(source_url(plan.source), folder / workspace.SOURCE)
            say("The source's database is copied. What is written there from now on stays there.")
        WriteAheadLog(folder / workspace.JOURNAL).close()
        with workspace.begun(plan, folder, settings) as work:
            _begin(work, settings, projects)
            layout = _rows(work, projects, say)
            to = open_store(settings.artifacts)
            for slug in plan.projects:
                copy_files.copy(work, slug, layout, stores, to, say)
            copy_files.tidy(to)
            _finish(work, projects)
            if said := statistics.refresh_safely(settings.mlflow):
                say(said)
            verify.verify(work, settings, say)


def _begin(work: Work, settings: Settings, projects: Projects) -> None:
    journal = work.journal
    if journal.fact(workspace.STATE) == workspace.UNDOING:
        raise AdoptError("An undo of this plan was begun. Finish it: studio adopt undo")
    if journal.fact(workspace.PLAN):
        return
    found = [
        *projects.problems(work.plan),
        *conflicts.find(work.source, work.target, work.plan, lay_out(work.source, work.plan)),
    ]
    if found:
        raise AdoptError("\n".join([*found, "Nothing was adopted."]))
    missing = projects.missing(work.plan)
    for slug in work.plan.projects:
        journal.note_project(slug, opened=slug in missing)
    journal.note(workspace.TARGET, workspace.target_of(settings))
    journal.note(workspace.STATE, workspace.RUNNING)
    journal.note(workspace.PLAN, work.plan.digest())


def _rows(work: Work, projects: Projects, say: Say) -> Layout:
    for slug, part in work.plan.projects.items():
        _open(work, projects, slug, say)
        copy_rows.copy_experiments(work, slug, part)
    layout = lay_out(work.source, work.plan, work.journal.ids())
    for slug in work.plan.projects:
        copy_rows.copy_rows(work, slug, copy_rows.rewriting(work, slug, layout), say)
    return layout


def _open(work: Work, projects: Projects, slug: str, say: Say) -> None:
    opens = work.journal.projects()[slug]
    opener = projects.opener(slug)
    if opener is None and not opens:
        raise AdoptError(f"The project {slug} was deleted meanwhile. Undo this adoption.")
    if opener not in (None, BY) and opens:
        # What comes is for the owner that the plan names, not for whoever was faster.
        raise AdoptError(
            f"Somebody opened a project {slug} meanwhile. Undo this adoption, and plan anew."
        )
    if opener is None:
        part = work.plan.projects[slug]
        projects.open(slug, part)
        say(f"{slug}: opened, owner {part.owner}")


def _finish(work: Work, projects: Projects) -> None:
    if work.journal.fact(workspace.STATE) == workspace.DONE:
        return
    for slug, part in work.plan.projects.items():
        runs = sum(one.runs for one in part.experiments)
        told = f"{len(part.experiments)} experiments, {runs} runs, {len(part.models)} models"
        projects.record("adopt.run", slug, told)
    work.journal.note(workspace.STATE, workspace.DONE)
