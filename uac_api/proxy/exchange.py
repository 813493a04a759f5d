"""One proxied request: the steps that it goes through, in order, and how far it came.

`docs/architecture.md` has the same steps as a table. What a step finds out stays on the `Exchange`,
so that the log line and the audit trail can tell it, wherever the request ended. What a step takes
(the caller's place, a part of the project's limits, a slot and a connection at MLflow) goes onto
the one `ExitStack` of the request, and nowhere else is anything given back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Any

from .. import errors
from ..access import audit
from ..access.decide import decide
from ..access.meter import Meter
from ..access.origins import Origin
from ..access.principals import Grant, Principal
from ..access.roles import Action
from ..access.trail import Trail
from ..access_log import ENVIRON_ID, note
from ..concurrency import CallerLimit
from ..identity import Identity
from ..settings import Settings
from ..traffic import Traffic, kind_of
from . import (
    answers,
    authorship,
    browser,
    checks,
    graphql,
    one_run,
    own_answers,
    project,
    quotas,
    spans,
    stored,
    targets,
)
from .call import Call, read
from .default_experiment import DefaultExperiment
from .match import Table
from .messages import Messages
from .references import References
from .rules import Check, Rule
from .server_info import ServerInfo
from .trace_links import TraceLinks
from .trash import Trash, deletion
from .upstream import AWAY_SECONDS, Answer, Upstream

Body = bytes | Iterable[bytes] | None


@dataclass(frozen=True, slots=True)
class Parts:
    """What every exchange of a process works with."""

    settings: Settings
    identity: Identity
    upstreams: Mapping[Traffic, Upstream]
    trail: Trail
    meter: Meter
    callers: CallerLimit
    table: Table
    messages: Messages
    server_info: ServerInfo
    references: References
    trace_links: TraceLinks
    trash: Trash
    default_experiment: DefaultExperiment
    public_origin: str


class Exchange:
    """A request and its answer. `resources` owns all that it holds until it is over."""

    def __init__(
        self, parts: Parts, environ: dict[str, Any], origin: Origin, resources: ExitStack
    ) -> None:
        self.environ = environ
        self.request_id = str(environ[ENVIRON_ID])
        self.call: Call | None = None
        self.principal: Principal | None = None
        self.rule: Rule | None = None
        self.slug = ""
        self._parts = parts
        self._origin = origin
        self._resources = resources
        self._target = ""
        self._grant: Grant | None = None
        self._says_default = False
        self._admission: quotas.Admission | None = None

    def respond(self) -> answers.Response:
        """The answer of MLflow, or ours in its place; raises StudioError or AccessError."""
        try:
            answer = self._pass()
        except errors.Unsent as error:
            # Also where a question of our own before the change was not sent.
            if changes(self.rule):
                raise errors.NotForwarded(error) from error
            raise
        surface = self.rule.surface if self.rule else None
        warnings = self._admission.headers if self._admission else ()
        response = answers.of_mlflow(answer, self.request_id, surface, warnings)
        self._record(answer.status)
        return response

    def note(self) -> None:
        """Tell the log line what is known."""
        if self.rule is not None:
            note(self.environ, row=self.rule.operation)
        if self.principal is not None:
            note(self.environ, person=self.principal.username, project=self.slug)

    def entry(self, outcome: str, status: int, reason: str = "", about: str = "") -> audit.Entry:
        """The audit entry of this request."""
        action = self.rule.action if self.rule else None
        if not self._target and self.call is not None and changes(self.rule):
            self._target = targets.of(self.call)
        return audit.Entry(
            operation=self.rule.operation if self.rule else "unknown request",
            outcome=outcome,
            user=self.principal.username if self.principal else "",
            token=self.principal.token_id if self.principal else "",
            project=self.slug,
            action=action or "",
            target=about or self._target,
            reason=reason,
            status=status,
            request_id=self.request_id,
            address=self._origin.address,
        )

    def _pass(self) -> Answer:
        parts = self._parts
        call = self.call = read(self.environ)
        principal, by_cookie = self._recognise(call)
        self.principal = principal
        upstream = parts.upstreams[kind_of(principal)]
        self._take_place(principal, upstream)
        rule, call.path_fields = parts.table.match(call)
        self.rule = rule
        if by_cookie:
            browser.check_use(call, rule)
        if rule.action is not None:
            self._judge(principal, call, rule, rule.action)
        note(self.environ, decision=audit.ALLOWED)
        self._require_trail(rule)
        if rule.own is not None:
            server_says = partial(parts.server_info.ask, upstream)
            return own_answers.answer(call, rule.own, principal, server_says)
        body = self._prepare(call, rule, principal, upstream)
        kept = None
        if rule.trashed is not None:
            kept = parts.trash.keep(upstream, call, rule.trashed, self.slug, principal)
        links = []
        if self._grant is not None:
            links = parts.trace_links.keep(upstream, call, rule, self._grant)
        answer = self._forward(call, rule, body, upstream)
        if self._grant is not None:
            # This call has its place at MLflow already.
            again = upstream.within(None)
            parts.trace_links.settle(again, rule, self._grant, links, answer.status)
        parts.trash.settle(kept, answer.status)
        return answer

    def _take_place(self, principal: Principal, upstream: Upstream) -> None:
        """Take one of the caller's places; raises TooMany."""
        try:
            self._resources.enter_context(self._parts.callers.hold(principal))
        except errors.TooMany as error:
            # The places may be taken by calls that wait for MLflow. A client that came again every
            # second would have come seven times, and given up, before one of them is free.
            if upstream.is_awaited:
                error.retry_after = AWAY_SECONDS
            raise

    def _recognise(self, call: Call) -> tuple[Principal, bool]:
        """Who asks, and whether a browser's cookie says so."""
        identity, authorization = self._parts.identity, call.header("Authorization")
        if authorization is None:
            session = browser.session(call, self._parts.public_origin)
            if session is not None:
                return identity.by_session(session, self._origin), True
        return identity.identify(authorization, self._origin), False

    def _judge(self, principal: Principal, call: Call, rule: Rule, action: Action) -> None:
        self.slug = project.named(call, principal)
        decision = decide(principal, action, self.slug)
        if not decision.allowed:
            raise errors.refuse(decision)
        one_run.check_row(rule, principal)
        grant = self._grant = principal.grants[self.slug]
        admission = self._admission = quotas.admit(self._parts.meter, grant, rule, call)
        if admission is not None:
            # Whatever was not done when the request is over has not happened.
            self._resources.callback(admission.end, done=False)

    def _require_trail(self, rule: Rule) -> None:
        if self._parts.settings.audit_required and changes(rule) and self._parts.trail.broken:
            raise errors.Unavailable(
                "The audit trail cannot be written now, and without it nothing is changed. "
                "Reading goes on. Try again in a moment.",
                reason="audit_unavailable",
            )

    def _prepare(self, call: Call, rule: Rule, principal: Principal, upstream: Upstream) -> Body:
        """The body that goes to MLflow, once all that it names was looked at."""
        streamed = rule.streamed or (rule.form and call.is_form)
        limit = self._most_bytes(rule, streamed=streamed)
        if not streamed and call.has_body:
            call.read(limit)
            if rule.spans:
                spans.check(call, limit)
            else:
                document = call.check_json()
                self._parts.messages.check(call, rule, document)
                self._target = targets.of(call, document) if changes(rule) else ""
                # A large document would otherwise be held twice while MLflow works.
                del document
        elif not call.has_body:
            self._parts.messages.check(call, rule, None)
        one_run.check(call, rule, principal)
        if self._grant is not None:
            default = self._parts.default_experiment
            self._says_default = default.put_in(upstream, call, rule, self._grant)
        named = [found for check in rule.checks for found in checks.run(call, check, self.slug)]
        self._parts.references.check(upstream, call, rule, self.slug, named)
        if rule.stamp is not None:
            authorship.stamp(call, rule.stamp, principal.username)
        if streamed:
            if not call.has_body:
                return b""
            pieces = call.stream(limit)
            return self._admission.counted(pieces) if self._admission else pieces
        return call.body

    def _most_bytes(self, rule: Rule, *, streamed: bool) -> int:
        if Check.GRAPHQL in rule.checks:
            return graphql.MOST_BYTES
        # Only files pass through MLflow in pieces; it holds every other body in memory.
        if streamed and (rule.form or Check.OWN_ARTIFACTS in rule.checks):
            return self._parts.settings.max_artifact_bytes
        return self._parts.settings.max_request_bytes

    def _forward(self, call: Call, rule: Rule, body: Body, upstream: Upstream) -> Answer:
        answer = upstream.send(
            call.method,
            deletion(call, rule.trashed)
            or f"{_upstream_path(call, rule)}?{call.query_string}".rstrip("?"),
            resources=self._resources,
            workspace=self.slug or None,
            headers=answers.forwarded(call, self.request_id),
            body=body,
            reads=rule.action is Action.READ,
            waits=changes(rule),
        )
        if self._says_default and self._grant and answer.status == HTTPStatus.NOT_FOUND:
            self._parts.default_experiment.release_if_gone(upstream.within(None), self._grant)
        return stored.told(rule, answer, self.request_id)

    def _record(self, status: int) -> None:
        """Tell limits, log and audit trail that MLflow has answered."""
        done = status < HTTPStatus.BAD_REQUEST
        if self._admission is not None:
            self._admission.end(done=done)
        self.note()
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            note(self.environ, reason=answers.MLFLOW_ERROR)
        if changes(self.rule):
            # Metrics, parameters, tags, files and traces come by the thousand.
            repeats = self.rule is not None and self.rule.action is Action.LOG
            entry = self.entry(audit.ALLOWED if done else audit.FAILED, status)
            self._parts.trail.record(entry, repeats=repeats)


def changes(rule: Rule | None) -> bool:
    """Whether a row changes something, so that the audit trail tells it."""
    return rule is not None and rule.action not in (None, Action.READ)


def _upstream_path(call: Call, rule: Rule) -> str:
    return call.path.replace("/api/", "/ajax-api/", 1) if rule.ajax else call.path
