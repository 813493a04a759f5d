"""Ids named beside the main one must live in the same project.

MLflow's workspaces scope the main id of each request; these do not hold for ids inside it (a
metric's `model_id`, a version's `source`). Each check looks them up in the call's own project,
with one request for each id that was not seen before. A hit is remembered: ids never move.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Any
from urllib.parse import quote, urlsplit

from ..errors import BadRequest
from .call import Call
from .rules import Check
from .upstream import Upstream

REMEMBERED = 20_000
MOST_IDS = 100
MODEL, RUN = "logged model", "run"
LOOKUP = {
    MODEL: "/api/2.0/mlflow/logged-models/{}",
    RUN: "/api/2.0/mlflow/runs/get?run_id={}",
}
PATH_FIELDS = ("path", "artifact_directory_path", "artifact_file_path")
# The source that MLflow's prompt registry writes (mlflow.prompt.registry_utils).
PROMPT_SOURCES = ("prompt-template", "dummy-source")


class References:
    """Looks up ids in a project, and remembers those it found there."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._seen: OrderedDict[tuple[str, str, str], None] = OrderedDict()
        self._lock = Lock()

    def check(self, call: Call, check: Check, slug: str) -> None:
        """Run one check of a rule; raises BadRequest for anything not in the project."""
        CHECKS[check](self, call, slug)

    def require(self, slug: str, kind: str, ids: set[str]) -> None:
        """Every id must name a thing of that kind in the project."""
        if len(ids) > MOST_IDS:
            raise BadRequest(f"Name at most {MOST_IDS} different ids in one request.")
        for one in sorted(ids):
            if not self._is_there(slug, kind, one):
                raise BadRequest(
                    f"There is no {kind} '{one}' in project '{slug}'. Name one of this project.",
                    reason="foreign_reference",
                )

    def traces(self, slug: str, ids: set[str]) -> None:
        """Every trace id must be in the project; one request for all of them."""
        if not ids or len(ids) > MOST_IDS:
            raise BadRequest(f"Name 1 to {MOST_IDS} traces in one request.")
        target = "/api/3.0/mlflow/traces/batchGetInfos"
        body = {"trace_ids": sorted(ids)}
        status, document = self._upstream.ask("POST", target, workspace=slug, body=body)
        found = document if status == 200 else {}
        known = {info.get("trace_id") for info in found.get("trace_infos", [])}
        if not ids <= known:
            raise BadRequest(
                f"Not all of these traces are in project '{slug}'.", reason="foreign_reference"
            )

    def _is_there(self, slug: str, kind: str, one: str) -> bool:
        key = (slug, kind, one)
        with self._lock:
            if key in self._seen:
                self._seen.move_to_end(key)
                return True
        target = LOOKUP[kind].format(quote(one, safe=""))
        answer = self._upstream.send("GET", target, workspace=slug)
        answer.body.read()
        if answer.status != 200:
            return False
        with self._lock:
            self._seen[key] = None
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
        return True


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise BadRequest("An id must be a text.", reason="invalid")
    return value


def _field(document: dict[str, Any], name: str) -> str:
    """A text field by its snake_case or camelCase name; empty when absent."""
    head, *rest = name.split("_")
    camel = head + "".join(word.title() for word in rest)
    values = [document[key] for key in {name, camel} if document.get(key) is not None]
    if len(values) > 1:
        raise BadRequest(f"'{name}' and '{camel}' are one field. Send one.", reason="field_twice")
    return _text(values[0]) if values else ""


def _objects(value: object) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _model_id(refs: References, call: Call, slug: str) -> None:
    if call.mentions(b"model"):
        refs.require(slug, MODEL, {_field(call.json(), "model_id")} - {""})


def _metric_models(refs: References, call: Call, slug: str) -> None:
    if call.mentions(b"model"):
        metrics = _objects(call.json().get("metrics"))
        refs.require(slug, MODEL, {_field(metric, "model_id") for metric in metrics} - {""})


def _linked_models(refs: References, call: Call, slug: str) -> None:
    models = _objects(call.json().get("models"))
    refs.require(slug, MODEL, {_field(model, "model_id") for model in models} - {""})


def _source_run(refs: References, call: Call, slug: str) -> None:
    refs.require(slug, RUN, {_field(call.json(), "source_run_id")} - {""})


def _trace_ids(refs: References, call: Call, slug: str) -> None:
    document = call.json()
    both = document.get("trace_ids", document.get("traceIds"))
    refs.traces(slug, {_text(one) for one in both} if isinstance(both, list) else set())


def _version_source(refs: References, call: Call, slug: str) -> None:
    document = call.json()
    runs, models = {_field(document, "run_id")}, {_field(document, "model_id")}
    source = _field(document, "source")
    address = urlsplit(source)
    first, _, _ = address.path.lstrip("/").partition("/")
    if source not in PROMPT_SOURCES:
        if address.netloc or address.query or address.fragment or "\\" in source:
            raise _bad_source(source)
        _safe(address.path.lstrip("/"))
        match address.scheme:
            case "runs":
                runs.add(first)
            case "models":
                models |= {first} if first.startswith("m-") else set()
            case "mlflow-artifacts":
                _own_path(address.path.lstrip("/"), slug)
            case _:
                raise _bad_source(source)
    refs.require(slug, RUN, runs - {""})
    refs.require(slug, MODEL, models - {""})


def _bad_source(source: str) -> BadRequest:
    return BadRequest(
        f"'{source[:200]}' is no source for a model version. Log the model to a run of this "
        "project and use runs:/<run id>/<path> or models:/<model id>.",
        reason="foreign_source",
    )


def _own_artifacts(_refs: References, call: Call, slug: str) -> None:
    if "artifact_path" in call.path_fields:
        _own_path(call.path_fields["artifact_path"], slug)
        return
    paths = [value for name, value in call.query if name == "path"]
    if len(paths) > 1:
        raise BadRequest("'path' stands twice. Send it once.", reason="field_twice")
    for path in paths:
        _own_path(path, slug)


def _own_path(path: str, slug: str) -> None:
    _safe(path)
    parts = path.split("/")
    if parts[0] == "workspaces" and parts[1:2] != [slug]:
        raise BadRequest(
            f"This artifact path is not in project '{slug}'.", reason="foreign_reference"
        )


def _safe_path(_refs: References, call: Call, _slug: str) -> None:
    fields = [value for name, value in call.query if name in PATH_FIELDS]
    if len(fields) > 1:
        raise BadRequest("'path' stands twice. Send it once.", reason="field_twice")
    for path in fields:
        if path:
            _safe(path)


def _safe(path: str) -> None:
    parts = path.rstrip("/").split("/")
    odd = any(part in ("", ".", "..") for part in parts)
    if odd or "\\" in path or "\0" in path or "%" in path:
        raise BadRequest(
            "An artifact path has plain segments: no empty ones, no . or .., no backslash, no %.",
            reason="path",
        )


def _path_id_in_body(_refs: References, call: Call, _slug: str) -> None:
    named = _field(call.json(), "model_id")
    if named and named != call.path_fields["model_id"]:
        raise BadRequest(
            "The path and the body name two different models. Name one.", reason="field_twice"
        )


CHECKS: dict[Check, Callable[[References, Call, str], None]] = {
    Check.MODEL_ID: _model_id,
    Check.METRIC_MODELS: _metric_models,
    Check.LINKED_MODELS: _linked_models,
    Check.SOURCE_RUN: _source_run,
    Check.VERSION_SOURCE: _version_source,
    Check.TRACE_IDS: _trace_ids,
    Check.OWN_ARTIFACTS: _own_artifacts,
    Check.SAFE_PATH: _safe_path,
    Check.PATH_ID_IN_BODY: _path_id_in_body,
}
