"""Old backups go, and with them the contents that no other backup names."""

from __future__ import annotations

from ops.backup.artifacts import OBJECTS, entries, object_path
from ops.backup.storage import manifest
from ops.backup.storage.encryption import Seal
from ops.backup.storage.stores import Store


def keep_newest(store: Store, seal: Seal, number: int) -> list[str]:
    """Remove all finished backups but the newest; their names.

    Raises BackupError or Damaged, before anything is removed, if one that stays cannot be read:
    then nobody knows which contents it needs.
    """
    found = manifest.names(store)
    old, stay = found[:-number], found[-number:]
    needed = {
        object_path(seal, entry.sha256)
        for name in stay
        for entry in entries(store, seal, manifest.read(store, seal, name))
    }
    for name in old:
        # First of all it must not look finished any more.
        store.remove(f"{manifest.folder(name)}/manifest")
    sweep(store)
    for file in list(store.files(OBJECTS)):
        if file.path not in needed:
            store.remove(file.path)
    return old


def sweep(store: Store) -> None:
    """Remove what unfinished backups left."""
    finished = set(manifest.names(store))
    for file in list(store.files(manifest.BACKUPS)):
        if file.path.split("/")[1] not in finished:
            store.remove(file.path)
