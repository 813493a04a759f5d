"""The UAC API: the only door to MLflow. This module wires it, nothing else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from flask_openapi3 import OpenAPI

from . import access_log
from .access.database import Database
from .access.trail import Trail
from .api import make_app
from .api.paging import PageTokens
from .api.services import EXTENSION, Services
from .doors import Doors
from .identity import Identity
from .oidc import configured
from .proxy import Door
from .proxy.catalog import Catalog
from .proxy.lists import THREADS, Lists
from .proxy.upstream import Upstream
from .settings import Settings, load
from .version import __version__

# Threads that calls to MLflow never take: for signing in, the probes and the lists.
SPARE_THREADS = 4


def create_app(settings: Settings | None = None) -> OpenAPI:
    """The WSGI application; raises SettingsError when the environment is not fit.

    Requests under /studio/v1, /healthz and /readyz are Flask's, everything else goes to MLflow.
    """
    settings = settings or load()
    access_log.configure(settings.log_level)
    database = Database(settings.database_url)
    trail = Trail(database)
    single_sign_on = configured(settings)
    identity = Identity(database, trail, single_sign_on)
    upstream = Upstream(
        settings.upstream_url,
        settings.upstream_secret.get_secret_value(),
        timeout=settings.upstream_timeout_seconds,
        connections=max(1, settings.threads - SPARE_THREADS),
    )
    app = make_app(__version__)
    app.extensions[EXTENSION] = Services(
        settings=settings,
        database=database,
        identity=identity,
        trail=trail,
        catalog=Catalog(upstream),
        lists=Lists(upstream, ThreadPoolExecutor(THREADS, thread_name_prefix="lists")),
        page_tokens=PageTokens(settings.secret_key.get_secret_value()),
        single_sign_on=single_sign_on,
    )
    door = Door(settings, identity, upstream, trail)
    app.wsgi_app = access_log.AccessLog(Doors(app.wsgi_app, door))  # type: ignore[method-assign]
    return app
