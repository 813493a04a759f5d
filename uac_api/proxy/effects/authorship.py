"""Writes the true author into what is logged, whatever the client sent."""

from __future__ import annotations

from typing import Any

from ...errors import BadRequest
from ..request import fields
from ..request.call import Call
from ..request.fields import USER_TAG
from ..rules import Stamp
from . import datasets

# Who said it, where MLflow keeps that in a field of its own; `only` if the client names somebody.
CREATOR, OWNER, REVIEWER = "created_by", "new_owner", "completed_by"
UPDATER, EDITOR = "updated_by", "last_updated_by"
# The sources of an assessment that are programs, by name and by number in MLflow's protobuf.
PROGRAMS = ("LLM_JUDGE", "AI_JUDGE", "CODE", 2, 3)
# A review that is open again has no reviewer; MLflow refuses one.
OPEN = ("PENDING", 1)


def stamp(call: Call, kind: Stamp, author: str) -> Call:
    """The call with `author` in place of every author its body names.

    Raises BadRequest for a call that takes the author away.
    """
    match kind:
        case Stamp.KEEP:
            _refuse_removal(call)
        case Stamp.RUN:
            return call.with_json(_run(call.json(), author))
        case Stamp.TRACE:
            return call.with_json(_trace(_stamped(call.json(), author), author))
        case Stamp.TRACE_V2:
            return call.with_json(_trace_v2(_stamped(call.json(), author), author))
        case Stamp.ASSESSMENT:
            return call.with_json(_with(call.json(), "assessment", _assessment, author))
        case Stamp.DATASET:
            return call.with_json(datasets.with_tags(call.json(), author, always=True))
        case Stamp.DATASET_TAGS:
            return call.with_json(datasets.with_tags(call.json(), author, always=False))
        case Stamp.RECORDS:
            return call.with_json(datasets.with_records(call.json(), author))
        case Stamp.CREATOR:
            return call.with_json(_put(call.json(), CREATOR, author))
        case Stamp.UPDATER:
            return call.with_json(_put(call.json(), UPDATER, author))
        case Stamp.EDITOR:
            return call.with_json(_put(call.json(), EDITOR, author))
        case Stamp.REVIEWER if call.json().get("status") not in OPEN:
            return call.with_json(_put(call.json(), REVIEWER, author))
        case Stamp.OWNER if fields.values(call, OWNER):
            return call.with_json(_put(call.json(), OWNER, author))
        case Stamp.TAGS if fields.may_hold(call, USER_TAG):
            return call.with_json(_stamped(call.json(), author))
    return call


def _run(document: dict[str, Any], author: str) -> dict[str, Any]:
    others = [tag for tag in _list(document, "tags") if not _is_user_tag(tag)]
    tags = [*others, {"key": USER_TAG, "value": author}]
    return {**_put(document, "user_id", author), "tags": tags}


def _trace(document: dict[str, Any], author: str) -> dict[str, Any]:
    def in_trace(trace: dict[str, Any], by: str) -> dict[str, Any]:
        return _with(trace, "trace_info", _info, by)

    return _with(document, "trace", in_trace, author)


def _trace_v2(document: dict[str, Any], author: str) -> dict[str, Any]:
    name = _spelled(document, "request_metadata")
    others = [entry for entry in _list(document, name) if not _is_user_tag(entry)]
    return {**document, name: [*others, {"key": USER_TAG, "value": author}]}


def _info(info: dict[str, Any], author: str) -> dict[str, Any]:
    name = _spelled(info, "trace_metadata")
    metadata = info.get(name) or {}
    if isinstance(metadata, dict):
        others = {k: v for k, v in metadata.items() if not _is_user_key(k)}
        info = {**info, name: {**others, USER_TAG: author}}
    assessments = _list(info, "assessments")
    if assessments:
        said = [_assessment(one, author) if isinstance(one, dict) else one for one in assessments]
        info = {**info, "assessments": said}
    return info


def _assessment(assessment: dict[str, Any], author: str) -> dict[str, Any]:
    return _with(assessment, "source", _source, author)


def _source(source: dict[str, Any], author: str) -> dict[str, Any]:
    kind = source.get("source_type", source.get("sourceType"))
    return source if kind in PROGRAMS else _put(source, "source_id", author)


def _with(document: dict[str, Any], name: str, change: Any, author: str) -> dict[str, Any]:
    """The document with the object in one field changed; both spellings at once are refused."""
    name = _spelled(document, name)
    inner = document.get(name)
    return {**document, name: change(inner, author)} if isinstance(inner, dict) else document


def _put(document: dict[str, Any], name: str, author: str) -> dict[str, Any]:
    others = {k: v for k, v in document.items() if k not in fields.spellings(name)}
    return {**others, name: author}


def _spelled(document: dict[str, Any], name: str) -> str:
    """The spelling in which the field stands, or its plain one."""
    there = [one for one in fields.spellings(name) if one in document]
    if len(there) > 1:
        raise BadRequest(
            f"'{there[0]}' and '{there[1]}' are one field. Send one.", reason="field_twice"
        )
    return there[0] if there else name


def _refuse_removal(call: Call) -> None:
    named: Any = call.path_fields.get("tag_key", call.path_fields.get("key"))
    if named is None and fields.may_hold(call, USER_TAG):
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


def _list(document: dict[str, Any], name: str) -> list[Any]:
    found = document.get(name)
    return found if isinstance(found, list) else []


def _is_user_tag(tag: object) -> bool:
    return isinstance(tag, dict) and _is_user_key(tag.get("key"))


def _is_user_key(key: object) -> bool:
    return isinstance(key, str) and fields.folded(key) == USER_TAG
