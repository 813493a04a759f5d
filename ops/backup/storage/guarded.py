"""A store that passes a checkpoint before everything it does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from ops.backup.storage.stores import Found, Incoming, Store
from ops.checkpoints import Checkpoint


class GuardedStore:
    """Another store, of which nothing is read or changed past a checkpoint that raises."""

    def __init__(self, store: Store, checkpoint: Checkpoint) -> None:
        self._store, self._checkpoint = store, checkpoint

    def files(self, below: str = "") -> Iterator[Found]:
        """Every regular file, in the order of their paths."""
        self._checkpoint()
        for found in self._store.files(below):
            self._checkpoint()
            yield found

    def has(self, path: str) -> bool:
        """Whether it is there."""
        self._checkpoint()
        return self._store.has(path)

    def read(self, path: str) -> Iterator[bytes]:
        """Its content in parts."""
        self._checkpoint()
        for part in self._store.read(path):
            self._checkpoint()
            yield part

    @contextmanager
    def incoming(self) -> Iterator[Incoming]:
        """A new file."""
        self._checkpoint()
        with self._store.incoming() as file:
            yield _GuardedFile(file, self._checkpoint)

    def remove(self, path: str) -> None:
        """Delete it."""
        self._checkpoint()
        self._store.remove(path)

    def alone(self) -> AbstractContextManager[None]:
        """Nobody else changes backups here meanwhile."""
        return self._store.alone()

    def sync(self) -> None:
        """Everything kept so far survives a loss of power."""
        self._checkpoint()
        self._store.sync()


class _GuardedFile:
    def __init__(self, file: Incoming, checkpoint: Checkpoint) -> None:
        self._file, self._checkpoint = file, checkpoint

    def write(self, part: bytes) -> None:
        """Add to it."""
        self._checkpoint()
        self._file.write(part)

    def keep(self, path: str, changed: int | None = None) -> None:
        """Put it there, whole."""
        self._checkpoint()
        self._file.keep(path, changed)
