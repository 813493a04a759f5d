"""The door to MLflow: the steps that every proxied request goes through, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any

import structlog

from .. import errors, to_studio
from ..access import audit
from ..access.database import Database
from ..access.decide import decide
from ..access.errors import AccessError
from ..access.meter import Meter
from ..access.principals import Principal
from ..access.roles import Action
from ..access.trail import Trail
from ..access_log import note
from ..identity import Identity
from ..origin import Origins
from ..settings import Settings
from . import (
    answers,
    authorship,
    browser,
    call,
    checks,
    graphql,
    one_run,
    own_answers,
    project,
    quotas,
    spans,
    stored,
    targets,
    trash,
)
from .call import Call
from .default_experiment import DefaultExperiment
from .match import Table
from .references import References
from .rules import Check, Feature, Rule
from .turns import Turns
from .upstream import Answer, Upstream
from .visit import Visit, changes

_log = structlog.get_logger("uac.proxy")
# MLflow's own answer says that it failed.
MLFLOW_FAILED = "mlflow_error"
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
        upstream: Upstream,
        trail: Trail,
        database: Database,
        meter: Meter,
    ) -> None:
        self._settings = settings
        self._identity = identity
        self._upstream = upstream
        self._trail = trail
        self._meter = meter
        self._turns = Turns(settings.max_parallel_calls)
        self._origins = Origins(settings.trusted_networks)
        self._public_origin = browser.origin_of(settings.public_api_url)
        self._table = Table(features=[Feature(name) for name in settings.mlflow_features])
        self._references = References(upstream)
        self._trash = trash.Trash(upstream, database)
        self._default_experiment = DefaultExperiment(upstream)

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Answer one request: judged, forwarded, handed back; or refused in MLflow's shape."""
        visit = Visit(environ, self._origins.of(environ))
        try:
            answer = self._pass(visit)
            surface = visit.rule.surface if visit.rule else None
            content = answers.hand_back(
                answer,
                visit.request_id,
                start_response,
                lambda: self._leave(visit),
                surface,
                visit.admission.headers if visit.admission else (),
            )
        except AccessError as error:
            return self._refuse(visit, errors.from_access(error), start_response)
        except errors.StudioError as error:
            return self._refuse(visit, error, start_response)
        except RecursionError:
            sentence = "The JSON body is nested too deeply. Send a flatter one."
            return self._refuse(visit, errors.BadRequest(sentence), start_response)
        except Exception:
            _log.exception("proxy_failed", request_id=visit.request_id)
            sentence = "Something went wrong in ML Studio. Tell an operator the request id."
            return self._refuse(visit, errors.StudioError(sentence), start_response)
        self._remember(visit, answer.status)
        return content

    def _pass(self, visit: Visit) -> Answer:
        visit.asked = asked = call.read(visit.environ)
        principal, by_cookie = self._recognised(asked, visit)
        visit.principal = principal
        visit.turn = self._turns.take(principal)
        rule, asked.path_fields = self._table.match(asked)
        visit.rule = rule
        if by_cookie:
            browser.check_use(asked, rule)
        if rule.action is not None:
            self._judge(visit, principal, asked, rule, rule.action)
        note(visit.environ, decision=audit.ALLOWED)
        self._require_trail(rule)
        if rule.own is not None:
            answer = own_answers.answer(asked, rule.own, principal, self._upstream)
            if answer is not None:
                return answer
        body = self._body(visit, asked, rule, principal)
        kept = None
        if rule.trashed is not None:
            kept = self._trash.keep(asked, rule.trashed, visit.slug, principal)
        answer = self._forward(visit, asked, rule, body)
        self._trash.settle(kept, answer.status)
        return answer

    def _recognised(self, asked: Call, visit: Visit) -> tuple[Principal, bool]:
        """Who asks, and whether a browser's cookie says so."""
        authorization = asked.header("Authorization")
        session = browser.session(asked, self._public_origin) if authorization is None else None
        if session is None:
            return self._identity.identify(authorization, visit.origin), False
        return self._identity.by_session(session, visit.origin), True

    def _judge(
        self, visit: Visit, principal: Principal, asked: Call, rule: Rule, action: Action
    ) -> None:
        visit.slug = project.named(asked, principal)
        decision = decide(principal, action, visit.slug)
        if not decision.allowed:
            raise errors.refuse(decision)
        one_run.check_row(rule, principal)
        grant = principal.grants[visit.slug]
        visit.admission = quotas.admit(self._meter, grant, rule, asked)

    def _require_trail(self, rule: Rule) -> None:
        if self._settings.audit_required and changes(rule) and self._trail.broken:
            raise errors.Unavailable(
                "The audit trail cannot be written now, and without it nothing is changed. "
                "Reading goes on. Try again in a moment.",
                reason="audit_unavailable",
            )

    def _forward(
        self, visit: Visit, asked: Call, rule: Rule, body: bytes | Iterable[bytes] | None
    ) -> Answer:
        target = f"{_upstream_path(asked, rule)}?{asked.query_string}".rstrip("?")
        answer = self._upstream.send(
            asked.method,
            target,
            workspace=visit.slug or None,
            headers=answers.forwarded(asked, visit.request_id),
            body=body,
            reads=rule.action is Action.READ,
        )
        if answer.status == HTTPStatus.NOT_FOUND:
            self._default_experiment.forget(visit.slug)
        return stored.told(rule, answer, visit.request_id)

    def _leave(self, visit: Visit) -> None:
        turn, visit.turn = visit.turn, None
        if turn is not None:
            self._turns.give_back(turn)

    def _body(
        self, visit: Visit, asked: Call, rule: Rule, principal: Principal
    ) -> bytes | Iterable[bytes] | None:
        slug = visit.slug
        if not rule.streamed and asked.has_body:
            asked.read(self._limit(rule))
            if rule.spans:
                spans.check(asked, self._limit(rule))
            else:
                document = asked.check_json()
                visit.target = targets.of(asked, document) if changes(rule) else ""
                del document
        one_run.check(asked, rule, principal)
        self._default_experiment.put_in(asked, rule, slug)
        named = [found for check in rule.checks for found in checks.run(asked, check, slug)]
        self._references.check(asked, rule, slug, named)
        if rule.stamp is not None:
            authorship.stamp(asked, rule.stamp, principal.username)
        if rule.streamed:
            if not asked.has_body:
                return b""
            pieces = asked.stream(self._limit(rule))
            return visit.admission.counted(pieces) if visit.admission else pieces
        return asked.body

    def _limit(self, rule: Rule) -> int:
        if Check.GRAPHQL in rule.checks:
            return graphql.MOST_BYTES
        # Only artifacts pass through MLflow in pieces; it holds every other body in memory.
        if rule.streamed and Check.OWN_ARTIFACTS in rule.checks:
            return self._settings.max_artifact_bytes
        return self._settings.max_request_bytes

    def _remember(self, visit: Visit, status: int) -> None:
        rule = visit.rule
        if visit.admission is not None:
            visit.admission.end(done=status < HTTPStatus.BAD_REQUEST)
        visit.note()
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            note(visit.environ, reason=MLFLOW_FAILED)
        if changes(rule):
            outcome = audit.ALLOWED if status < HTTPStatus.BAD_REQUEST else audit.FAILED
            # Metrics, parameters, tags, files and traces come by the thousand.
            repeats = rule is not None and rule.action is Action.LOG
            self._trail.record(visit.entry(outcome, status), repeats=repeats)

    def _refuse(
        self, visit: Visit, error: errors.StudioError, start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        self._leave(visit)
        if visit.admission is not None:
            visit.admission.end(done=False)
        visit.note()
        note(visit.environ, reason=error.reason)
        missing = error.status == HTTPStatus.NOT_FOUND
        if errors.is_denial(error) or missing or error.reason in FOREIGN:
            note(visit.environ, decision=audit.DENIED)
            entry = visit.entry(audit.DENIED, error.status, error.reason, error.target)
            self._trail.record(entry, repeats=error.reason in OVER_LIMIT)
        elif changes(visit.rule) and error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            # MLflow may have carried it out before it fell silent.
            self._trail.record(visit.entry(audit.FAILED, error.status, error.reason))
        unknown = error.status == HTTPStatus.UNAUTHORIZED
        if unknown and visit.asked is not None and browser.opens_interface(visit.asked):
            return to_studio.answer(self._settings.public_url, start_response, status=error.status)
        return answers.refusal(error, visit.request_id, start_response)


def _upstream_path(asked: Call, rule: Rule) -> str:
    return asked.path.replace("/api/", "/ajax-api/", 1) if rule.ajax else asked.path
