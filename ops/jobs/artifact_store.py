"""Whether the artifact store is the one in which this installation's files lie."""

from __future__ import annotations

import secrets

from sqlalchemy.orm import Session

from ops.backup.errors import BackupError
from ops.backup.storage.stores import Store
from uac_api.access.audit import events
from uac_api.access.database import Database
from uac_api.access.installation import artifact_store
from uac_api.access.installation.artifact_store import ARTIFACT_FILE


class AnotherStore(BackupError):
    """The artifact store is not the one that belongs to the UAC database."""


def require_ours(database: Database, store: Store, address: str) -> None:
    """Raise AnotherStore unless the store is the one of before; the first one becomes that.

    Raises OSError, BackupError and DatabaseUnavailable.
    """
    known = database.read(artifact_store.artifact_store)
    found = _content(store)
    if not known:
        known = found or secrets.token_hex(16)
        if not found:
            _write(store, known)
        database.write(lambda session: artifact_store.remember(session, known))
    elif found != known:
        whose = "belongs to another installation" if found else "is not the one of before"
        raise AnotherStore(
            f"The artifact store {address} {whose} (its file {ARTIFACT_FILE}): files that were "
            "logged before are not in it. Set MLFLOW_ARTIFACTS_DESTINATION back, or move the files "
            "(docs/how-to/install.md, Artifacts on S3). If it is right as it is: "
            "python -m ops.jobs accept-artifacts"
        )


def accept(database: Database, store: Store, address: str) -> None:
    """From now on the store of now is the right one."""
    known = database.read(artifact_store.artifact_store) or secrets.token_hex(16)
    _write(store, known)

    def work(session: Session) -> None:
        artifact_store.remember(session, known)
        event = events.Entry("jobs.accept_artifacts", events.ALLOWED, user="cli", target=address)
        events.write(session, [event])

    database.write(work)


def _content(store: Store) -> str:
    try:
        return b"".join(store.read(ARTIFACT_FILE)).decode("ascii", "replace").strip()
    except FileNotFoundError:
        return ""


def _write(store: Store, content: str) -> None:
    with store.incoming() as file:
        file.write(f"{content}\n".encode())
        file.keep(ARTIFACT_FILE)
