"""The scheduled measurement of what the files of each project take."""

from __future__ import annotations

from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.backup.stores import Store, open_store
from ops.jobs.context import Context
from uac_api.access import usage
from uac_api.access.database import Database
from uac_api.access.models import Project, now

MEASURED = ("", "file", "s3")


def measure(context: Context) -> str:
    """Measure every project's artifacts, one after the other, and forget old counts.

    A folder and S3 can be measured; of other stores only uploads are known. Raises BackupError,
    OSError and DatabaseUnavailable; what was measured until then is kept.
    """
    scheme = urlsplit(context.places.artifacts).scheme
    context.database.write(usage.prune)
    if scheme not in MEASURED:
        return f"Files in {scheme}:// cannot be measured: uploads are counted, deletions are not."
    store = open_store(context.places.artifacts)
    projects = context.database.read(_projects)
    files = size = 0
    for project_id, slug in projects:
        found = _measured(context.database, store, project_id, slug)
        files, size = files + found[0], size + found[1]
    return f"{len(projects)} projects have {files} files of {size} bytes."


def _measured(database: Database, store: Store, project_id: int, slug: str) -> tuple[int, int]:
    at = now()
    before = database.read(lambda session: usage.unmeasured(session, project_id))
    files = size = 0
    for found in store.files(f"workspaces/{slug}"):
        files, size = files + 1, size + found.size
    database.write(
        lambda session: usage.measured(
            session, project_id, size=size, files=files, before=before, at=at
        )
    )
    return files, size


def _projects(session: Session) -> list[tuple[int, str]]:
    rows = session.execute(
        select(Project.id, Project.slug).where(Project.deleted_at.is_(None)).order_by(Project.id)
    )
    return [(row[0], row[1]) for row in rows]
