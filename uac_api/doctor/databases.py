"""The UAC database: whether it answers, is migrated, and tells the same time."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import text

from ..access.database import Database
from ..access.errors import DatabaseUnavailable
from ..access.models import now
from ..errors import Unavailable
from ..migrations import outdated, refuse_newer
from .finding import Findings, fault, warning

# Tokens tolerate 60 seconds; half of that is late enough to be told.
CLOCK_SECONDS = 30
CLOCK = {
    "sqlite": "SELECT strftime('%s', 'now')",
    "mysql": "SELECT unix_timestamp()",
    "mariadb": "SELECT unix_timestamp()",
    "postgresql": "SELECT extract(epoch FROM clock_timestamp())",
}


def examine(database: Database) -> Findings:
    """Everything about the database, the first trouble hiding what depends on it."""
    try:
        database.ping()
    except DatabaseUnavailable as error:
        cause = error.__cause__
        reason = " ".join(str(getattr(cause, "orig", None) or cause or "").split())[:200]
        yield fault(
            "database",
            f"The UAC database does not answer: {reason or 'no reason given'}",
            "Start the database, or mend STUDIO_DATABASE_URL (host, port, user, database).",
        )
        return
    yield from _migrations(database)
    yield from _clock(database)


def _migrations(database: Database) -> Findings:
    for probe, fix in (
        (refuse_newer, "Run the version of ML Studio that made it, or restore the backup."),
        (outdated, "studio migrate"),
    ):
        try:
            probe(database)
        except Unavailable as error:
            yield fault("migrations", error.message, fix)


def _clock(database: Database) -> Findings:
    said = database.read(lambda session: session.scalar(text(CLOCK[database.kind])))
    there = datetime.fromtimestamp(float(said or 0), UTC)
    apart = abs((now() - there).total_seconds())
    if apart > CLOCK_SECONDS:
        yield warning(
            "clock",
            f"This machine's clock and the database's are {apart:.0f} seconds apart.",
            "Let both follow a time server (systemd-timesyncd, chrony).",
        )
