"""The scheduled measurement of what the files and texts of each project take."""

from __future__ import annotations

from urllib.parse import urlsplit

import structlog
from sqlalchemy.exc import IntegrityError

from ops.backup.storage.guarded import GuardedStore
from ops.backup.storage.stores import Store, open_store
from ops.checkpoints import Checkpoint, always
from ops.jobs.artifact_store import require_ours
from ops.jobs.context import Context
from ops.jobs.texts import sizes
from ops.purge.files import WORKSPACES
from uac_api.access.database import Database
from uac_api.access.models import now
from uac_api.access.projects import projects
from uac_api.access.quotas import usage

MEASURED = ("", "file", "s3")

_log = structlog.get_logger("jobs.usage")


def measure(context: Context, checkpoint: Checkpoint = always) -> str:
    """Measure every project's texts and artifacts, one after the other, and forget old counts.

    A folder and S3 can be measured; of other stores only uploads are known. Raises BackupError and
    DatabaseUnavailable; what was measured until then is kept. Raises OSError for projects whose
    files cannot be read, once all others have been measured. A store that is not the one of before
    is not measured: AnotherStore.
    """
    scheme = urlsplit(context.places.artifacts).scheme
    context.database.write(usage.prune)
    if scheme not in MEASURED:
        return f"Files in {scheme}:// cannot be measured: uploads are counted, deletions are not."
    store = GuardedStore(open_store(context.places.artifacts), checkpoint)
    require_ours(context.database, store, context.places.artifacts)
    texts_before = context.database.read(usage.unmeasured_texts)
    texts = sizes(context.places.mlflow, checkpoint)
    living = context.database.read(projects.living)
    files = size = 0
    unread: list[str] = []
    for project_id, slug in living:
        try:
            found = _measured(
                context.database,
                store,
                project_id,
                slug,
                checkpoint,
                texts=texts[slug],
                texts_before=texts_before.get(project_id, 0),
            )
        except OSError as error:
            _log.warning("project_not_measured", project=slug, exc_info=error)
            unread.append(slug)
        except IntegrityError:
            # It was purged while its files were counted.
            continue
        else:
            files, size = files + found[0], size + found[1]
    if unread:
        raise OSError(f"The files of {', '.join(unread)} cannot be read; the log says why.")
    written = sum(texts[slug] for _, slug in living)
    more = f", and {written} bytes of texts" if written else ""
    return f"{len(living)} projects have {files} files of {size} bytes{more}."


def _measured(
    database: Database,
    store: Store,
    project_id: int,
    slug: str,
    checkpoint: Checkpoint,
    *,
    texts: int,
    texts_before: int,
) -> tuple[int, int]:
    at = now()
    before = database.read(lambda session: usage.unmeasured(session, project_id))
    files = size = 0
    for found in store.files(f"{WORKSPACES}/{slug}"):
        files, size = files + 1, size + found.size
    checkpoint()
    database.write(
        lambda session: usage.measured(
            session,
            project_id,
            size=size + texts,
            files=files,
            before=before,
            texts_before=texts_before,
            at=at,
        )
    )
    return files, size
