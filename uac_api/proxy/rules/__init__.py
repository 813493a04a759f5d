"""THE TABLE: which MLflow request is which action, and what else must be looked at.

A row is method, path, action. No row here and none in `closed.py` means no. Paths are MLflow's
own without `/ajax-api`, which is folded onto `/api`; `{name}` is one segment, `{name:path}` the
rest. `names` are ids beside the main one (`references.py`), `checks` further looks (`checks.py`),
`stamp` a function of `authorship.py`, `surface` the headers of `surfaces.py`, `own` an answer of
`own_answers.py`, `run` where the one run is named that a token may be limited to (`one_run.py`),
`trashed` what is kept before it is deleted (`trash.py`), `uses` what a call takes of the project's
limits (`quotas.py`), `since` the first version of MLflow that has the route (`versions.py`). One
module holds the rows of one part of MLflow.
"""

from __future__ import annotations

from .artifacts import ARTIFACTS
from .evaluation import EVALUATION
from .interface import INTERFACE
from .registry import REGISTRY
from .row import Check, Feature, Own, Ref, Rule, RunAt, Stamp, Surface, Thing, Trashed, Use
from .server import SERVER
from .services import SERVICES
from .skills import SKILLS
from .traces import TRACES
from .tracking import TRACKING
from .versions import NEWEST, OLDEST, VERSIONS, has

# The rows of all versions; `rules_of` has those of one.
RULES: tuple[Rule, ...] = (
    *TRACKING,
    *ARTIFACTS,
    *REGISTRY,
    *TRACES,
    *EVALUATION,
    *SERVICES,
    *SKILLS,
    *SERVER,
    *INTERFACE,
)


def rules_of(version: str) -> tuple[Rule, ...]:
    """The rows that an MLflow of this version answers."""
    return tuple(rule for rule in RULES if has(version, rule.since))


__all__ = [
    "NEWEST",
    "OLDEST",
    "RULES",
    "VERSIONS",
    "Check",
    "Feature",
    "Own",
    "Ref",
    "Rule",
    "RunAt",
    "Stamp",
    "Surface",
    "Thing",
    "Trashed",
    "Use",
    "has",
    "rules_of",
]
