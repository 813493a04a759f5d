"""Whether we live and are ready: /healthz, /readyz, and /studio/v1/status for the banner."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint
from flask_openapi3 import APIBlueprint

from ...access.errors import AccessError
from ...errors import StudioError
from ...migrations import outdated
from ...version import __version__
from ..json import Json, shape
from ..schemas.responses import DOCUMENTED, Check, StatusOut
from ..services import Services, require, services

NOT_ASKED = Check(ok=False, message="MLflow cannot be asked now.")
# What ML Studio goes on without.
WARNINGS = ("table", "reading")
blueprint = Blueprint("health", __name__)
status_blueprint = APIBlueprint("status", __name__, url_prefix="/studio/v1/status", **DOCUMENTED)


@blueprint.get("/healthz")
def alive() -> Json:
    """This process answers."""
    return {"status": "alive"}, 200


@blueprint.get("/readyz")
def ready() -> Json:
    """Whether everything we depend on is fit; 503 names what is not.

    `table` and `reading` only warn: on another version of MLflow than they were made for, what the
    table does not know stays refused, and the rest is worth more up than down.
    """
    checks: dict[str, Check] = {}
    for name, probe in probes(services()).items():
        # An MLflow that is away need not be waited for twice.
        away = name in WARNINGS and not checks["mlflow"].ok
        checks[name] = NOT_ASKED if away else probe()
    fit = all(check.ok for name, check in checks.items() if name not in WARNINGS)
    document = {
        "status": "ready" if fit else "not ready",
        "checks": {name: shape(check) for name, check in checks.items()},
    }
    return document, 200 if fit else 503


def probes(here: Services) -> dict[str, Callable[[], Check]]:
    """What is looked at, in this order; MLflow comes before what needs it."""
    return {
        "database": lambda: _check(here.database.ping),
        "migrations": lambda: _check(lambda: outdated(here.database)),
        "mlflow": lambda: _check(here.catalog.ping),
        "table": lambda: _check(here.catalog.check_version),
        "reading": lambda: _check(here.reading.check_schema),
    }


@status_blueprint.get("", responses={200: StatusOut})
def status() -> Json:
    """Whether MLflow can be used now, and which version of ML Studio this is."""
    require("status.read")
    return shape(StatusOut(mlflow=mlflow_check(services()), version=__version__)), 200


def mlflow_check(here: Services) -> Check:
    """MLflow's fitness as a sentence."""
    return _check(here.catalog.ping)


def _check(probe: Callable[[], None]) -> Check:
    try:
        probe()
    except (StudioError, AccessError) as error:
        return Check(ok=False, message=error.message)
    return Check(ok=True, message="")
