"""Takes a backup while people work."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from importlib.metadata import version

from ops.backup import artifacts
from ops.backup.errors import BackupError, Damaged
from ops.backup.settings import ARTIFACTS, Settings
from ops.backup.storage import manifest, retention
from ops.backup.storage.encryption import Seal
from ops.backup.storage.guarded import GuardedStore
from ops.backup.storage.manifest import DatabaseDump, Manifest
from ops.backup.storage.stores import Folder, Store, open_store
from ops.backup.tables import rows
from ops.backup.tables.snapshot import snapshot
from ops.checkpoints import Checkpoint, always

Say = Callable[[str], None]


def take(
    settings: Settings,
    store: Store,
    *,
    keep: int | None,
    with_artifacts: bool,
    say: Say,
    checkpoint: Checkpoint = always,
) -> Manifest:
    """A new backup, finished. Raises BackupError; then there is none, and the next run goes on.

    Nothing is written or removed past a checkpoint that raises.
    """
    seal = Seal(settings.key.get_secret_value())
    source = _source(settings, store) if with_artifacts else None
    store = GuardedStore(store, checkpoint)
    with store.alone():
        before = _newest(store, seal, say)
        name = manifest.new_name()
        databases = _databases(settings, store, seal, name)
        copied = None
        if source is not None:
            known = artifacts.known(store, seal, before)
            copied = artifacts.Copy(source, store, seal, known).run(manifest.folder(name))
        made = Manifest(
            name=name, version=version("ml-studio"), databases=databases, artifacts=copied
        )
        manifest.keep(store, seal, made)
        retention.sweep(store)
        _tell(made, say)
        if keep is not None:
            _remove_old(store, seal, keep, say)
    return made


def _remove_old(store: Store, seal: Seal, keep: int, say: Say) -> None:
    try:
        for old in retention.keep_newest(store, seal, keep):
            say(f"Removed the backup {old}.")
    except BackupError as error:
        raise BackupError(
            f"{error}\nThe new backup is complete, but no old one was removed."
        ) from None


def _databases(settings: Settings, store: Store, seal: Seal, name: str) -> dict[str, DatabaseDump]:
    """Both databases at one moment.

    The UAC database is seen first: what is created between the two is then a workspace that
    nobody has a role in, never a project without its content.
    """
    with ExitStack() as stack:
        seen = {
            what: stack.enter_context(snapshot(url, what))
            for what, url in settings.databases.items()
        }
        return {
            what: rows.dump(one, store, seal, f"{manifest.folder(name)}/{what}")
            for what, one in seen.items()
        }


def _source(settings: Settings, store: Store) -> Store:
    source = open_store(settings.artifacts)
    if not isinstance(source, Folder) or not isinstance(store, Folder):
        return source
    if store.root.resolve().is_relative_to(source.root.resolve()):
        raise BackupError(
            f"The backup would lie inside {ARTIFACTS} ({source.root}) and contain itself. "
            "Choose another folder."
        )
    return source


def _newest(store: Store, seal: Seal, say: Say) -> Manifest | None:
    found = manifest.names(store)
    if not found:
        return None
    try:
        return manifest.read(store, seal, found[-1])
    except Damaged as error:
        say(f"{error} This backup reads everything anew.")
        return None


def _tell(made: Manifest, say: Say) -> None:
    for what, database in made.databases.items():
        number = sum(table.rows for table in database.tables)
        say(f"{what}: {number} rows of {len(database.tables)} tables ({database.kind}).")
    if made.artifacts:
        copied = made.artifacts
        say(f"artifacts: {copied.files} files, {copied.bytes} bytes; {copied.read} read anew.")
        for path in copied.gone:
            say(f"artifacts: {path} was deleted while the backup ran.")
    say(f"The backup {made.name} is complete.")
