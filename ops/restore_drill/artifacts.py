"""The artifacts of a drill: all of them, or a random sample, into the drill's folder."""

from __future__ import annotations

import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from ops.backup import artifacts, restore
from ops.backup.artifacts import OBJECTS, Entry
from ops.backup.errors import BackupError, Damaged
from ops.backup.storage.encryption import Seal
from ops.backup.storage.manifest import Manifest
from ops.backup.storage.stores import Folder, Store
from ops.restore_drill.settings import Amount

# A sample is another one in every drill: what is damaged is met sooner or later.
SAMPLE_FILES = 100
# A file larger than what is left of this is read and compared without being written.
SAMPLE_BYTES = 1024**3
# What the rest of the machine needs of the disk.
SPARE_BYTES = 256 * 1024**2


@dataclass
class Restored:
    """What was restored, how much was only compared, and what was not as it should be."""

    entries: list[Entry] = field(default_factory=list)
    compared: int = 0
    bytes: int = 0
    problems: list[str] = field(default_factory=list)


def restore_artifacts(
    store: Store, seal: Seal, backup: Manifest, folder: Path, amount: Amount
) -> Restored:
    """Restore what is asked for; every content of the backup must at least be there.

    Raises BackupError if the disk has no room for it.
    """
    done = Restored()
    contents = {file.path for file in store.files(OBJECTS)}
    chosen, missing = _choose(store, seal, backup, contents, amount)
    done.problems += [
        f"The artifact {entry.path} is missing ({artifacts.object_path(seal, entry.sha256)})."
        for entry in missing
    ]
    left = _budget(chosen, folder, amount)
    target = Folder(folder)
    for entry in sorted(chosen, key=lambda entry: entry.size):
        try:
            if entry.size <= left:
                restore.put_artifact(target, store, seal, entry)
                left -= entry.size
                done.bytes += entry.size
                done.entries.append(entry)
            else:
                for _ in artifacts.content(store, seal, entry):
                    pass
                done.compared += 1
        except Damaged as error:
            done.problems.append(str(error))
    target.tidy()
    return done


def _choose(
    store: Store, seal: Seal, backup: Manifest, contents: set[str], amount: Amount
) -> tuple[list[Entry], list[Entry]]:
    """(the entries to restore, those whose content is missing), in one pass over the listing.

    The sample is a reservoir (Vitter's algorithm R): each artifact is as likely as any other.
    """
    chosen: list[Entry] = []
    missing: list[Entry] = []
    present = 0
    for entry in artifacts.entries(store, seal, backup):
        if artifacts.object_path(seal, entry.sha256) not in contents:
            missing.append(entry)
            continue
        present += 1
        if amount is Amount.ALL or len(chosen) < SAMPLE_FILES:
            chosen.append(entry)
        elif (place := random.randrange(present)) < SAMPLE_FILES:  # noqa: S311 - no secret
            chosen[place] = entry
    return chosen, missing


def _budget(chosen: list[Entry], folder: Path, amount: Amount) -> int:
    """How many bytes may be written. Raises BackupError if all are wanted and do not fit."""
    wanted = sum(entry.size for entry in chosen)
    folder.mkdir(parents=True, exist_ok=True)
    room = max(0, shutil.disk_usage(folder).free - SPARE_BYTES)
    if amount is Amount.SAMPLE:
        return min(SAMPLE_BYTES, room)
    if wanted > room:
        raise BackupError(
            f"The artifacts take {wanted} bytes, and {room} are free at {folder.parent}. Choose "
            "another folder with TMPDIR, or --artifacts sample."
        )
    return wanted
