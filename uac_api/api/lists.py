"""Lists over all my projects: experiments, runs, models and traces under /studio/v1.

Which projects may be read is decided here; the reading room answers each page in one statement.
"""

from __future__ import annotations

from typing import Any

from flask_openapi3 import APIBlueprint

from ..access.decisions.decide import decide
from ..access.decisions.principals import Principal
from ..access.decisions.roles import Action
from ..errors import refuse
from ..mlflow.reading import NOBODYS, ListKind, ListQuestion
from .json import Json, shape
from .schemas.queries import OrderedSearch, ProjectSearch, WideSearch
from .schemas.responses import (
    DOCUMENTED,
    MLFLOW_TROUBLE,
    ExperimentsOut,
    ModelsOut,
    RunsOut,
    TracesOut,
)
from .services import Rows, named_projects, require, restraining, services

blueprint = APIBlueprint("lists", __name__, url_prefix="/studio/v1", **DOCUMENTED)


@blueprint.get("/experiments", responses={200: ExperimentsOut, **MLFLOW_TROUBLE})
def experiments(query: OrderedSearch) -> Json:
    """Experiments of all my projects or of some, newest first."""
    rows, token = _listed(require("experiments.list"), "experiments", query, query.order)
    return shape(ExperimentsOut(experiments=rows, next_page_token=token)), 200


@blueprint.get("/runs", responses={200: RunsOut, **MLFLOW_TROUBLE})
def runs(query: WideSearch) -> Json:
    """Runs of all my projects or of some, those started last first."""
    rows, token = _listed(require("runs.list"), "runs", query)
    return shape(RunsOut(runs=rows, next_page_token=token)), 200


@blueprint.get("/models", responses={200: ModelsOut, **MLFLOW_TROUBLE})
def models(query: OrderedSearch) -> Json:
    """Registered models of all my projects or of some, newest first."""
    rows, token = _listed(require("models.list"), "models", query, query.order)
    return shape(ModelsOut(models=rows, next_page_token=token)), 200


@blueprint.get("/traces", responses={200: TracesOut, **MLFLOW_TROUBLE})
def traces(query: WideSearch) -> Json:
    """Traces of all my projects or of some, latest request first."""
    rows, token = _listed(require("traces.list"), "traces", query)
    return shape(TracesOut(traces=rows, next_page_token=token)), 200


def _listed(
    principal: Principal, kind: ListKind, query: ProjectSearch, order: str = "created"
) -> tuple[Rows, str]:
    here = services()
    # What the page before was allowed to show does not count: a project that the caller lost
    # meanwhile is gone from this one.
    slugs = named_projects(principal, query.project)
    for slug in slugs:
        decision = decide(principal, Action.READ, slug)
        if not decision.allowed:
            raise refuse(decision)
    asked: tuple[Any, ...] = ("lists", kind, query.project, query.query, query.filter, order)
    question = ListQuestion(
        workspaces=tuple(slugs) or NOBODYS,
        query=query.query,
        filter=query.filter,
        order=order,
        limit=query.max_results,
        after=here.page_tokens.read(principal.username, asked, query.page_token),
    )
    with restraining(principal), here.readings.hold_list(principal.username):
        page = here.reading.page(kind, question)
    if page.further is None:
        return page.rows, ""
    return page.rows, here.page_tokens.write(principal.username, asked, page.further)
