"""Where files are kept: a folder here, a bucket in `bucket.py`; both for backups and artifacts."""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol
from urllib.parse import unquote, urlsplit

from ops.backup.errors import BackupError

PART = 1024 * 1024
UNFINISHED = ".unfinished"
LOCK = ".lock"


@dataclass(frozen=True, slots=True)
class Found:
    """A file: its path from the root, its size, when it was last changed (nanoseconds)."""

    path: str
    size: int
    changed: int


class Incoming(Protocol):
    """A file that is being written and that nobody sees yet."""

    def write(self, part: bytes) -> None:
        """Add to it."""

    def keep(self, path: str, changed: int | None = None) -> None:
        """Put it there, whole; without this it vanishes."""


class Store(Protocol):
    """Files by path. A path has no empty part and no dots alone."""

    def files(self, below: str = "") -> Iterator[Found]:
        """Every regular file, in the order of their paths; none if there is nothing."""

    def has(self, path: str) -> bool:
        """Whether it is there."""

    def read(self, path: str) -> Iterator[bytes]:
        """Its content in parts; raises FileNotFoundError."""

    def incoming(self) -> AbstractContextManager[Incoming]:
        """A new file."""

    def remove(self, path: str) -> None:
        """Delete it; it may be gone already."""

    def alone(self) -> AbstractContextManager[None]:
        """Nobody else changes backups here meanwhile; raises BackupError if somebody does."""

    def sync(self) -> None:
        """Everything kept so far survives a loss of power."""


def open_store(address: str) -> Store:
    """The store of an address: a path, file:// or s3://. Raises BackupError for any other."""
    parts = urlsplit(address)
    if parts.scheme == "s3":
        from ops.backup.storage.bucket import Bucket

        return Bucket(parts.netloc, parts.path.strip("/"))
    if parts.scheme == "file":
        return Folder(Path(unquote(parts.path)))
    if "://" in address:
        raise BackupError(
            f"{parts.scheme}:// can be neither backed up nor written to. Use a folder or s3://, "
            "or --no-artifacts and your provider's own copies of the artifacts."
        )
    return Folder(Path(address).expanduser())


class Folder:
    """A folder of this machine, or one that is mounted."""

    def __init__(self, root: Path) -> None:
        self.root = root.absolute()

    def files(self, below: str = "") -> Iterator[Found]:
        """Every regular file, in the order of their paths. Symbolic links are not followed."""
        start = self._at(below) if below else self.root
        yield from _walk(start, f"{below}/" if below else "")

    def has(self, path: str) -> bool:
        """Whether it is there."""
        return self._at(path).is_file()

    def read(self, path: str) -> Iterator[bytes]:
        """Its content in parts."""
        with self._at(path).open("rb") as file:
            while part := file.read(PART):
                yield part

    @contextmanager
    def incoming(self) -> Iterator[Incoming]:
        """A new file."""
        path = self.root / UNFINISHED / secrets.token_hex(8)
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with path.open("xb") as file:
            yield _NewFile(self, file, path)
        path.unlink(missing_ok=True)

    def remove(self, path: str) -> None:
        """Delete it, and the folders that it leaves empty."""
        place = self._at(path)
        place.unlink(missing_ok=True)
        with suppress(OSError):
            while (place := place.parent) != self.root:
                place.rmdir()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Holds the lock of the folder, and clears away what a killed run left half written."""
        self.root.mkdir(mode=0o700, parents=True, exist_ok=True)
        # The kernel frees the lock when its holder dies, so that nothing stale can stay behind.
        with (self.root / LOCK).open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise BackupError(
                    f"Another backup to {self.root} is under way. Wait for its end."
                ) from None
            self.tidy()
            try:
                yield
            finally:
                self.tidy()

    def tidy(self) -> None:
        """Take away what was begun and never kept."""
        shutil.rmtree(self.root / UNFINISHED, ignore_errors=True)

    def sync(self) -> None:
        """Everything kept so far survives a loss of power."""
        # One call for thousands of small files, instead of one wait for each of them.
        os.sync()

    def place(self, path: str) -> Path:
        """Where a new file of this path goes; its folders are made."""
        place = self._at(path)
        place.parent.mkdir(parents=True, exist_ok=True)
        return place

    def _at(self, path: str) -> Path:
        parts = path.split("/")
        # A manifest that somebody made must not lead out of the folder.
        if any(part in ("", ".", "..") or "\0" in part for part in parts):
            raise BackupError(f"{path!r} is no path of a backup.")
        return self.root.joinpath(*parts)


class _NewFile:
    def __init__(self, folder: Folder, file: BinaryIO, path: Path) -> None:
        self._folder, self._file, self._path = folder, file, path

    def write(self, part: bytes) -> None:
        """Add to it."""
        self._file.write(part)

    def keep(self, path: str, changed: int | None = None) -> None:
        """Put it there by renaming: whole or not at all."""
        self._file.flush()
        if changed is not None:
            os.utime(self._path, ns=(changed, changed))
        self._path.replace(self._folder.place(path))


def _walk(folder: Path, before: str) -> Iterator[Found]:
    try:
        with os.scandir(folder) as entries:
            # A folder sorts as its name with the slash: then all paths come in their own order.
            found = {
                f"{entry.name}/" if entry.is_dir(follow_symlinks=False) else entry.name: entry
                for entry in entries
            }
    except FileNotFoundError:
        return
    for name, entry in sorted(found.items()):
        if name == f"{UNFINISHED}/" and not before:
            continue
        if name.endswith("/"):
            yield from _walk(Path(entry.path), f"{before}{name}")
        elif entry.is_file(follow_symlinks=False):
            try:
                said = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            yield Found(f"{before}{name}", said.st_size, said.st_mtime_ns)
