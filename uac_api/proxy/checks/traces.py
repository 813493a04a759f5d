"""Tags and assessments that a body gives to a trace, in both dialects of MLflow's REST."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ...errors import BadRequest
from ..request import fields
from ..request.call import Call
from ..rules import Thing

ASSESSMENTS = ("assessment", "trace.trace_info.assessments.*")
SOURCE_RUN = "mlflow.assessment.sourceRunId"
ISSUE_PREFIX = "iss-"
SPANS_PLACES = ("TRACKING_STORE", "ARTIFACT_REPO")


def artifact_locations(call: Call) -> Iterator[str]:
    """The artifact locations that tags set; raises BadRequest for other reserved tags.

    MLflow opens, and for an archived trace deletes, whatever these tags name, with its own rights.
    """
    if not any(fields.may_hold(call, name) for name in fields.RESERVED_TAGS[1:]):
        return
    for key, value in _tags(call):
        name = fields.folded(key)
        if name == fields.LOCATION_TAG:
            yield str(value)
        elif name in fields.ARCHIVE_TAGS or (
            name == fields.SPANS_TAG and value not in SPANS_PLACES
        ):
            raise reserved(name)


def reserved(name: str) -> BadRequest:
    """The refusal of a tag by which MLflow finds a trace's files."""
    return BadRequest(
        f"The tag '{name}' says where MLflow keeps a trace, and MLflow sets it. Leave it out.",
        reason="reserved_tag",
    )


def named_by_assessments(call: Call) -> Iterator[tuple[Thing, str]]:
    """The issues and runs that assessments name.

    Raises BadRequest for ids that MLflow writes over unseen: given one of another trace, it moves
    that assessment, or marks it valid again.
    """
    for path in ASSESSMENTS:
        ids = fields.body_texts(call, f"{path}.assessment_id")
        if ids - {call.path_fields.get("assessment_id")}:
            raise _given_by_mlflow("assessment_id")
        if path != "assessment" and fields.body_texts(call, f"{path}.overrides"):
            raise _given_by_mlflow("overrides")
        traces = fields.body_texts(call, f"{path}.trace_id")
        if "trace_id" in call.path_fields and traces - {call.path_fields["trace_id"]}:
            raise BadRequest(
                "The path and the body name two different traces. Name one.", reason="field_twice"
            )
        for name in fields.body_texts(call, f"{path}.assessment_name"):
            # MLflow counts the traces of an issue by the names of assessments, in all projects.
            if fields.folded(name).startswith(ISSUE_PREFIX):
                yield Thing.ISSUE, name
        for metadata in fields.values(call, f"{path}.metadata"):
            run = metadata.get(SOURCE_RUN) if isinstance(metadata, dict) else None
            if isinstance(run, str) and run:
                yield Thing.RUN, run


def _given_by_mlflow(name: str) -> BadRequest:
    return BadRequest(
        f"'{name}' of a new assessment is MLflow's to give. Leave it out; to override one, "
        "create the assessment on the trace by itself.",
        reason="invalid",
    )


def _tags(call: Call) -> Iterator[tuple[str, Any]]:
    document = call.json()
    given = [document, *fields.values(call, "tags.*")]
    for tag in given:
        if isinstance(tag, dict) and isinstance(tag.get("key"), str):
            yield tag["key"], tag.get("value")
    for tags in fields.values(call, "trace.trace_info.tags"):
        if isinstance(tags, dict):
            yield from tags.items()
