"""Carries a plan out; started again after whatever stopped it, it goes on."""

from __future__ import annotations

from pathlib import Path

from mlflow_server import statistics
from ops.adopt import clashes, copying, files, source, verifying, working
from ops.adopt.copying import Say, Work
from ops.adopt.errors import AdoptError
from ops.adopt.journal import Journal
from ops.adopt.layout import Layout, lay_out
from ops.adopt.plan import Plan
from ops.adopt.projects import BY, Projects
from ops.adopt.settings import source_url
from ops.backup.settings import Settings
from ops.backup.stores import open_store


def run(plan: Plan, folder: Path, settings: Settings, projects: Projects, say: Say) -> None:
    """Adopt, then verify. Raises AdoptError; what was done until then stays, and counts."""
    stores = files.stores_of(plan.artifacts)
    files.refuse_own(plan.artifacts, settings.artifacts)
    with working.alone(folder):
        if not (folder / working.SOURCE).exists():
            source.take(source_url(plan.source), folder / working.SOURCE)
            say("The source's database is copied. What is written there from now on stays there.")
        Journal(folder / working.JOURNAL).close()
        with working.begun(plan, folder, settings) as work:
            _begin(work, settings, projects)
            layout = _rows(work, projects, say)
            to = open_store(settings.artifacts)
            for slug in plan.projects:
                files.copy(work, slug, layout, stores, to, say)
            files.tidy(to)
            _finish(work, projects)
            if said := statistics.refresh_safely(settings.mlflow):
                say(said)
            verifying.verify(work, settings, say)


def _begin(work: Work, settings: Settings, projects: Projects) -> None:
    journal = work.journal
    if journal.fact(working.STATE) == working.UNDOING:
        raise AdoptError("An undo of this plan was begun. Finish it: studio adopt undo")
    if journal.fact(working.PLAN):
        return
    found = [
        *projects.problems(work.plan),
        *clashes.found(work.source, work.target, work.plan, lay_out(work.source, work.plan)),
    ]
    if found:
        raise AdoptError("\n".join([*found, "Nothing was adopted."]))
    missing = projects.missing(work.plan)
    for slug in work.plan.projects:
        journal.note_project(slug, opened=slug in missing)
    journal.note(working.TARGET, working.target_of(settings))
    journal.note(working.STATE, working.RUNNING)
    journal.note(working.PLAN, work.plan.digest())


def _rows(work: Work, projects: Projects, say: Say) -> Layout:
    for slug, part in work.plan.projects.items():
        _open(work, projects, slug, say)
        copying.copy_experiments(work, slug, part)
    layout = lay_out(work.source, work.plan, work.journal.ids())
    for slug in work.plan.projects:
        copying.copy_rows(work, slug, copying.rewriting(work, slug, layout), say)
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
    if work.journal.fact(working.STATE) == working.DONE:
        return
    for slug, part in work.plan.projects.items():
        runs = sum(one.runs for one in part.experiments)
        told = f"{len(part.experiments)} experiments, {runs} runs, {len(part.models)} models"
        projects.record("adopt.run", slug, told)
    work.journal.note(working.STATE, working.DONE)
