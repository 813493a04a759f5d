"""One purge: everything that has been in the trash for longer than STUDIO_TRASH_DAYS."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from sqlalchemy.orm import Session

from ops.backup.settings import Settings
from ops.backup.storage.guarded import GuardedStore
from ops.backup.storage.stores import open_store
from ops.checkpoints import Checkpoint, always
from ops.purge import claims
from ops.purge.claims import Due
from ops.purge.content import Content, Taken
from ops.purge.graph import Graph
from uac_api.access.audit import events
from uac_api.access.database import Database
from uac_api.access.models import now
from uac_api.access.projects import projects, purging

T = TypeVar("T")
OPERATION = "trash.purge"
# So many ids of MLflow's fit into one event.
IDS_IN_EVENT = 8
# A restore that had read its run before the claim has written by then, and `take_claimed` gives
# back what is not deleted any longer.
OVERTAKING_SECONDS = 2.0


def purge(
    places: Settings, database: Database, *, days: int, checkpoint: Checkpoint = always
) -> str:
    """Delete for good what was deleted more than `days` ago: what was done, in a sentence.

    Nothing for 0 days. Raises BackupError, SQLAlchemyError and DatabaseUnavailable; the next purge
    goes on where this one stopped, as it does after a checkpoint that raises.
    """
    if not days:
        return "Nothing is purged: STUDIO_TRASH_DAYS is 0."
    until = now() - timedelta(days=days)
    with closing(Graph(places.mlflow, checkpoint)) as graph:
        content = Content(graph, GuardedStore(open_store(places.artifacts), checkpoint))
        return _Purge(graph, content, database, until, checkpoint).run()


class _Purge:
    def __init__(
        self,
        graph: Graph,
        content: Content,
        database: Database,
        until: datetime,
        checkpoint: Checkpoint,
    ) -> None:
        self._graph, self._content, self._database = graph, content, database
        self._until, self._checkpoint = until, checkpoint
        self._counts: dict[str, int] = {}
        self._stay = self._left = 0

    def run(self) -> str:
        self._content.keep_numbers()
        for slug in self._database.read(lambda session: purging.due(session, self._until)):
            self._project(slug)
        for project_id, slug in self._database.read(projects.living):
            self._inside(project_id, slug)
        if claims.find(self._graph):
            time.sleep(OVERTAKING_SECONDS)
        for slug, taken in self._content.take_claimed().items():
            self._tell(slug, taken)
        self._models()
        return self._sentence()

    def _project(self, slug: str) -> None:
        if not self._write(lambda session: purging.claim(session, slug, self._until)):
            return
        taken = self._content.take_project(slug)

        def work(session: Session) -> None:
            purging.bury(session, slug)
            experiments = len(taken.ids.get("experiment", []))
            said = f"project {slug}: {experiments} experiments, {taken.files} files"
            events.write(session, [_entry(slug, said)])

        self._write(work)
        self._count("project", 1)
        self._left += taken.left

    def _inside(self, project_id: int, slug: str) -> None:
        kept = self._database.read(lambda session: purging.kept_texts(session, project_id))
        due = Due(
            self._graph,
            slug,
            int(self._until.timestamp() * 1000),
            claims.used(self._graph, slug, kept),
        )
        self._stay += due.claim_runs() + due.claim_experiments()
        taken = Taken()
        self._content.take_logged_models(due, slug, taken)
        self._tell(slug, taken)

    def _models(self) -> None:
        for item in self._database.read(lambda session: purging.models_due(session, self._until)):
            slug, said, item_id = item.project.slug, f"{item.kind} {item.name}", item.id

            if self._write(partial(self._drop, slug=slug, item_id=item_id, said=said)):
                self._count("model or version", 1)

    def _drop(self, session: Session, *, slug: str, item_id: int, said: str) -> bool:
        """Delete a kept item, with the files that are nobody's without it.

        In one transaction: cut off in the middle, the item stays and the next purge goes on.
        """
        kept = purging.drop_model(session, item_id)
        if kept is None:
            return False
        self._content.take_skill(slug, kept)
        events.write(session, [_entry(slug, said)])
        return True

    def _tell(self, slug: str, taken: Taken) -> None:
        for kind, ids in taken.ids.items():
            self._count(kind, len(ids))
            told = [
                _entry(slug, f"{len(some)} {kind}: {' '.join(some)}")
                for some in _parts(ids, IDS_IN_EVENT)
            ]
            self._write(partial(events.write, entries=told))
        self._left += taken.left

    def _write(self, work: Callable[[Session], T]) -> T:
        self._checkpoint()
        return self._database.write(work)

    def _count(self, kind: str, number: int) -> None:
        self._counts[kind] = self._counts.get(kind, 0) + number

    def _sentence(self) -> str:
        said = ", ".join(f"{kind}: {number}" for kind, number in self._counts.items())
        sentence = f"Purged {said}." if said else "Nothing was due."
        if self._stay:
            sentence += f" {self._stay} stay, because a version of a model uses them."
        if self._left:
            sentence += f" Files of {self._left} lie outside ML Studio's artifacts and were left."
        return sentence


def _parts(ids: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


def _entry(slug: str, said: str) -> events.Entry:
    return events.Entry(OPERATION, events.ALLOWED, user="jobs", project=slug, target=said)
