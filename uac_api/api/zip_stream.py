"""A zip that is written while it is sent: of its files a piece is in memory at a time.

Sizes and checksums follow each file, as they are not known before. Readers that go through a zip
from its beginning take that of deflated files only; so files are deflated, at level 0, which copies
them: large ones are packed already, and the processors are everybody's.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

# A zip has 4 bytes for the size of a file unless it is said beforehand that it takes 8.
LARGE = 1 << 30
# So much is sent at once, of small files too.
PIECE = 256 * 1024


@dataclass(frozen=True, slots=True)
class Member:
    """A file of the zip: its name there, its size where it is known, and its bytes."""

    name: str
    size: int | None
    content: Iterable[bytes]


class _Outbox:
    """Takes what is written to the zip until it is sent. It has no `seek`, as a connection."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self.held = 0

    def write(self, piece: bytes) -> int:
        self._pieces.append(bytes(piece))
        self.held += len(piece)
        return len(piece)

    def flush(self) -> None:
        """Nothing waits."""

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        self.held = 0
        return taken


def stream(members: Iterable[Member]) -> Iterator[bytes]:
    """The bytes of the zip. What a member's content raises ends it without its directory."""
    outbox = _Outbox()
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_DEFLATED, compresslevel=0) as archive:  # type: ignore[call-overload]  # typeshed wants `seek`
        for member in members:
            is_large = member.size is None or member.size >= LARGE
            with archive.open(zipfile.ZipInfo(member.name), "w", force_zip64=is_large) as file:
                for piece in member.content:
                    file.write(piece)
                    if outbox.held >= PIECE:
                        yield outbox.take()
    yield outbox.take()
