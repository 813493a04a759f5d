"""What a proxied call touched, for the audit trail: ids and names, never content.

A row of MLflow's registry is about a model, by name and version. Any other call is about the first
thing of `NAMED` that its path, query or body names.
"""

from __future__ import annotations

import re
from typing import Any

from ..request.call import Call
from ..request.fields import spellings

REGISTRY = ("/registered-models", "/model-versions")
SKILLS = ("api", "3.0", "mlflow", "skills")
# The field that names a thing, and the thing's word in the trail; the first that is there counts.
NAMED = (
    ("run_id", "run"),
    ("run_uuid", "run"),
    ("trace_id", "trace"),
    ("request_id", "trace"),
    ("model_id", "logged model"),
    ("dataset_id", "dataset"),
    ("webhook_id", "webhook"),
    ("issue_id", "issue"),
    ("queue_id", "review queue"),
    ("schema_id", "label schema"),
    ("job_id", "job"),
    ("secret_id", "gateway secret"),
    ("secret_name", "gateway secret"),
    ("endpoint_id", "gateway endpoint"),
    ("endpoint_name", "gateway endpoint"),
    ("guardrail_id", "guardrail"),
    ("budget_policy_id", "budget"),
    ("model_definition_id", "model definition"),
    ("experiment_id", "experiment"),
    ("source_run_id", "run"),
    ("name", "name"),
)
# An artifact is stored below the run or the logged model that it belongs to.
# OpenTelemetry names its experiment beside the body.
IN_HEADER = (("X-Mlflow-Run-Id", "run"), ("X-Mlflow-Experiment-Id", "experiment"))
OWNER_OF_FILE = re.compile(r"(?:^|/)(?:([0-9a-f]{32})|(m-[0-9a-f]{32}))/artifacts(?:/|$)")
LONGEST = 120


def of(call: Call, document: dict[str, Any] | None = None) -> str:
    """What the call is about, in words such as `run 1f2e...`; an empty text if it names nothing.

    `document` is the JSON body, where it has been read.
    """
    given = _given(call, document or {})
    if any(part in call.path for part in REGISTRY):
        return _model(given)
    if call.segments[:4] == SKILLS:
        return _skill(given)
    if path := given("artifact_path"):
        return _file(path)
    for field, word in NAMED:
        if value := given(field):
            return f"{word} {value}"
    if experiment := _plain(_of_trace(document or {})):
        return f"experiment {experiment}"
    for name, word in IN_HEADER:
        if value := _plain(call.header(name)):
            return f"{word} {value}"
    return ""


def _of_trace(document: Any) -> Any:
    for name in ("trace", "trace_info", "trace_location", "mlflow_experiment", "experiment_id"):
        known = [one for one in spellings(name) if isinstance(document, dict) and one in document]
        document = document[known[0]] if known else None
    return document


def _model(given: Any) -> str:
    said = [f"{word} {value}" for word in ("model", "version", "alias") if (value := given(word))]
    if name := given("name"):
        said.insert(0, f"model {name}")
    return " ".join(said)


def _skill(given: Any) -> str:
    name, organization = given("name"), given("organization")
    skill = f"@{organization}/{name}" if organization else name
    said = [f"{word} {value}" for word in ("version", "alias") if (value := given(word))]
    return " ".join([f"skill {skill}", *said]) if name else ""


def _file(path: str) -> str:
    found = OWNER_OF_FILE.search(path)
    if found is None:
        return f"file {path}"
    run, model = found.groups()
    return f"run {run}" if run else f"logged model {model}"


def _given(call: Call, document: dict[str, Any]) -> Any:
    query = dict(call.query)

    def given(field: str) -> str:
        if field in call.path_fields:
            return _plain(call.path_fields[field])
        for name in spellings(field):
            if value := _plain(query.get(name, document.get(name))):
                return value
        return ""

    return given


def _plain(value: Any) -> str:
    """An id or a name on one line; nothing for anything that is neither."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return " ".join(str(value).split())[:LONGEST]
