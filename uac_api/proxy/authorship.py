"""Writes the true author into what is logged, whatever the client sent."""

from __future__ import annotations

from typing import Any
from unicodedata import combining, normalize

from ..errors import BadRequest
from .call import Call
from .rules import Stamp

USER_TAG = "mlflow.user"


def stamp(call: Call, kind: Stamp, author: str) -> None:
    """Put `author` in place of every author the body names; raises BadRequest on removal."""
    if kind is Stamp.KEEP:
        _refuse_removal(call)
    elif kind is Stamp.RUN:
        document = call.json()
        document.pop("userId", None)
        others = [tag for tag in _tags(document) if not _is_user_tag(tag)]
        tags = [*others, {"key": USER_TAG, "value": author}]
        call.replace_json({**document, "user_id": author, "tags": tags})
    elif _may_name_author(call):
        call.replace_json(_stamped(call.json(), author))


def _refuse_removal(call: Call) -> None:
    named = call.path_fields.get("tag_key")
    if named is None and _may_name_author(call):
        named = call.json().get("key")
    if _is_user_key(named):
        raise BadRequest(f"The tag {USER_TAG} says who did it and stays.", reason="author_tag")


def _stamped(value: Any, author: str) -> Any:
    if isinstance(value, list):
        return [_stamped(one, author) for one in value]
    if not isinstance(value, dict):
        return value
    if _is_user_tag(value):
        return {**value, "value": author}
    return {k: author if _is_user_key(k) else _stamped(v, author) for k, v in value.items()}


def _tags(document: dict[str, Any]) -> list[Any]:
    tags = document.get("tags")
    return tags if isinstance(tags, list) else []


def _is_user_tag(tag: object) -> bool:
    return isinstance(tag, dict) and _is_user_key(tag.get("key"))


def _is_user_key(key: object) -> bool:
    """Whether MLflow's database could take the key for `mlflow.user`.

    MySQL's usual collations see no difference in case, accents, width and spaces at the end.
    """
    if not isinstance(key, str):
        return False
    plain = "".join(c for c in normalize("NFKD", key) if not combining(c))
    return plain.strip().casefold() == USER_TAG


def _may_name_author(call: Call) -> bool:
    body = call.body or b""
    return b"\\u" in body or not body.isascii() or USER_TAG.encode() in body.lower()
