"""The private folder of one drill; a later drill removes what a killed one has left.

Beside the folder `ml-studio-drill-<random>` stands a lock file that the drill holds. The kernel
frees the lock when its holder dies, however it dies.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
import stat
from pathlib import Path

PREFIX = "ml-studio-drill-"
SUFFIX = ".lock"


class Workspace:
    """A folder below `parent` that only its owner can open. Raises OSError."""

    def __init__(self, parent: Path) -> None:
        self._lock_file, self._lock = _new_lock(parent)
        self.folder = self._lock_file.with_suffix("")
        self.folder.mkdir(mode=0o700)

    def remove(self) -> None:
        """Delete the folder with everything in it. Raises OSError, and can be called again."""
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self._lock_file.unlink(missing_ok=True)
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


def remove_leftovers(parent: Path) -> list[str]:
    """Delete the folders of drills that are dead; their names. Raises OSError."""
    removed = []
    for lock_file in sorted(parent.glob(f"{PREFIX}*{SUFFIX}")):
        lock = _lock_of_a_dead_drill(lock_file)
        if lock is None:
            continue
        try:
            folder = lock_file.with_suffix("")
            if folder.exists():
                shutil.rmtree(folder)
            lock_file.unlink(missing_ok=True)
            removed.append(folder.name)
        finally:
            os.close(lock)
    return removed


def _new_lock(parent: Path) -> tuple[Path, int]:
    while True:
        file = parent / f"{PREFIX}{secrets.token_hex(6)}{SUFFIX}"
        lock = os.open(file, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Another drill may have taken it for a dead one's, between the two lines above.
        if file.exists():
            return file, lock
        os.close(lock)


def _lock_of_a_dead_drill(file: Path) -> int | None:
    try:
        # Somebody else's file, or a link that somebody else put there, is not looked into.
        found = file.lstat()
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            return None
        lock = os.open(file, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock
