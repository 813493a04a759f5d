"""Writes the true author into what is logged, whatever the client sent."""

from __future__ import annotations

from typing import Any

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
    elif call.mentions(USER_TAG.encode()):
        document = call.json()
        for tag in [document] if kind is Stamp.TAG else _tags(document):
            if _is_user_tag(tag):
                tag["value"] = author
        call.replace_json(document)


def _refuse_removal(call: Call) -> None:
    named = call.path_fields.get("tag_key")
    if named is None and call.mentions(USER_TAG.encode()):
        named = call.json().get("key")
    if named == USER_TAG:
        raise BadRequest(f"The tag {USER_TAG} says who did it and stays.", reason="author_tag")


def _tags(document: dict[str, Any]) -> list[Any]:
    tags = document.get("tags")
    return tags if isinstance(tags, list) else []


def _is_user_tag(tag: object) -> bool:
    return isinstance(tag, dict) and tag.get("key") == USER_TAG
