"""What a token of the identity provider says, once its signature was found right."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SUBJECT_MAX = 255


@dataclass(frozen=True, slots=True)
class Claims:
    """Who the provider says this is.

    `digest` names the signed text, whatever its signature looks like: an elliptic signature has
    two right spellings.
    """

    issuer: str
    subject: str
    values: Mapping[str, Any]
    expires_at: float
    digest: str

    @property
    def marks(self) -> frozenset[str]:
        """What must not have been used before: the signed text, and the sign-in's nonce."""
        nonce = self.values.get("nonce")
        if not isinstance(nonce, str):
            return frozenset({self.digest})
        named = f"{self.issuer}\0{nonce}"
        return frozenset({self.digest, hashlib.sha256(named.encode()).hexdigest()})

    def has(self, name: str) -> bool:
        """Whether the token has this claim at all."""
        return _found(self.values, name) is not None

    def texts(self, name: str) -> frozenset[str]:
        """The values of a claim as texts; of none, or one that is no text or list, nothing."""
        found = _found(self.values, name)
        entries = found if isinstance(found, list) else [found]
        return frozenset(_text(one) for one in entries if isinstance(one, str | int))

    def text(self, name: str) -> str:
        """A claim that is one text, or an empty text."""
        found = _found(self.values, name)
        return found if isinstance(found, str) else ""


def moment(values: Mapping[str, Any], name: str) -> float | None:
    """A claim that is a moment, in seconds since 1970; None for one that is missing or is none."""
    found = values.get(name)
    if isinstance(found, bool) or not isinstance(found, int | float):
        return None
    return float(found) if math.isfinite(found) and 0 <= found < 2**40 else None


def _found(values: Mapping[str, Any], name: str) -> Any:
    """`realm_access.roles` is a claim of that name, else the field of a nested one."""
    if name in values:
        return values[name]
    inner: Any = values
    for part in name.split("."):
        if not isinstance(inner, Mapping) or part not in inner:
            return None
        inner = inner[part]
    return inner


def _text(value: str | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
