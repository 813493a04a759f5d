"""Fields of a call by their names: in its path, in the query of a GET, else in the JSON body."""

from __future__ import annotations

from functools import cache
from typing import Any
from unicodedata import combining, normalize

from ...errors import BadRequest
from .call import Call

USER_TAG = "mlflow.user"
LOCATION_TAG = "mlflow.artifactlocation"
SPANS_TAG = "mlflow.trace.spanslocation"
ARCHIVE_TAGS = ("mlflow.trace.archivelocation", "mlflow.trace.archivalfailure")
# Folded names of the tags of a trace that say who made it, and where MLflow opens its files.
RESERVED_TAGS = (USER_TAG, LOCATION_TAG, SPANS_TAG, *ARCHIVE_TAGS)


def folded(key: str) -> str:
    """What MLflow's database may take for the same key.

    MySQL's usual collations see no difference in case, accents, width and spaces at the end.
    """
    if key.isascii():
        return key.strip().casefold()
    plain = "".join(c for c in normalize("NFKD", key) if not combining(c))
    return plain.strip().casefold()


def may_hold(call: Call, name: str) -> bool:
    """Whether the JSON body may hold the folded name, spelled plainly, by escapes or accents."""
    body = call.body or b""
    return b"\\u" in body or not body.isascii() or name.encode() in body.lower()


def texts(call: Call, path: str) -> set[str]:
    """Every non-empty text at a dotted path, by snake_case or camelCase names.

    Raises BadRequest where both spellings stand, or where something other than a text does.
    """
    if path in call.path_fields:
        return {call.path_fields[path]}
    return body_texts(call, path)


def body_texts(call: Call, path: str) -> set[str]:
    """The same, past the variables of the row's path."""
    if call.judged_method == "GET":
        found: list[Any] = [value for name, value in call.query if name in spellings(path)]
    else:
        found = values(call, path)
    if not all(isinstance(one, str) for one in found):
        raise BadRequest(f"'{path}' must be a text.", reason="invalid")
    return {one for one in found if one}


def values(call: Call, path: str) -> list[Any]:
    """Everything at a dotted path of the JSON body, of whatever kind."""
    return [] if _cannot_be_there(call, path) else _at(call.json(), path.split("."))


def text(call: Call, name: str) -> str:
    """The one text of a top-level field, or an empty one."""
    return next(iter(texts(call, name)), "")


@cache
def spellings(name: str) -> tuple[str, ...]:
    """A field's snake_case and camelCase name; one if they are the same."""
    head, *rest = name.split("_")
    camel = head + "".join(word.title() for word in rest)
    return (name, camel) if camel != name else (name,)


def _cannot_be_there(call: Call, path: str) -> bool:
    named = path.removesuffix(".*").rpartition(".")[2]
    return not any(call.mentions(one.encode()) for one in spellings(named))


def _at(value: Any, path: list[str]) -> list[Any]:
    if not path:
        return [] if value is None else [value]
    first, rest = path[0], path[1:]
    if first == "*":
        return [one for each in value for one in _at(each, rest)] if isinstance(value, list) else []
    if not isinstance(value, dict):
        return []
    there = [name for name in spellings(first) if value.get(name) is not None]
    if len(there) > 1:
        raise BadRequest(
            f"'{there[0]}' and '{there[1]}' are one field. Send one.", reason="field_twice"
        )
    return _at(value[there[0]], rest) if there else []
