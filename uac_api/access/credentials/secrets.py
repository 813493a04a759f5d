"""Secrets that ML Studio issues, and passwords that people choose."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from functools import cache
from threading import Lock

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

ID_ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"  # without l, o, 0, 1: ids are read aloud
ID_LENGTH = 12
VERIFIED_MAX = 1024

_passwords = PasswordHasher()


@dataclass(frozen=True, slots=True)
class Issued:
    """A fresh secret: its public id, the text that is shown once, and the hash to keep."""

    id: str
    text: str
    digest: str


def issue(kind: str) -> Issued:
    """A secret of 256 random bits, written `<kind>_<id>_<secret>`.

    `kind` is mls for a token, mss a session, mst its ticket, msb what a browser shows to MLflow's
    interface, msi an invitation.
    """
    public_id = "".join(secrets.choice(ID_ALPHABET) for _ in range(ID_LENGTH))
    secret = secrets.token_urlsafe(32)
    return Issued(public_id, f"{kind}_{public_id}_{secret}", digest(secret))


def digest(secret: str) -> str:
    """SHA-256 in hex: a slow hash adds nothing to 256 random bits."""
    return hashlib.sha256(secret.encode()).hexdigest()


def split(text: str, kind: str) -> tuple[str, str] | None:
    """(id, secret) of a text that `issue(kind)` made, or None."""
    parts = text.split("_", 2)
    if len(parts) != 3 or parts[0] != kind or len(parts[1]) != ID_LENGTH or not parts[2]:
        return None
    return parts[1], parts[2]


def matches(secret: str, kept: str | None) -> bool:
    """Whether the secret has the kept hash, in constant time."""
    return hmac.compare_digest(digest(secret), kept or "")


def hash_password(password: str) -> str:
    """An argon2id hash with the library's parameters (RFC 9106, section 4, low memory)."""
    return _passwords.hash(password)


def is_outdated(kept: str) -> bool:
    """Whether a hash was made with other parameters than new ones are."""
    return _passwords.check_needs_rehash(kept)


@cache
def nobody() -> str:
    """The hash that an unknown person's password is compared with, so that it takes as long."""
    return hash_password(secrets.token_urlsafe(16))


class PasswordCheck:
    """Checks passwords and remembers right ones, as scripts send theirs on every call.

    An entry is bound to the kept hash: a changed password is forgotten at once. What is kept in
    memory is a keyed hash, never the password; the key lives as long as the process.
    """

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)
        self._verified: OrderedDict[bytes, None] = OrderedDict()
        self._lock = Lock()

    def remembers(self, password: str, kept: str) -> bool:
        """Whether `password` was found right for the hash `kept` before: known at once."""
        entry = self._entry(password, kept)
        with self._lock:
            if entry not in self._verified:
                return False
            self._verified.move_to_end(entry)
            return True

    def __call__(self, password: str, kept: str) -> bool:
        """Whether `password` has the argon2 hash `kept`."""
        if self.remembers(password, kept):
            return True
        try:
            _passwords.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False
        with self._lock:
            self._verified[self._entry(password, kept)] = None
            while len(self._verified) > VERIFIED_MAX:
                self._verified.popitem(last=False)
        return True

    def _entry(self, password: str, kept: str) -> bytes:
        return hmac.digest(self._key, f"{kept}\0{password}".encode(), "sha256")
