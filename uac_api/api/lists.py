"""Lists over all my projects: /studio/v1/experiments and /studio/v1/models."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask_openapi3 import APIBlueprint

from ..access.decide import decide
from ..access.principals import Principal
from ..access.roles import Action
from ..errors import refuse
from .answered import DOCUMENTED, MLFLOW_TROUBLE, ExperimentsOut, ModelsOut
from .asked import ProjectSearch
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

Lister = Callable[[Iterable[str], str, int, Any], tuple[Rows, Any]]


@blueprint.get("/experiments", responses={200: ExperimentsOut, **MLFLOW_TROUBLE})
def experiments(query: ProjectSearch) -> Json:
    """Experiments of all my projects or of one, latest change first."""
    principal = require("experiments.list")
    rows, token = _listed(principal, "experiments", query, services().catalog.experiments)
    shown = [
        {**{name: row.get(name) for name in EXPERIMENT_FIELDS}, "tags": _tags(row)} for row in rows
    ]
    return shape(ExperimentsOut(experiments=shown, next_page_token=token)), 200


@blueprint.get("/models", responses={200: ModelsOut, **MLFLOW_TROUBLE})
def models(query: ProjectSearch) -> Json:
    """Registered models of all my projects or of one, latest change first."""
    principal = require("models.list")
    rows, token = _listed(principal, "models", query, services().catalog.models)
    return shape(ModelsOut(models=[_model(row) for row in rows], next_page_token=token)), 200


def _listed(
    principal: Principal, what: str, query: ProjectSearch, lister: Lister
) -> tuple[Rows, str]:
    here = services()
    slugs = [query.project] if query.project else list(principal.grants)
    for slug in slugs:
        decision = decide(principal, Action.READ, slug)
        if not decision.allowed:
            raise refuse(decision)
    question = (what, query.project, query.query)
    position = here.page_tokens.read(principal.username, question, query.page_token)
    rows, further = lister(slugs, query.query, query.max_results, position)
    token = here.page_tokens.write(principal.username, question, further) if further else ""
    return rows, token


def _model(row: dict[str, Any]) -> dict[str, Any]:
    versions = row.get("latest_versions") or []
    return {
        **{name: row.get(name) for name in MODEL_FIELDS},
        "description": row.get("description", ""),
        "latest_versions": [
            {name: version.get(name) for name in VERSION_FIELDS} for version in versions
        ],
        "aliases": {one["alias"]: one["version"] for one in row.get("aliases") or []},
        "tags": _tags(row),
    }


def _tags(row: dict[str, Any]) -> dict[str, str]:
    return {tag["key"]: tag.get("value", "") for tag in row.get("tags") or []}
