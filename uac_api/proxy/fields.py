"""Fields of a call by their names: in the query of a GET, else in the JSON body."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..errors import BadRequest
from .call import Call


def texts(call: Call, path: str) -> set[str]:
    """Every non-empty text at a dotted path, by snake_case or camelCase names.

    Raises BadRequest where both spellings stand, or where something other than a text does.
    """
    if call.judged_method == "GET":
        found: list[Any] = [value for name, value in call.query if name in spellings(path)]
    elif _cannot_be_there(call, path):
        return set()
    else:
        found = _at(call.json(), path.split("."))
    if not all(isinstance(one, str) for one in found):
        raise BadRequest(f"'{path}' must be a text.", reason="invalid")
    return {one for one in found if one}


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
