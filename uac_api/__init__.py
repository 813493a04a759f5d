"""The UAC API: the only door to MLflow. This module wires it, nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

from flask_openapi3 import OpenAPI

from telemetry import spans

from . import access_log, traffic
from .access.database import Database
from .access.errors import DatabaseUnavailable
from .access.marks import Marks
from .access.meter import Meter
from .access.quotas import Limits
from .access.seals import Sealer
from .access.throttle import Throttle
from .access.trail import Trail
from .api import make_app
from .api.paging import PageTokens
from .api.services import EXTENSION, Services
from .doors import Doors
from .errors import StudioError
from .identity import Identity
from .migrations import refuse_newer
from .oidc import configured
from .origin import Origins
from .proxy import Door
from .proxy.catalog import Catalog
from .proxy.deleted import Deleted
from .proxy.lists import Lists
from .proxy.upstream import Upstream
from .settings import Settings, load
from .traffic import Traffic
from .version import __version__


def create_app(settings: Settings | None = None) -> OpenAPI:
    """The WSGI application.

    Raises SettingsError when the environment is not fit, Unavailable for a newer database.

    Requests under /studio/v1, /healthz and /readyz are Flask's, everything else goes to MLflow.
    """
    settings = settings or load()
    access_log.configure(settings.log_level)
    if settings.traces:
        spans.configure(access_log.SERVICE)
    marks = Marks(*settings.mark_keys)
    database = _database(settings, marks)
    trail = Trail(database)
    meter = Meter(database, _default_limits(settings))
    throttle = Throttle(database, settings.secret_key.get_secret_value())
    single_sign_on = configured(settings)
    identity = Identity(
        database, trail, throttle, idle=settings.session_idle, single_sign_on=single_sign_on
    )
    mlflow = Upstream(
        settings.upstream_url,
        settings.upstream_secret.get_secret_value(),
        timeout=settings.upstream_timeout_seconds,
        wait=settings.upstream_wait_seconds,
        # The rest goes on for reads, which are refused at once, and for everything beside MLflow.
        waiters=max(1, settings.threads // 4),
    )
    places = traffic.places(settings)
    scripts, pages = (
        mlflow.within(places.limit(kind)) for kind in (Traffic.SCRIPTS, Traffic.PAGES)
    )
    # A list holds a place of its own, and this pool bounds what all of them ask beside that.
    asking = ThreadPoolExecutor(
        places.lists * (traffic.CALLS_OF_A_LIST - 1), thread_name_prefix="lists"
    )
    app = make_app(__version__)
    app.extensions[EXTENSION] = Services(
        settings=settings,
        database=database,
        identity=identity,
        origins=Origins(settings.trusted_networks),
        trail=trail,
        meter=meter,
        marks=marks,
        sealer=Sealer(database, marks, retention_days=settings.audit_retention_days),
        catalog=Catalog(pages),
        deleted=Deleted(pages),
        lists=Lists(mlflow, asking, places.limit(Traffic.LISTS)),
        page_tokens=PageTokens(settings.secret_key.get_secret_value()),
        single_sign_on=single_sign_on,
    )
    upstreams = {Traffic.SCRIPTS: scripts, Traffic.PAGES: pages}
    door = Door(settings, identity, upstreams, trail, database, meter)
    doors = Doors(app.wsgi_app, door)
    origins = Origins(settings.trusted_networks)
    app.wsgi_app = access_log.AccessLog(doors, origins)  # type: ignore[method-assign]
    return app


def _default_limits(settings: Settings) -> Limits:
    return Limits(
        storage_mb=settings.quota_storage_mb,
        runs_per_day=settings.quota_runs_per_day,
        requests_per_minute=settings.quota_requests_per_minute,
    )


def _database(settings: Settings, marks: Marks) -> Database:
    database = Database(settings.database_url, marks)
    try:
        # A database that does not answer yet is no reason not to start: it may come.
        with suppress(DatabaseUnavailable):
            refuse_newer(database)
    except StudioError:
        database.close()
        raise
    return database
