"""The UAC API: the only proxy to MLflow. This module wires it, nothing else."""

from __future__ import annotations

from contextlib import suppress

from flask_openapi3 import OpenAPI

from telemetry import spans

from . import access_log, traffic
from .access.audit.recorder import AuditRecorder
from .access.audit.seals import Sealer
from .access.audit.signatures import Signer
from .access.credentials.throttle import Throttle
from .access.database import Database
from .access.errors import DatabaseUnavailable
from .access.installation.processes import Presence
from .access.quotas.limiter import UsageLimiter
from .access.quotas.limits import Limits
from .api import make_app
from .api.paging import PageTokens
from .api.services import EXTENSION, Services
from .client_address import ClientAddresses
from .errors import StudioError
from .identity import Identity
from .migrations import refuse_newer
from .mlflow.artifacts import Artifacts
from .mlflow.catalog import Catalog
from .mlflow.reading import Reading
from .mlflow.trash import Deleted
from .mlflow.upstream import Upstream
from .oidc import configured
from .proxy import Proxy
from .serving.dispatch import Dispatcher
from .settings import Settings, load
from .traffic import Traffic, Work
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
    marks = Signer(*settings.mark_keys)
    database = _database(settings, marks)
    trail = AuditRecorder(database)
    meter = UsageLimiter(database, _default_limits(settings))
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
    shares = traffic.PersonShares(settings.max_parallel_calls, places)
    limits = {kind: places.limits(kind) for kind in (Traffic.SCRIPTS, Traffic.PAGES)}
    upstreams = {
        kind: {work: mlflow.within(limit) for work, limit in of_kind.items()}
        for kind, of_kind in limits.items()
    }
    pages = upstreams[Traffic.PAGES][Work.CALLS]
    app = make_app(__version__)
    app.extensions[EXTENSION] = Services(
        settings=settings,
        database=database,
        identity=identity,
        origins=ClientAddresses(settings.trusted_networks),
        trail=trail,
        meter=meter,
        marks=marks,
        presence=Presence(database, access_log.SERVICE, __version__),
        sealer=Sealer(database, marks, retention_days=settings.audit_retention_days),
        catalog=Catalog(pages),
        deleted=Deleted(pages),
        # A zip has one place for all its files.
        artifacts=Artifacts(mlflow),
        file_places={kind: of_kind[Work.FILES] for kind, of_kind in limits.items()},
        reading=Reading(mlflow, places.limit(Traffic.LISTS)),
        readings=traffic.ReadingShares(places),
        shares=shares,
        page_tokens=PageTokens(settings.secret_key.get_secret_value()),
        questions=traffic.questions(settings),
        single_sign_on=single_sign_on,
    )
    proxy = Proxy(settings, identity, upstreams, trail, database, meter, shares)
    dispatcher = Dispatcher(app.wsgi_app, proxy)
    origins = ClientAddresses(settings.trusted_networks)
    app.wsgi_app = access_log.AccessLog(dispatcher, origins)  # type: ignore[method-assign]
    return app


def _default_limits(settings: Settings) -> Limits:
    return Limits(
        storage_mb=settings.quota_storage_mb,
        runs_per_day=settings.quota_runs_per_day,
        requests_per_minute=settings.quota_requests_per_minute,
    )


def _database(settings: Settings, marks: Signer) -> Database:
    database = Database(settings.database_url, marks)
    try:
        # A database that does not answer yet is no reason not to start: it may come.
        with suppress(DatabaseUnavailable):
            refuse_newer(database)
    except StudioError:
        database.close()
        raise
    return database
