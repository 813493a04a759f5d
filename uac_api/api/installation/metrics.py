"""Metrics for Prometheus: /metrics, for who holds the metrics token."""

from __future__ import annotations

import hmac

from flask import Blueprint, Response, request

from ... import metrics
from ...errors import Missing, Unauthenticated
from ..services import services
from .gauges import installation

blueprint = Blueprint("metrics", __name__)
TEXT = "text/plain; version=0.0.4; charset=utf-8"


@blueprint.get("/metrics")
def exposed() -> Response:
    """The numbers of all processes of this machine, and of the installation.

    Without STUDIO_METRICS_TOKEN there is nothing at this address.
    """
    here = services()
    token = here.settings.metrics_token.get_secret_value()
    if not token:
        raise Missing("Metrics are off. Set STUDIO_METRICS_TOKEN.", reason="no_such_address")
    offered = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if not hmac.compare_digest(offered.encode(), token.encode()):
        raise Unauthenticated("Send the metrics token as bearer.", reason="wrong_credentials")
    return Response(metrics.exposition(installation(here)), content_type=TEXT)
