"""The author of evaluation datasets and their records, which MLflow reads from tags in a text."""

from __future__ import annotations

import json
from typing import Any

from ...errors import BadRequest, TooLarge
from ..request import fields
from ..request.fields import USER_TAG
from ..request.unreadable import Unreadable, require_unicode

# MLflow looks each record of a call up before it writes it, in one transaction: on SQLite a hundred
# thousand empty ones kept everybody else from writing for over a minute.
MOST_RECORDS = 10_000


def with_tags(document: dict[str, Any], author: str, *, always: bool) -> dict[str, Any]:
    """The document with `author` in its tags: in place of another, or `always`."""
    text = document.get("tags")
    tags = _parsed(text, "tags", dict) if text else {}
    named = any(fields.folded(key) == USER_TAG for key in tags)
    if not always and not named:
        return document
    return {**document, "tags": json.dumps(_tagged(tags, author))}


def with_records(document: dict[str, Any], author: str) -> dict[str, Any]:
    """The document with `author` in the tags of each record; raises TooLarge for too many."""
    records = _parsed(document.get("records"), "records", list)
    if len(records) > MOST_RECORDS:
        raise TooLarge(
            f"A call carries {MOST_RECORDS:,} records at most. Send them in parts.",
            reason="too_many_records",
        )
    return {**document, "records": json.dumps([_record(one, author) for one in records])}


def _record(record: Any, author: str) -> dict[str, Any]:
    tags = record.get("tags") or {} if isinstance(record, dict) else None
    if not isinstance(tags, dict):
        raise _bad("records")
    return {**record, "tags": _tagged(tags, author)}


def _tagged(tags: dict[str, Any], author: str) -> dict[str, Any]:
    others = {key: value for key, value in tags.items() if fields.folded(key) != USER_TAG}
    return {**others, USER_TAG: author}


def _parsed(text: Any, name: str, kind: type) -> Any:
    try:
        found = json.loads(text)
    except (TypeError, ValueError):
        raise _bad(name) from None
    if not isinstance(found, kind):
        raise _bad(name)
    try:
        require_unicode(found, text.encode())
    except Unreadable as error:
        raise error.under(name).refusal() from None
    return found


def _bad(name: str) -> BadRequest:
    what = "an object" if name == "tags" else "a list of objects"
    return BadRequest(f"'{name}' must be {what}, written as JSON into a text.", reason="invalid")
