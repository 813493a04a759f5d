"""The experiments of each project, which MLflow wants named in a search for runs or traces."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

PROJECTS = 512
# MLflow's clocks may differ, and a row becomes visible a moment after its time was taken.
SLACK_MS = 10_000
# How often all ids of a project are read, rather than what changed.
FULL_SECONDS = 60.0

# Asks for all experiments of a project that changed at a moment or later, deleted ones too.
Ask = Callable[[int], Sequence[dict[str, Any]]]


@dataclass(slots=True)
class _Known:
    ids: set[str] = field(default_factory=set)
    latest: int = 0
    read_at: float = float("-inf")


class ExperimentIds:
    """Remembers ids, and asks only for what changed: created, deleted, restored experiments.

    Every page asks, so that all processes list the same experiments. What no change tells (one that
    was purged, or taken over from another server with its old times) is there within FULL_SECONDS:
    so often all of them are read.

    What is remembered cannot leak: MLflow gives an id's rows only to its own project, and a slug
    is never used twice.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._lock = threading.Lock()
        self._clock = clock

    def of(self, project: str, ask: Ask) -> list[str]:
        """The ids of the active experiments of a project, in order."""
        moment = self._clock()
        with self._lock:
            known = self._known.get(project, _Known())
            full = moment - known.read_at >= FULL_SECONDS
            since = 0 if full else max(known.latest - SLACK_MS, 0)
        rows = ask(since)
        with self._lock:
            known = self._known.setdefault(project, known)
            if full:
                known.ids, known.read_at = set(), moment
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
