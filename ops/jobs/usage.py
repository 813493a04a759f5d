"""The scheduled measurement of what the files of each project take."""

from __future__ import annotations

from urllib.parse import urlsplit

from ops.backup.guarded import GuardedStore
from ops.backup.stores import Store, open_store
from ops.checkpoints import Checkpoint, always
from ops.jobs.context import Context
from ops.purge.files import WORKSPACES
from uac_api.access import projects, usage
from uac_api.access.database import Database
from uac_api.access.models import now

MEASURED = ("", "file", "s3")


def measure(context: Context, checkpoint: Checkpoint = always) -> str:
    """Measure every project's artifacts, one after the other, and forget old counts.

    A folder and S3 can be measured; of other stores only uploads are known. Raises BackupError,
    OSError and DatabaseUnavailable; what was measured until then is kept.
    """
    scheme = urlsplit(context.places.artifacts).scheme
    context.database.write(usage.prune)
    if scheme not in MEASURED:
        return f"Files in {scheme}:// cannot be measured: uploads are counted, deletions are not."
    store = GuardedStore(open_store(context.places.artifacts), checkpoint)
    living = context.database.read(projects.living)
    files = size = 0
    for project_id, slug in living:
        found = _measured(context.database, store, project_id, slug, checkpoint)
        files, size = files + found[0], size + found[1]
    return f"{len(living)} projects have {files} files of {size} bytes."


def _measured(
    database: Database, store: Store, project_id: int, slug: str, checkpoint: Checkpoint
) -> tuple[int, int]:
    at = now()
    before = database.read(lambda session: usage.unmeasured(session, project_id))
    files = size = 0
    for found in store.files(f"{WORKSPACES}/{slug}"):
        files, size = files + 1, size + found.size
    checkpoint()
    database.write(
        lambda session: usage.measured(
            session, project_id, size=size, files=files, before=before, at=at
        )
    )
    return files, size
