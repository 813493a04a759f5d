"""The links that the mlflow client prints, where no project stands in the address."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, request
from werkzeug.wrappers import Response as Redirect

from .. import studio_redirect
from .services import services

blueprint = Blueprint("links", __name__)


@blueprint.get("/")
def start() -> Response:
    """A page that sends the browser on to Studio."""
    return Response(
        studio_redirect.page(services().settings.public_url), headers=studio_redirect.HEADERS
    )


@blueprint.get("/projects/<slug>")
def project(slug: str) -> Redirect:  # noqa: ARG001 (it is in the path)
    """MLflow's interface stands one slash further: its addresses are relative."""
    return redirect(f"{request.path}/", 308)
