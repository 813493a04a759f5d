"""Encryption of the files of a backup: AES-256-GCM in pieces, as a stream.

A file is a header (mark, key id, salt) and pieces of 1 MiB. Each file has a key of its own, made
by HKDF from STUDIO_BACKUP_KEY and the salt, so a nonce, the number of the piece, is never used
twice under one key. The nonce says too whether a piece is the last: a piece that is left out,
moved or cut off does not open. What the file is (`about`) is authenticated with every piece.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable, Iterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ops.backup.errors import BackupError, Damaged

MARK = b"MLSB1"
ID_BYTES, SALT_BYTES, TAG_BYTES = 8, 16, 16
HEADER_BYTES = len(MARK) + ID_BYTES + SALT_BYTES
PIECE = 1024 * 1024
WRONG_KEY = "The backup is encrypted with another STUDIO_BACKUP_KEY. Set the one it was made with."
NO_KEY = "The backup is encrypted. Set STUDIO_BACKUP_KEY (or _FILE) to the key it was made with."
NOT_SEALED = (
    "{} is not encrypted, but STUDIO_BACKUP_KEY is set. Unset it to use a backup that was made "
    "without a key; give encrypted backups a place of their own."
)


class Seal:
    """Encrypts and decrypts with one key; without a key everything passes as it is."""

    def __init__(self, key: str) -> None:
        self._key = key.encode()
        self._id = self._derive(b"", b"id", ID_BYTES) if key else b""
        self._names = self._derive(b"", b"names", 32) if key else b""

    @property
    def encrypts(self) -> bool:
        """Whether there is a key."""
        return bool(self._key)

    def name_of(self, digest: str) -> str:
        """How the object with this SHA-256 is called: nobody without the key can guess it."""
        if not self.encrypts:
            return digest
        return hmac.new(self._names, bytes.fromhex(digest), hashlib.sha256).hexdigest()

    def closed(self, content: Iterable[bytes], about: str) -> Iterator[bytes]:
        """The content as it is kept."""
        if not self.encrypts:
            yield from content
            return
        salt = os.urandom(SALT_BYTES)
        header = MARK + self._id + salt
        cipher, said = AESGCM(self._derive(salt, b"file", 32)), header + about.encode()
        yield header
        for number, piece, last in _numbered(_pieces(content, PIECE)):
            yield cipher.encrypt(_nonce(number, last), piece, said)

    def opened(self, kept: Iterable[bytes], about: str) -> Iterator[bytes]:
        """The content again; Damaged if one bit of it is another, BackupError for the key."""
        pieces = _pieces(kept, PIECE + TAG_BYTES, HEADER_BYTES)
        header = next(pieces, b"")
        if not self.encrypts:
            if header.startswith(MARK):
                raise BackupError(NO_KEY)
            yield header
            yield from pieces
            return
        if not header.startswith(MARK):
            raise BackupError(NOT_SEALED.format(about))
        if header[len(MARK) : len(MARK) + ID_BYTES] != self._id:
            raise BackupError(WRONG_KEY)
        cipher = AESGCM(self._derive(header[-SALT_BYTES:], b"file", 32))
        said = header + about.encode()
        for number, piece, last in _numbered(pieces):
            try:
                yield cipher.decrypt(_nonce(number, last), piece, said)
            except (InvalidTag, ValueError):
                raise Damaged(f"{about} was changed or cut off (piece {number}).") from None

    def _derive(self, salt: bytes, what: bytes, length: int) -> bytes:
        kind = HKDF(SHA256(), length, salt or None, b"ML Studio backup: " + what)
        return kind.derive(self._key)


def _nonce(number: int, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


def _pieces(content: Iterable[bytes], size: int, first: int = 0) -> Iterator[bytes]:
    """The same bytes cut anew: a first piece of `first` bytes, then pieces of `size`."""
    held, wanted = bytearray(), first or size
    for part in content:
        held += part
        while len(held) > wanted:
            yield bytes(held[:wanted])
            del held[:wanted]
            wanted = size
    yield bytes(held)


def _numbered(pieces: Iterator[bytes]) -> Iterator[tuple[int, bytes, bool]]:
    """(number, piece, whether it is the last); nothing at all is one empty piece."""
    number, held = 0, next(pieces, b"")
    for following in pieces:
        yield number, held, False
        number, held = number + 1, following
    yield number, held, True
