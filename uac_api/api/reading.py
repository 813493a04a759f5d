"""The reading room over REST: tables of runs, their columns, and curves, over my projects.

Which projects may be read is decided here, and MLflow's process is given their list. Tables go out
as they come: no process holds a whole one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from flask import Response, request
from flask_openapi3 import APIBlueprint

from ..access.decisions.decide import allow, decide
from ..access.decisions.principals import Principal
from ..access.decisions.roles import Action
from ..errors import BadRequest, BadUpstream, refuse
from ..mlflow import reading
from .json import Json, shape
from .schemas.reading import (
    MEDIA_TYPES,
    NEXT_PAGE_HEADER,
    TOTAL_HEADER,
    AskedFormat,
    ColumnsOut,
    ColumnsQuery,
    CurvesQuery,
    RunsQuery,
    Selection,
    table,
)
from .schemas.responses import DOCUMENTED, MLFLOW_TROUBLE
from .services import hold, named_projects, require, resources, restraining, services

blueprint = APIBlueprint("reading", __name__, url_prefix="/studio/v1", **DOCUMENTED)

# Deleted runs are for who may see the trash.
TRASH = "trash.list"
# How many columns `auto` chooses, and in which order of kinds.
AUTO_COLUMNS = 60
KINDS = ("metrics", "params", "tags")
# Tags that MLflow and Studio set themselves.
SYSTEM_TAGS = "mlflow."
# A proxy takes 4 KiB of all headers, unless it is told otherwise.
LONGEST_HEADER = 3000


@blueprint.post("/runs/query", responses={200: table(has_pages=True), **MLFLOW_TROUBLE})
def runs(query: AskedFormat, body: RunsQuery) -> Response:
    """Runs of my projects as a table, or the statistics of groups of them."""
    principal = require("runs.query")
    form, here = _format(query), services()
    asked = "runs.query", body.model_dump(exclude={"page_token", "limit"})
    position = here.page_tokens.read(principal.username, asked, body.page_token) or {}
    if body.all and position:
        raise BadRequest("With `all` there are no pages: leave the page_token out.")
    chosen = _chosen(principal, body)
    hold(here.readings.hold(principal.username, is_export=body.all))
    with restraining(principal):
        columns = position.get("columns")
        if columns is None and body.columns is not None and not body.group_by:
            columns = _auto(chosen) if body.columns == "auto" else body.columns
        question = reading.RunsQuestion(
            **chosen,
            order=tuple(order.model_dump() for order in body.order),
            columns=_tuple(columns),
            limit=body.limit,
            after=position.get("after"),
            all=body.all,
            group_by=_tuple(body.group_by) or None,
            metrics=tuple(body.metrics),
            baseline=body.baseline,
            format=form,
        )
        rows = here.reading.runs(question, resources())
    token = ""
    if rows.further is not None:
        further = {"after": rows.further}
        if body.columns == "auto":
            # The same on each page, whatever came meanwhile.
            further["columns"] = columns
        token = here.page_tokens.write(principal.username, asked, further)
    return _table(rows, form, token)


@blueprint.post("/runs/columns", responses={200: ColumnsOut, **MLFLOW_TROUBLE})
def columns(body: ColumnsQuery) -> Json:
    """Metrics, parameters and tags of runs of my projects, with their ranges and values."""
    principal = require("runs.columns")
    chosen = _chosen(principal, body)
    hold(services().readings.hold(principal.username, is_export=False))
    with restraining(principal):
        found = services().reading.columns(
            reading.ColumnsQuestion(**chosen, exact_up_to=body.exact_up_to)
        )
    return shape(ColumnsOut(**found)), 200


@blueprint.post("/metrics/curves", responses={200: table(has_pages=False), **MLFLOW_TROUBLE})
def curves(query: AskedFormat, body: CurvesQuery) -> Response:
    """Curves of metrics of runs of my projects, or of groups of runs, thinned to some points."""
    principal = require("metrics.curves")
    form = _format(query)
    if not body.metrics:
        raise BadRequest("Name at least one metric.", reason="metrics")
    chosen = _chosen(principal, body)
    hold(services().readings.hold(principal.username, is_export=False))
    question = reading.CurvesQuestion(
        **chosen,
        metrics=tuple(body.metrics),
        x=body.x,
        range=body.range,
        points=body.points,
        group_by=_tuple(body.group_by) or None,
        models=_tuple(body.models) or None,
        format=form,
    )
    with restraining(principal):
        rows = services().reading.curves(question, resources())
    return _table(rows, form)


def _chosen(principal: Principal, body: Selection) -> dict[str, Any]:
    """The fields of a selection, once it was decided that all its projects may be read."""
    slugs = named_projects(principal, body.projects)
    for slug in slugs:
        decision = decide(principal, Action.READ, slug)
        if decision.allowed and body.view != "active":
            decision = allow(principal, TRASH, slug)
        if not decision.allowed:
            raise refuse(decision)
    for slug in slugs:
        services().meter.request(principal.grants[slug])
    return {
        "workspaces": tuple(slugs) or reading.NOBODYS,
        "experiments": _tuple(body.experiments),
        "runs": _tuple(body.runs),
        "filter": body.filter,
        "view": body.view,
    }


def _auto(chosen: dict[str, Any]) -> list[str]:
    """The columns that differ between the selected runs, those of most runs first; then others."""
    found = services().reading.columns(reading.ColumnsQuestion(**chosen))

    def place(column: dict[str, Any]) -> tuple[bool, int, int, str]:
        differs = column["values"] > 1 or column["runs"] < found["looked_at"]
        return not differs, KINDS.index(column["kind"]), -column["runs"], column["key"]

    wanted = [
        one
        for one in found["columns"]
        if one["kind"] in KINDS
        and not (one["kind"] == "tags" and one["key"].startswith(SYSTEM_TAGS))
    ]
    first = sorted(wanted, key=place)[:AUTO_COLUMNS]
    return [f"{one['kind']}.{one['key']}" for one in first]


def _format(query: AskedFormat) -> str:
    if query.format is not None:
        return query.format
    if not request.accept_mimetypes:
        return next(iter(MEDIA_TYPES))
    names = {media_type: name for name, media_type in MEDIA_TYPES.items()}
    best = request.accept_mimetypes.best_match(list(names))
    if best is None:
        raise BadRequest(
            f"The header Accept names none of {', '.join(names)}. Name one of them, or say "
            f"?format= with one of {', '.join(MEDIA_TYPES)}.",
            reason="format",
        )
    return names[best]


def _table(rows: reading.Rows, form: str, token: str | None = None) -> Response:
    """The rows as they come; `token` is None where there are no pages."""
    body = rows.body
    if form == "json":
        body = _document(rows, token)
    response = Response(body, mimetype=MEDIA_TYPES[form])
    if token is not None:
        response.headers[TOTAL_HEADER] = rows.total
    if token and form != "json":
        if len(token) > LONGEST_HEADER:
            raise BadRequest(
                "The values by which the rows are ordered are too long for a header that goes on "
                "after them. Order by something shorter, ask for ?format=json, or for `all`.",
                reason="order",
            )
        response.headers[NEXT_PAGE_HEADER] = token
    return response


def _document(rows: reading.Rows, token: str | None) -> Iterator[bytes]:
    fields: dict[str, Any] = {}
    if token is not None:
        number = rows.total.removesuffix("+")
        if not number.isdecimal():
            raise BadUpstream("MLflow did not say how many rows there are. Try again in a moment.")
        fields = {
            "total": int(number),
            "total_is_exact": number == rows.total,
            "next_page_token": token,
        }
    begin = json.dumps(fields)[:-1] + (", " if fields else "")
    return _framed(f'{begin}"rows": '.encode(), rows.body)


def _framed(begin: bytes, body: Iterator[bytes]) -> Iterator[bytes]:
    yield begin
    yield from body
    yield b"}"


def _tuple(names: list[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)
