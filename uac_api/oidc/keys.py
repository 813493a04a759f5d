"""The public keys of the identity provider, and which of them fits a signature."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, RSAKey

Key = RSAKey | ECKey

KINDS = {"RS": "RSA", "PS": "RSA", "ES": "EC"}
LEAST_RSA_BITS = 2048
# What makes up a public key of either kind; a private part, if there is one, is not even looked at.
PARTS = ("kty", "n", "e", "crv", "x", "y")


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key for signatures; `algorithm` is empty when the provider names none for it."""

    id: str
    algorithm: str
    key: Key

    def fits(self, key_id: str | None, algorithm: str) -> bool:
        """Whether a signature of this algorithm, with this key id, can be of this key."""
        return (
            key_id in (None, self.id)
            and self.algorithm in ("", algorithm)
            and self.key.key_type == KINDS[algorithm[:2]]
        )


def published(documents: object) -> list[PublicKey]:
    """The keys for signatures in the list of a JWKS document; what we cannot use is left out."""
    entries = documents if isinstance(documents, list) else []
    return [key for entry in entries if isinstance(entry, dict) and (key := _read(entry))]


def fitting(keys: Sequence[PublicKey], key_id: str | None, algorithm: str) -> Key | None:
    """The key that a signature names; one without a name is taken only if one key is possible."""
    found = [one.key for one in keys if one.fits(key_id, algorithm)]
    return found[0] if len(found) == 1 else None


def _read(entry: dict[str, Any]) -> PublicKey | None:
    if entry.get("use", "sig") != "sig":
        return None
    try:
        if entry.get("kty") == "RSA" and _bits(entry["n"]) < LEAST_RSA_BITS:
            return None
        key = JWKRegistry.import_key({name: str(entry[name]) for name in PARTS if name in entry})
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if not isinstance(key, RSAKey | ECKey):
        return None
    return PublicKey(str(entry.get("kid", "")), str(entry.get("alg", "")), key)


def _bits(number: str) -> int:
    return int.from_bytes(urlsafe_b64decode(f"{number}==")).bit_length()
