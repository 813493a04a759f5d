"""The door to MLflow: every proxied request goes through here, judged, forwarded or refused."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from http import HTTPStatus
from typing import Any

import structlog

from .. import errors, to_studio
from ..access import audit
from ..access.database import Database
from ..access.errors import AccessError
from ..access.meter import Meter
from ..access.trail import Trail
from ..access_log import note
from ..concurrency import CallerLimit
from ..identity import Identity
from ..origin import Origins
from ..settings import Settings
from ..traffic import Traffic
from . import answers, browser
from .default_experiment import DefaultExperiment
from .exchange import Exchange, Parts, changes
from .match import Table
from .messages import Messages
from .references import References
from .rules import Feature
from .server_info import ServerInfo
from .server_version import ServerVersion
from .trace_links import TraceLinks
from .trash import Trash
from .upstream import Upstream

_log = structlog.get_logger("uac.proxy")
# A write that names what is another project's is a denial too, whatever its status.
FOREIGN = ("foreign_reference", "foreign_source")
# What is over a limit comes again and again: counted by the minute.
OVER_LIMIT = ("quota_requests", "quota_runs", "quota_storage")


class Door:
    """The WSGI application in front of MLflow."""

    def __init__(
        self,
        settings: Settings,
        identity: Identity,
        upstreams: Mapping[Traffic, Upstream],
        trail: Trail,
        database: Database,
        meter: Meter,
    ) -> None:
        self._public_url = settings.public_url
        self._trail = trail
        self._origins = Origins(settings.trusted_networks)
        self._parts = Parts(
            settings=settings,
            identity=identity,
            upstreams=upstreams,
            trail=trail,
            meter=meter,
            callers=CallerLimit(settings.max_parallel_calls),
            table=Table(
                features=[Feature(name) for name in settings.mlflow_features],
                # Asked once a minute, which takes no place of any kind.
                version=ServerVersion(upstreams[Traffic.SCRIPTS].within(None)).current,
            ),
            messages=Messages(),
            server_info=ServerInfo(),
            references=References(),
            trace_links=TraceLinks(database),
            trash=Trash(database),
            default_experiment=DefaultExperiment(database),
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
        note(exchange.environ, reason=error.reason)
        missing = error.status == HTTPStatus.NOT_FOUND
        if errors.is_denial(error) or missing or error.reason in FOREIGN:
            note(exchange.environ, decision=audit.DENIED)
            entry = exchange.entry(audit.DENIED, error.status, error.reason, error.target)
            self._trail.record(entry, repeats=error.reason in OVER_LIMIT)
        elif changes(exchange.rule) and error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # MLflow may have carried it out before it fell silent.
            self._trail.record(exchange.entry(audit.FAILED, error.status, error.reason))
        unknown = error.status == HTTPStatus.UNAUTHORIZED
        if unknown and exchange.call is not None and browser.opens_interface(exchange.call):
            page = to_studio.page(self._public_url).encode()
            headers = [*to_studio.HEADERS.items(), ("Content-Length", str(len(page)))]
            return answers.Response(error.status, headers, [page])
        return answers.refusal(error, exchange.request_id)


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
