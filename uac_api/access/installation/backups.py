"""What the newest backups held, to see one that holds much less than those before it."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ..models import Backup

# The backups that the newest one is compared with, and those that are remembered.
COMPARED, REMEMBERED = 14, 60
# Less than this part of what another one held is much less.
PART = 0.5
WHAT = {"files": "files", "bytes": "bytes of files", "rows": "rows"}


def record(session: Session, backup: Backup) -> None:
    """Remember a backup that is finished, and forget the oldest."""
    session.add(backup)
    session.flush()
    names = select(Backup.name).order_by(Backup.name.desc()).offset(REMEMBERED).limit(1000)
    session.execute(delete(Backup).where(Backup.name.in_(session.scalars(names).all())))


def newest(session: Session) -> Sequence[Backup]:
    """The last backups, the newest first; a name begins with its time."""
    statement = select(Backup).order_by(Backup.name.desc()).limit(COMPARED + 1)
    return session.scalars(statement).all()


def shortfall(found: Sequence[Backup]) -> str:
    """What the newest of these backups lacks, in a sentence; empty if it is as large as others."""
    if not found:
        return ""
    last, *before = found
    for name, words in WHAT.items():
        held = getattr(last, name)
        sizes = [(getattr(one, name) or 0, one.name) for one in before]
        most, where = max(sizes, default=(0, ""))
        if held is not None and held < most * PART:
            return f"The backup {last.name} holds {held:,} {words}, that of {where} holds {most:,}."
    return ""
