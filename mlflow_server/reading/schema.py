"""The states of MLflow's schema that the reading room was tested on.

Another MLflow may bring another schema, in which a statement of ours fails or means something else.
`GET /mlstudio/reading`, the start of the server and `studio doctor` name a difference; nothing is
refused because of it.
"""

from __future__ import annotations

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection

# MLflow 3.17: the revision that its migrations end with.
TESTED = frozenset({"dc11669786a5"})


def read_revision(connection: Connection) -> str:
    """The revision that the database has; empty if it names none."""
    return MigrationContext.configure(connection).get_current_revision() or ""


def describe(revision: str) -> dict[str, object]:
    """{"revision", "tested"}."""
    return {"revision": revision, "tested": revision in TESTED}


def difference(revision: str) -> str:
    """What is said of a revision that was not tested; empty for one that was."""
    if revision in TESTED:
        return ""
    return (
        f"MLflow's schema has the revision {revision or 'of no migration'}, on which Studio's own "
        f"queries were not tested (tested: {', '.join(sorted(TESTED))})."
    )
