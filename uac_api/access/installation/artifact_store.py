"""Which artifact store belongs to this database: a file there holds what is written here.

A setting that names another folder or bucket loses sight of every file, and says nothing: uploads
work there, and lists of files are empty.
"""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..models import Installation

# The file, at the root of the artifact store, where no project can reach.
ARTIFACT_FILE = ".ml-studio-artifacts"
ROW = 1


def artifact_store(session: Session) -> str:
    """What the file must hold; empty as long as no store was looked at."""
    return session.scalar(select(Installation.artifact_store)) or ""


def remember(session: Session, content: str) -> None:
    """From now on the file must hold this."""
    row = session.get(Installation, ROW)
    if row is None:
        session.add(Installation(id=ROW, artifact_store=content))
    else:
        row.artifact_store = content
