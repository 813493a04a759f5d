"""The experiments of each project, which MLflow wants named in a search for runs or traces."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

PROJECTS = 512
# MLflow's clocks may differ, and a row becomes visible a moment after its time was taken.
SLACK_MS = 10_000

# Asks for all experiments of a project that changed at a moment or later, deleted ones too.
Ask = Callable[[int], Sequence[dict[str, Any]]]


@dataclass(slots=True)
class _Known:
    ids: set[str] = field(default_factory=set)
    latest: int = 0


class ExperimentIds:
    """Remembers ids, and asks only for what changed: created, deleted, restored experiments.

    What is remembered cannot leak: MLflow gives an id's rows only to its own project, and a slug
    is never used twice.
    """

    def __init__(self) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, project: str, ask: Ask, *, fresh: bool) -> list[str]:
        """The ids in a project; without `fresh` those that are remembered, if any."""
        with self._lock:
            known = self._known.get(project, _Known())
            remembered, since = sorted(known.ids, key=int), known.latest
        if remembered and not fresh:
            return remembered
        rows = ask(max(since - SLACK_MS, 0))
        with self._lock:
            known = self._known.setdefault(project, known)
            for row in rows:
                active = row.get("lifecycle_stage") == "active"
                change = known.ids.add if active else known.ids.discard
                change(str(row["experiment_id"]))
            known.latest = max(
                [known.latest, *(int(row.get("last_update_time") or 0) for row in rows)]
            )
            self._known.move_to_end(project)
            while len(self._known) > PROJECTS:
                self._known.popitem(last=False)
            return sorted(known.ids, key=int)
