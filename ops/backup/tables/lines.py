"""Files of lines: one JSON array a line, gzip, sealed, with their number and their SHA-256."""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel

from ops.backup.errors import Damaged
from ops.backup.storage.encryption import Seal
from ops.backup.storage.stores import Store

BLOCK = 256 * 1024


class Lines(BaseModel, frozen=True):
    """A file of lines: what must be found when it is read again."""

    file: str
    rows: int
    sha256: str


def keep(store: Store, seal: Seal, path: str, rows: Iterable[list[Any]]) -> Lines:
    """Write the rows as they come; the SHA-256 is of the bytes that lie there."""
    counted = _Counted(rows)
    digest = hashlib.sha256()
    with store.incoming() as file:
        for part in seal.closed(_packed(counted), path):
            digest.update(part)
            file.write(part)
        file.keep(path)
    return Lines(file=path, rows=counted.number, sha256=digest.hexdigest())


def rows_of(store: Store, seal: Seal, kept: Lines) -> Iterator[list[Any]]:
    """The rows again; Damaged, naming the file, unless it is bit by bit what was written."""
    digest, number = hashlib.sha256(), 0

    def seen() -> Iterator[bytes]:
        for part in store.read(kept.file):
            digest.update(part)
            yield part

    try:
        for line in _unpacked(seal.opened(seen(), kept.file)):
            yield json.loads(line)
            number += 1
    except FileNotFoundError:
        raise Damaged(f"{kept.file} is missing.") from None
    except (zlib.error, ValueError) as error:
        raise Damaged(f"{kept.file} was changed: {error}") from error
    if digest.hexdigest() != kept.sha256:
        raise Damaged(f"{kept.file} was changed: its SHA-256 is not the one of the backup.")
    if number != kept.rows:
        raise Damaged(f"{kept.file} has {number} rows, {kept.rows} were backed up.")


def unchecked_rows(store: Store, seal: Seal, path: str) -> Iterator[list[Any]]:
    """The rows of a file that no manifest vouches for; raises BackupError where it is broken."""
    try:
        for line in _unpacked(seal.opened(store.read(path), path)):
            yield json.loads(line)
    except (OSError, zlib.error, ValueError) as error:
        raise Damaged(f"{path} was changed: {error}") from error


def sound(store: Store, seal: Seal, kept: Lines) -> None:
    """Raise Damaged unless the file is what was written."""
    for _ in rows_of(store, seal, kept):
        pass


class _Counted:
    def __init__(self, rows: Iterable[list[Any]]) -> None:
        self.number = 0
        self._rows = rows

    def __iter__(self) -> Iterator[list[Any]]:
        for row in self._rows:
            self.number += 1
            yield row


def _packed(rows: Iterable[list[Any]]) -> Iterator[bytes]:
    gzip = zlib.compressobj(6, wbits=31)
    held = bytearray()
    for row in rows:
        held += json.dumps(row, separators=(",", ":"), allow_nan=False).encode() + b"\n"
        if len(held) >= BLOCK:
            yield gzip.compress(bytes(held))
            held.clear()
    yield gzip.compress(bytes(held)) + gzip.flush()


def _unpacked(parts: Iterable[bytes]) -> Iterator[bytes]:
    gzip = zlib.decompressobj(wbits=31)
    held = b""
    for part in parts:
        while part:
            *lines, held = (held + gzip.decompress(part, BLOCK)).split(b"\n")
            yield from lines
            part = gzip.unconsumed_tail
    if not gzip.eof or gzip.unused_data or held:
        raise ValueError("it ends too early or too late")
