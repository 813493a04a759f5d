"""THE TABLE: which MLflow request is which action, and what else must be looked at.

A row is method, path, action. No row here and none in `closed.py` means no. Paths are MLflow's
own without `/ajax-api`, which is folded onto `/api`; `{name}` is one segment, `{name:path}` the
rest. One module holds the rows of one part of MLflow. What a row may say besides:

    names           ids beside the main one                          checks/references.py
    checks          what else is looked at in the call               checks/checks.py
    run             where the run is named that a token is limited to  checks/one_run.py
    stamp           where the author is written in                   effects/authorship.py
    trashed         what is kept before it is deleted                effects/trash.py
    uses            what a call takes of the project's limits        quotas.py
    large, texts    what its body may be                             request/bodies.py
    own             an answer without MLflow                         responses/local_responses.py
    surface         the headers for a browser                        responses/security_headers.py
    silent          how it is known that MLflow found nothing        responses/silent.py
    since           the first version that has the route             uac_api/mlflow/versions.py
"""

from __future__ import annotations

from ...mlflow.versions import NEWEST, OLDEST, VERSIONS, has
from .artifacts import ARTIFACTS
from .evaluation import EVALUATION
from .interface import INTERFACE
from .registry import REGISTRY
from .row import (
    Check,
    Feature,
    Own,
    Ref,
    Rule,
    RunAt,
    Silent,
    Stamp,
    Surface,
    Thing,
    Trashed,
    Use,
)
from .server import SERVER
from .services import SERVICES
from .skills import SKILLS
from .traces import TRACES
from .tracking import TRACKING

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
    "Silent",
    "Stamp",
    "Surface",
    "Thing",
    "Trashed",
    "Use",
    "has",
    "rules_of",
]
