"""Artifacts into objects, each content once; what is as it was before is not read again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import NamedTuple

from ops.backup.errors import BackupError, Damaged
from ops.backup.storage import manifest
from ops.backup.storage.encryption import Seal
from ops.backup.storage.manifest import Artifacts, Manifest
from ops.backup.storage.stores import Found, Store
from ops.backup.tables import lines
from ops.backup.tables.lines import Lines

OBJECTS = "objects"
# The listing is kept in parts, so that a backup that was killed need not begin anew.
PART_FILES, PART_BYTES = 10_000, 1024**3
# A file that has just been changed may change again without a later time of change.
SETTLED_NANOSECONDS = 2_000_000_000


class _Gone(Exception):
    """The file was deleted after it was listed."""


class Entry(NamedTuple):
    """A line of the listing. `changed` is 0 for a file that must be read again next time."""

    path: str
    sha256: str
    size: int
    changed: int


def object_path(seal: Seal, sha256: str) -> str:
    """Where a content lies."""
    name = seal.name_of(sha256)
    return f"{OBJECTS}/{name[:2]}/{name}"


def entries(store: Store, seal: Seal, kept: Manifest) -> Iterator[Entry]:
    """Every artifact of a backup, in the order of their paths."""
    for part in kept.artifacts.listing if kept.artifacts else ():
        for row in lines.rows_of(store, seal, part):
            yield Entry(*row)


class Known:
    """What is known about files from backups before, finished or not, in the order of paths."""

    def __init__(self, *sources: Iterator[Entry]) -> None:
        self._sources = list(sources)
        self._heads = [next(source, None) for source in sources]

    def find(self, file: Found) -> Entry | None:
        """The entry of a file that has not changed since. Paths must be asked in their order."""
        found = None
        for place, source in enumerate(self._sources):
            while (head := self._heads[place]) and head.path < file.path:
                self._heads[place] = next(source, None)
            if head and head[0::2] == (file.path, file.size) and head.changed == file.changed:
                found = head
        return found


def known(store: Store, seal: Seal, before: Manifest | None) -> Known:
    """From the last finished backup, and from those that were interrupted."""
    finished = set(manifest.names(store))
    unfinished: dict[str, list[str]] = {}
    for file in store.files(manifest.BACKUPS):
        _, name, kind, *_ = f"{file.path}/".split("/")
        if name not in finished and kind == "artifacts":
            unfinished.setdefault(name, []).append(file.path)
    begun = (_noted(store, seal, paths) for paths in unfinished.values())
    return Known(*([_kept(store, seal, before)] if before else []), *begun)


# What cannot be read is simply not known: its files are read once more.


def _kept(store: Store, seal: Seal, before: Manifest) -> Iterator[Entry]:
    for part in before.artifacts.listing if before.artifacts else ():
        with suppress(BackupError):
            # Whole first: one wrong line, passed on, would be wrong in every backup to come.
            lines.sound(store, seal, part)
            for row in lines.rows_of(store, seal, part):
                yield Entry(*row)


def _noted(store: Store, seal: Seal, paths: list[str]) -> Iterator[Entry]:
    # No manifest says what must be in there.
    with suppress(BackupError):
        for path in paths:
            for row in list(lines.unchecked_rows(store, seal, path)):
                yield Entry(*row)


class Copy:
    """One run over all artifacts."""

    def __init__(self, source: Store, store: Store, seal: Seal, known: Known) -> None:
        self._source, self._store, self._seal, self._known = source, store, seal, known
        self._files = self._bytes = self._read = self._read_bytes = 0
        self._gone: list[str] = []

    def run(self, folder: str) -> Artifacts:
        """Keep every content and the listing."""
        found = self._entries()
        parts: list[Lines] = []
        for first in found:
            path = f"{folder}/artifacts/{len(parts):06}"
            parts.append(lines.keep(self._store, self._seal, path, self._part(first, found)))
        return Artifacts(
            listing=tuple(parts),
            files=self._files,
            bytes=self._bytes,
            read=self._read,
            gone=tuple(self._gone),
        )

    def _part(self, first: Entry, rest: Iterator[Entry]) -> Iterator[list[str | int]]:
        number, until = 1, self._read_bytes + PART_BYTES
        yield list(first)
        while number < PART_FILES and self._read_bytes < until:
            following = next(rest, None)
            if following is None:
                return
            number += 1
            yield list(following)

    def _entries(self) -> Iterator[Entry]:
        for file in self._source.files():
            entry = self._known.find(file)
            if entry is None or not self._store.has(object_path(self._seal, entry.sha256)):
                entry = self._copied(file)
            if entry is None:
                self._gone.append(file.path)
                continue
            self._files += 1
            self._bytes += entry.size
            yield entry

    def _copied(self, file: Found) -> Entry | None:
        """Reads a file; None if it was deleted meanwhile."""
        settled = time.time_ns() - file.changed > SETTLED_NANOSECONDS
        digest, size = hashlib.sha256(), 0

        def seen() -> Iterator[bytes]:
            nonlocal size
            try:
                for part in self._source.read(file.path):
                    digest.update(part)
                    size += len(part)
                    yield part
            except FileNotFoundError:
                raise _Gone from None

        try:
            with self._store.incoming() as new:
                for part in self._seal.closed(seen(), OBJECTS):
                    new.write(part)
                path = object_path(self._seal, digest.hexdigest())
                if not self._store.has(path):
                    new.keep(path)
        except _Gone:
            return None
        self._read += 1
        self._read_bytes += size
        return Entry(file.path, digest.hexdigest(), size, file.changed if settled else 0)


def content(store: Store, seal: Seal, entry: Entry) -> Iterator[bytes]:
    """The content of an artifact from a backup; Damaged, naming it, unless it is what was read."""
    digest = hashlib.sha256()
    path = object_path(seal, entry.sha256)
    try:
        for part in seal.opened(store.read(path), OBJECTS):
            digest.update(part)
            yield part
    except FileNotFoundError:
        raise Damaged(f"The artifact {entry.path} is missing ({path}).") from None
    except Damaged:
        raise Damaged(f"The artifact {entry.path} was changed ({path}).") from None
    if digest.hexdigest() != entry.sha256:
        raise Damaged(f"The artifact {entry.path} was changed ({path}).")
