"""The proxy to MLflow: every proxied request goes through here, judged, forwarded or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from http import HTTPStatus
from typing import Any

import structlog

from .. import errors, studio_redirect
from ..access.audit import events
from ..access.audit.recorder import AuditRecorder
from ..access.database import Database
from ..access.errors import AccessError
from ..access.quotas.limiter import UsageLimiter
from ..client_address import ClientAddresses
from ..concurrency import ConcurrencyLimit, PersonalLimit
from ..identity import Identity
from ..mlflow.server_info import ServerInfo
from ..mlflow.server_version import ServerVersion
from ..mlflow.upstream import Upstream
from ..settings import Settings
from ..traffic import PLACE_SECONDS, PersonShares, Traffic, Work
from . import browser
from .checks.one_run import RunFolders
from .checks.references import References
from .effects.default_experiment import DefaultExperiment
from .effects.trace_links import TraceLinks
from .effects.trash import Trash
from .exchange import Exchange, LargeBodies, Parts, changes
from .match import Table
from .request.messages import Messages
from .responses import answers
from .responses.silent import Silence
from .rules import Feature

_log = structlog.get_logger("uac.proxy")
# A write that names what is another project's is a denial too, whatever its status.
FOREIGN = ("foreign_reference", "foreign_source")
# A person's searches are a quarter of the calls that one credential may have under way.
SEARCHES_SHARE = 4
# How long somebody searches one at a time whose search the database had to end.
RESTRAINED_SECONDS = 60.0
# How many bodies over bodies.SMALL_BYTES are held at once in a process, one of a person at a time,
# and how long others wait.
LARGE_BODIES = 2
LARGE_BODY_WAIT_SECONDS = 10.0
# What is over a limit comes again and again: counted by the minute.
OVER_LIMIT = ("quota_requests", "quota_runs", "quota_storage")


class Proxy:
    """The WSGI application in front of MLflow."""

    def __init__(
        self,
        settings: Settings,
        identity: Identity,
        upstreams: Mapping[Traffic, Mapping[Work, Upstream]],
        trail: AuditRecorder,
        database: Database,
        meter: UsageLimiter,
        shares: PersonShares,
    ) -> None:
        self._public_url = settings.public_url
        # Who waits for a place holds a thread: an eighth of them for each limit at most.
        waiting = max(1, settings.threads // 8)
        self._trail = trail
        self._origins = ClientAddresses(settings.trusted_networks)
        self._parts = Parts(
            settings=settings,
            identity=identity,
            upstreams=upstreams,
            trail=trail,
            meter=meter,
            shares=shares,
            searches=PersonalLimit(
                max(1, settings.max_parallel_calls // SEARCHES_SHARE),
                queue=waiting,
                seconds=PLACE_SECONDS,
                refusal=_too_many_searches,
                restrained=RESTRAINED_SECONDS,
            ),
            large_bodies=LargeBodies(
                ConcurrencyLimit(
                    LARGE_BODIES,
                    queue=waiting,
                    seconds=LARGE_BODY_WAIT_SECONDS,
                    refusal=_too_many_large_bodies,
                ),
                PersonalLimit(
                    1,
                    queue=waiting,
                    seconds=LARGE_BODY_WAIT_SECONDS,
                    refusal=_too_many_large_bodies,
                ),
            ),
            table=Table(
                features=[Feature(name) for name in settings.mlflow_features],
                # Asked once a minute, which takes no place of any kind.
                version=ServerVersion(upstreams[Traffic.SCRIPTS][Work.CALLS].within(None)).current,
            ),
            messages=Messages(),
            server_info=ServerInfo(),
            references=References(),
            run_folders=RunFolders(),
            silence=Silence(),
            trace_links=TraceLinks(database),
            trash=Trash(database),
            default_experiment=DefaultExperiment(database),
            interface_cookie=browser.cookie_name(settings.public_url),
            public_origin=browser.origin_of(settings.public_api_url),
        )

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request: judged, forwarded, handed back; or refused in MLflow's shape.

        One `ExitStack` owns all that the request holds. It is closed on the way out, unless the
        answer is still streaming: then it goes along with it, and the server closes it.
        """
        with ExitStack() as resources:
            exchange = Exchange(self._parts, environ, self._origins.of(environ), resources)
            try:
                response = exchange.respond()
            except Exception as error:
                response = self._refuse(exchange, _explained(error, exchange.request_id))
            start_response(response.status_line, response.headers)
            if not response.streamed:
                return response.content
            body = answers.StreamedBody(response.content)
            # The last thing done here: from now on the body owns what is held.
            body.resources = resources.pop_all()
            return body

    def _refuse(self, exchange: Exchange, error: errors.StudioError) -> answers.Response:
        exchange.note()
        exchange.facts.reason = error.reason
        missing = error.status == HTTPStatus.NOT_FOUND
        if errors.is_denial(error) or missing or error.reason in FOREIGN:
            exchange.facts.decision = events.DENIED
            entry = exchange.entry(events.DENIED, error.status, error.reason, error.target)
            if exchange.is_member:
                self._trail.record(entry, repeats=error.reason in OVER_LIMIT)
            else:
                self._trail.record_stranger(entry)
        elif changes(exchange.rule) and error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # MLflow may have carried it out before it fell silent.
            self._trail.record(exchange.entry(events.FAILED, error.status, error.reason))
        unknown = error.status == HTTPStatus.UNAUTHORIZED
        if unknown and exchange.call is not None and browser.opens_interface(exchange.call):
            page = studio_redirect.page(self._public_url).encode()
            headers = [*studio_redirect.HEADERS.items(), ("Content-Length", str(len(page)))]
            return answers.Response(error.status, headers, [page])
        return answers.refusal(error, exchange.request_id)


def _too_many_searches() -> errors.StudioError:
    return errors.TooMany(
        "Other searches of yours are still under way. Wait for them, or ask for less."
    )


def _too_many_large_bodies() -> errors.StudioError:
    return errors.TooMany(
        f"{LARGE_BODIES} bodies over 1 MiB are under way, or one of yours. Try again in a moment.",
        reason="too_many_large_bodies",
    )


def _explained(error: Exception, request_id: str) -> errors.StudioError:
    """What the client is told of an error; one that nobody foresaw goes to the log."""
    match error:
        case errors.StudioError():
            return error
        case AccessError():
            return errors.from_access(error)
        case RecursionError():
            return errors.BadRequest("The JSON body is nested too deeply. Send a flatter one.")
    _log.error("proxy_failed", request_id=request_id, exc_info=error)
    return errors.StudioError("Something went wrong in ML Studio. Tell an operator the request id.")
