"""Lists over all my projects: experiments, runs, models and traces under /studio/v1."""

from __future__ import annotations

from typing import Any

from flask_openapi3 import APIBlueprint

from ..access.decide import decide
from ..access.principals import Principal
from ..access.roles import Action
from ..errors import refuse
from .answered import DOCUMENTED, MLFLOW_TROUBLE, ExperimentsOut, ModelsOut, RunsOut, TracesOut
from .asked import OrderedSearch, ProjectSearch, WideSearch
from .services import Rows, require, services
from .shapes import Json, shape

blueprint = APIBlueprint("lists", __name__, url_prefix="/studio/v1", **DOCUMENTED)

EXPERIMENT_FIELDS = (
    "project",
    "experiment_id",
    "name",
    "lifecycle_stage",
    "creation_time",
    "last_update_time",
    "artifact_location",
)
MODEL_FIELDS = (
    "project",
    "name",
    "description",
    "creation_timestamp",
    "last_updated_timestamp",
)
VERSION_FIELDS = ("version", "current_stage", "status", "run_id", "creation_timestamp")
RUN_FIELDS = (
    "run_id",
    "run_name",
    "experiment_id",
    "status",
    "start_time",
    "end_time",
    "lifecycle_stage",
    "user_id",
    "artifact_uri",
)
TRACE_FIELDS = (
    "project",
    "trace_id",
    "request_time",
    "execution_duration",
    "state",
    "request_preview",
    "response_preview",
)


@blueprint.get("/experiments", responses={200: ExperimentsOut, **MLFLOW_TROUBLE})
def experiments(query: OrderedSearch) -> Json:
    """Experiments of all my projects or of some, newest first."""
    rows, token = _listed(require("experiments.list"), "experiments", query, query.order)
    shown = [{**_fields(row, EXPERIMENT_FIELDS), "tags": _pairs(row, "tags")} for row in rows]
    return shape(ExperimentsOut(experiments=shown, next_page_token=token)), 200


@blueprint.get("/runs", responses={200: RunsOut, **MLFLOW_TROUBLE})
def runs(query: WideSearch) -> Json:
    """Runs of all my projects or of some, those started last first."""
    rows, token = _listed(require("runs.list"), "runs", query)
    return shape(RunsOut(runs=[_run(row) for row in rows], next_page_token=token)), 200


@blueprint.get("/models", responses={200: ModelsOut, **MLFLOW_TROUBLE})
def models(query: OrderedSearch) -> Json:
    """Registered models of all my projects or of some, newest first."""
    rows, token = _listed(require("models.list"), "models", query, query.order)
    return shape(ModelsOut(models=[_model(row) for row in rows], next_page_token=token)), 200


@blueprint.get("/traces", responses={200: TracesOut, **MLFLOW_TROUBLE})
def traces(query: WideSearch) -> Json:
    """Traces of all my projects or of some, latest request first."""
    rows, token = _listed(require("traces.list"), "traces", query)
    return shape(TracesOut(traces=[_trace(row) for row in rows], next_page_token=token)), 200


def _listed(
    principal: Principal, what: str, query: ProjectSearch, order: str = "created"
) -> tuple[Rows, str]:
    here = services()
    # What the page before was allowed to show does not count: a project that the caller lost
    # meanwhile is gone from this one.
    slugs = query.project or list(principal.grants)
    for slug in slugs:
        decision = decide(principal, Action.READ, slug)
        if not decision.allowed:
            raise refuse(decision)
    question = (what, query.project, query.query, query.filter, order)
    rows, further = here.lists.page(
        what,
        slugs,
        query=query.query,
        condition=query.filter,
        order=order,
        limit=query.max_results,
        after=here.page_tokens.read(principal.username, question, query.page_token),
    )
    token = here.page_tokens.write(principal.username, question, further) if further else ""
    return rows, token


def _run(row: dict[str, Any]) -> dict[str, Any]:
    data = row.get("data") or {}
    return {
        "project": row["project"],
        **_fields(row.get("info") or {}, RUN_FIELDS),
        "metrics": _pairs(data, "metrics"),
        "params": _pairs(data, "params"),
        "tags": _pairs(data, "tags"),
    }


def _model(row: dict[str, Any]) -> dict[str, Any]:
    return {
        **_fields(row, MODEL_FIELDS),
        "description": row.get("description", ""),
        "latest_versions": [
            _fields(version, VERSION_FIELDS) for version in row.get("latest_versions") or []
        ],
        "aliases": {one["alias"]: one["version"] for one in row.get("aliases") or []},
        "tags": _pairs(row, "tags"),
    }


def _trace(row: dict[str, Any]) -> dict[str, Any]:
    place = (row.get("trace_location") or {}).get("mlflow_experiment") or {}
    return {
        **_fields(row, TRACE_FIELDS),
        "experiment_id": place.get("experiment_id"),
        "tags": row.get("tags") or {},
        "trace_metadata": row.get("trace_metadata") or {},
    }


def _fields(row: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: row.get(name) for name in names}


def _pairs(row: dict[str, Any], name: str) -> dict[str, Any]:
    return {one["key"]: one.get("value", "") for one in row.get(name) or []}
