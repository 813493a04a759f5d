"""The links that the mlflow client prints, where no project stands in the address."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as Redirect

from .. import to_studio
from .services import services

blueprint = Blueprint("links", __name__)


@blueprint.get("/")
def start() -> Response:
    """A page that sends the browser on to Studio."""
    return Response(to_studio.page(services().settings.public_url), headers=to_studio.HEADERS)


@blueprint.get("/projects/<slug>")
def project(slug: str) -> Redirect:  # noqa: ARG001 (it is in the path)
    """MLflow's interface stands one slash further: its addresses are relative."""
    return redirect(f"{request.path}/", 308)
