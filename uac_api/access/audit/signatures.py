"""Signer: what proves that an event or a seal was written by ML Studio and is as it was written.

A mark is an HMAC over the canonical content, with a key that the database does not hold. The id
of an event is not in its mark, because only the INSERT decides it: the seals bind ids to marks.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

# Under this name a session knows the marks of its database.
IN_SESSION = "marks"
# The content of an event, in the order of its mark. Every field is in every mark: a new column
# needs a list of its own for events from its migration on, or all older marks are wrong.
EVENT_FIELDS = (
    "at",
    "request_id",
    "user",
    "token",
    "project",
    "action",
    "operation",
    "target",
    "outcome",
    "reason",
    "status",
    "count",
    "address",
)
SEAL_FIELDS = ("id", "at", "events", "count", "unmarked", "top", "digest", "previous")
_LABEL = b"ML Studio, marks of the audit trail, 1"


class Signer:
    """Makes marks with one key, and knows those that the keys before it made."""

    def __init__(self, key: str, *before: str) -> None:
        self._keys = [hmac.digest(one.encode(), _LABEL, "sha256") for one in (key, *before)]

    def event(self, row: Mapping[str, Any]) -> str:
        """The mark of an event that is about to be written; no two are alike."""
        nonce = secrets.token_hex(8)
        return f"{nonce}.{_mark(self._keys[0], 'event', _event(row, nonce))}"

    def fits_event(self, row: Mapping[str, Any]) -> bool:
        """Whether the event's mark is ours and its content is as it was."""
        nonce, _, mark = (row["mark"] or "").partition(".")
        return self._fits(mark, "event", _event(row, nonce))

    def seal(self, row: Mapping[str, Any]) -> str:
        """The mark of a seal."""
        return _mark(self._keys[0], "seal", _values(row, SEAL_FIELDS))

    def fits_seal(self, row: Mapping[str, Any]) -> bool:
        """Whether the seal's mark is ours and its content is as it was."""
        return self._fits(row["mark"], "seal", _values(row, SEAL_FIELDS))

    def pruned(self, seal_mark: str, at: datetime) -> str:
        """The mark that says: we removed the events of this seal, at this time."""
        return _mark(self._keys[0], "pruned", [seal_mark, _plain(at)])

    def fits_pruned(self, row: Mapping[str, Any]) -> bool:
        """Whether it was us who removed the seal's events."""
        return self._fits(row["pruned_mark"], "pruned", [row["mark"], _plain(row["pruned_at"])])

    def process(self, process_id: str, started_at: datetime) -> str:
        """The mark by which a process shows which key it signs with."""
        return _mark(self._keys[0], "process", [process_id, _plain(started_at)])

    def fits_process(self, row: Mapping[str, Any]) -> bool:
        """Whether a process signs with one of our keys."""
        return self._fits(row["mark"], "process", [row["id"], _plain(row["started_at"])])

    def _fits(self, mark: str, kind: str, content: list[Any]) -> bool:
        return any(hmac.compare_digest(_mark(key, kind, content), mark) for key in self._keys)


def digest(rows: Iterable[Mapping[str, Any]]) -> str:
    """What a seal keeps of its events: SHA-256 over each id with its mark, by id.

    An event of the version before has no mark: its content stands in.
    """
    total = hashlib.sha256()
    for row in sorted(rows, key=lambda one: int(one["id"])):
        said = row["mark"] or hashlib.sha256(_written(_event(row, ""))).hexdigest()
        total.update(f"{row['id']}:{said}\n".encode())
    return total.hexdigest()


def _event(row: Mapping[str, Any], nonce: str) -> list[Any]:
    return [nonce, *_values(row, EVENT_FIELDS)]


def _values(row: Mapping[str, Any], fields: Iterable[str]) -> list[Any]:
    return [_plain(row[name]) for name in fields]


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


def _written(content: list[Any]) -> bytes:
    return json.dumps(content, separators=(",", ":")).encode()


def _mark(key: bytes, kind: str, content: list[Any]) -> str:
    return hmac.digest(key, _written([kind, *content]), "sha256").hex()
