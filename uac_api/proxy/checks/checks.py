"""Looks at a call that a list of fields cannot tell; some find ids to be looked up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

from ...access import invisible
from ...errors import BadRequest
from ...mlflow import filters
from ..request import fields, paths
from ..request.call import Call
from ..rules import Check, Thing
from . import graphql, skills, traces, webhook_urls

PATH_FIELDS = ("path", "artifact_directory_path", "artifact_file_path")
# The source that MLflow's prompt registry writes (mlflow.prompt.registry_utils).
PROMPT_SOURCES = ("prompt-template", "dummy-source")

# What S3 allows for one upload.
MOST_PARTS = 10_000
# How long an address that needs no credential may work, in seconds.
LONGEST_LINK = 3600
# Folded. MLflow 3.18 keeps the schedule of an experiment's issue detection in tags below this.
DETECTION_TAGS = "mlflow.issuedetection."
# Where a search has its filters, and its orders.
FILTERS = (
    "filter",
    "filter_string",
    "filter_string1",
    "filter_string2",
    "base_filter",
    "filters.*",
)
ORDERS = "order_by"
# Not GLOBAL: such a budget stops the calls of every project.
BUDGET_SCOPES = ("WORKSPACE", "ENDPOINT", "USER")

Named = Iterator[tuple[Thing, str]]


def run(call: Call, check: Check, slug: str) -> Named:
    """What the check finds to be looked up; raises BadRequest for what it refuses itself."""
    return CHECKS[check](call, slug)


def _version_source(call: Call, slug: str) -> Named:
    """the source is a run, a logged model or an artifact of the project"""
    source = fields.text(call, "source")
    if source in PROMPT_SOURCES:
        return
    address = urlsplit(source)
    path = address.path.lstrip("/")
    first, _, _ = path.partition("/")
    if address.netloc or address.query or address.fragment or "\\" in source:
        raise _bad_source(source)
    if paths.require_plain(path) != path:
        raise paths.ambiguous()
    match address.scheme:
        case "runs":
            yield Thing.RUN, first
        case "models":
            if first.startswith("m-"):
                yield Thing.MODEL, first
        case "mlflow-artifacts":
            _own_path(path, slug)
        case _:
            raise _bad_source(source)


def _bad_source(source: str) -> BadRequest:
    return BadRequest(
        f"'{source[:200]}' is no source for a model version. Log the model to a run of this "
        "project and use runs:/<run id>/<path> or models:/<model id>.",
        reason="foreign_source",
    )


def _own_artifacts(call: Call, slug: str) -> Named:
    """the path has plain segments and is not another project's"""
    if "artifact_path" in call.path_fields:
        _own_path(call.path_fields["artifact_path"], slug)
        return
    for path in _once([value for name, value in call.query if name == "path"]):
        _own_path(path, slug)
    yield from ()


def _own_path(path: str, slug: str) -> None:
    for reading in (path, paths.require_plain(path)):
        parts = reading.split("/")
        if parts[0] == "workspaces" and parts[1:2] != [slug]:
            raise BadRequest(
                f"This artifact path is not in project '{slug}'.", reason="foreign_reference"
            )


def _own_folder(call: Call, _slug: str) -> Named:
    """the run or logged model whose folder it is is of the project"""
    parts = call.path_fields["artifact_path"].split("/")
    match parts[2:] if parts[0] == "workspaces" else parts:
        case [_, "models", model, "artifacts", *_]:
            yield Thing.MODEL, model
        case [experiment, run, "artifacts", *_] if experiment.isdecimal():
            yield Thing.RUN, run


def _safe_path(call: Call, _slug: str) -> Named:
    """the path has plain segments"""
    for path in _once([value for name, value in call.query if name in PATH_FIELDS]):
        if path:
            paths.require_plain(path)
    yield from ()


def _once(values: list[str]) -> list[str]:
    if len(values) > 1:
        raise BadRequest("'path' stands twice. Send it once.", reason="field_twice")
    return values


def _upload_parts(call: Call, _slug: str) -> Named:
    """the file's name is plain and no more than 10,000 parts are asked for"""
    # The client sends where the file is on its own disk; MLflow uses the last part only.
    paths.require_plain(fields.text(call, "path").rpartition("/")[2])
    _at_most(call, "num_parts", MOST_PARTS)
    yield from ()


def _presigned(call: Call, _slug: str) -> Named:
    """the path has plain segments, and the link works for an hour at most"""
    paths.require_plain(fields.text(call, "path"))
    _at_most(call, "expiration", LONGEST_LINK)
    yield from ()


def _link(call: Call, _slug: str) -> Named:
    """whether a link is asked for is said once, by true or false"""
    asked = [value for name, value in call.query if name == "presigned"]
    if len(asked) > 1:
        raise BadRequest("'presigned' stands twice. Send it once.", reason="field_twice")
    if not set(asked) <= {"true", "false"}:
        raise BadRequest("'presigned' is true or false.")
    yield from ()


def _stored_skills(call: Call, _slug: str) -> Named:
    """it is no file of a registered skill"""
    skills.check_file(call.path_fields["artifact_path"])
    yield from ()


def _new_issue(call: Call, _slug: str) -> Named:
    """MLflow gives the issue its id"""
    # It would say of an id that another project uses it.
    if fields.values(call, "issue_id"):
        raise BadRequest("MLflow gives issues their ids. Leave 'issue_id' out.")
    yield from ()


def _experiment_tags(call: Call, _slug: str) -> Named:
    """no tag makes the server look for issues by itself"""
    document = call.json() if fields.may_hold(call, DETECTION_TAGS) else {}
    for tag in (document, *fields.values(call, "tags.*")) if document else ():
        key = tag.get("key") if isinstance(tag, dict) else None
        if isinstance(key, str) and fields.folded(key).startswith(DETECTION_TAGS):
            raise BadRequest(
                "Tags of MLflow's issue detection start it, and it runs with the server's own "
                "keys. It is closed here. Leave the tag out.",
                reason="reserved_tag",
            )
    yield from ()


def _at_most(call: Call, name: str, highest: int) -> None:
    for spelling in fields.spellings(name):
        value = call.json().get(spelling)
        text = str(value) if isinstance(value, int | str) else ""
        plain = text.isascii() and text.isdecimal() and len(text) <= len(str(highest))
        if value is not None and not (plain and 1 <= int(text) <= highest):
            raise BadRequest(f"'{name}' must be a whole number from 1 to {highest}.")


def _webhook_target(call: Call, _slug: str) -> Named:
    """the address is https, and its host resolves to public addresses only"""
    if url := fields.text(call, "url"):
        webhook_urls.require_public(url)
    yield from ()


def _own_budget(call: Call, _slug: str) -> Named:
    """the budget is the project's own, not one for the whole server"""
    scope = fields.text(call, "target_scope")
    if scope and scope not in BUDGET_SCOPES:
        raise BadRequest(
            "A budget of a project has the target_scope WORKSPACE, ENDPOINT or USER.",
            reason="foreign_reference",
        )
    yield from ()


def _path_id_in_body(call: Call, _slug: str) -> Named:
    """path and body name the same thing"""
    for name, in_path in call.path_fields.items():
        if fields.body_texts(call, name) - {in_path}:
            raise BadRequest(
                f"The path and the body name two different things as '{name}'. Name one.",
                reason="field_twice",
            )
    yield from ()


def _trace_tags(call: Call, slug: str) -> Named:
    """MLflow's own tags keep to the files of the project"""
    for location in traces.artifact_locations(call):
        prefix, _, path = location.partition(":/")
        if prefix != "mlflow-artifacts":
            raise traces.reserved(fields.LOCATION_TAG)
        _own_path(path, slug)
    yield from ()


def _assessment(call: Call, _slug: str) -> Named:
    """what an assessment names is of the project"""
    yield from traces.named_by_assessments(call)


def _graphql(call: Call, _slug: str) -> Named:
    """one plain query of a few root fields; a path has plain segments, a filter comes to an end"""
    for asked in graphql.asked(call):
        if path := asked.text("path"):
            paths.require_plain(path)
        filters.check(asked.text("filter"))
        filters.check_orders(asked.texts("orderBy"))
    yield from ()


def _filter(call: Call, _slug: str) -> Named:
    """filter and order are of a size and a kind that come to an end"""
    for name in FILTERS:
        for text in fields.body_texts(call, name):
            filters.check(text)
    if call.judged_method == "GET":
        spelled = fields.spellings(ORDERS)
        orders = [value for name, value in call.query if name in spelled]
    else:
        # Logged models are ordered by objects, whose fields MLflow reads by name.
        orders = [str(one) for one in fields.values(call, f"{ORDERS}.*")]
    filters.check_orders(orders)
    yield from ()


def _skill_name(call: Call, _slug: str) -> Named:
    """the skill's name is not an address"""
    skills.check_names(call)
    yield from ()


def _skill_source(call: Call, _slug: str) -> Named:
    """a source is an https, ssh, git or oci address without a password"""
    skills.check_sources(call)
    yield from ()


def _skill_icons(call: Call, _slug: str) -> Named:
    """icons are https, and their hosts resolve to public addresses only"""
    skills.check_icons(call)
    yield from ()


def _skill_status(call: Call, _slug: str) -> Named:
    """the status does not delete the version"""
    skills.check_status(call)
    yield from ()


def _seen_name(call: Call, _slug: str) -> Named:
    """the name holds no letter that nobody sees or that turns the text around it"""
    for field in ("name", "new_name"):
        if wrong := invisible.objection(fields.text(call, field)):
            raise BadRequest(
                f"'{field}' holds a letter that nobody sees: {wrong}. Send it without.",
                reason="invisible_letter",
            )
    yield from ()


CHECKS: dict[Check, Callable[[Call, str], Named]] = {
    Check.VERSION_SOURCE: _version_source,
    Check.OWN_ARTIFACTS: _own_artifacts,
    Check.OWN_FOLDER: _own_folder,
    Check.SAFE_PATH: _safe_path,
    Check.PATH_ID_IN_BODY: _path_id_in_body,
    Check.TRACE_TAGS: _trace_tags,
    Check.ASSESSMENT: _assessment,
    Check.UPLOAD_PARTS: _upload_parts,
    Check.PRESIGNED: _presigned,
    Check.WEBHOOK_TARGET: _webhook_target,
    Check.OWN_BUDGET: _own_budget,
    Check.GRAPHQL: _graphql,
    Check.LINK: _link,
    Check.STORED_SKILLS: _stored_skills,
    Check.NEW_ISSUE: _new_issue,
    Check.EXPERIMENT_TAGS: _experiment_tags,
    Check.FILTER: _filter,
    Check.SKILL_NAME: _skill_name,
    Check.SKILL_SOURCE: _skill_source,
    Check.SKILL_ICONS: _skill_icons,
    Check.SKILL_STATUS: _skill_status,
    Check.SEEN_NAME: _seen_name,
}
