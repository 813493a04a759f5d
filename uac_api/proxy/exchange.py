"""One proxied request: the steps that it goes through, in order, and how far it came.

`docs/explanation/architecture.md` has the same steps as a table. What a step finds out stays on the
`Exchange`, so that the log line and the audit trail can tell it, wherever the request ended. What a
step takes (the caller's place, a part of the project's limits, a slot and a connection at MLflow)
goes onto the one `ExitStack` of the request, and nowhere else is anything given back.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from http import HTTPStatus
from typing import Any

from .. import errors
from ..access.audit import events
from ..access.audit.recorder import AuditRecorder
from ..access.credentials.origins import Origin
from ..access.decisions.decide import decide
from ..access.decisions.principals import Grant, Principal
from ..access.decisions.roles import Action
from ..access.quotas.limiter import UsageLimiter
from ..concurrency import ConcurrencyLimit, PersonalLimit
from ..identity import Identity
from ..mlflow import filters
from ..mlflow.server_info import ServerInfo
from ..mlflow.upstream import AWAY_SECONDS, Answer, Kept, Upstream
from ..request_body import is_pending
from ..request_facts import facts_of
from ..settings import Settings
from ..traffic import PersonShares, Traffic, Work, kind_of
from . import browser, project, quotas
from .checks import checks, graphql, one_run
from .checks.one_run import RunFolders
from .checks.references import References
from .effects import authorship
from .effects.default_experiment import DefaultExperiment
from .effects.trace_links import TraceLinks
from .effects.trash import Trash, deletion
from .match import Table
from .request import bodies, spans
from .request.call import Call, read
from .request.messages import Messages
from .responses import answers, audit_target, local_responses, silent, store_errors
from .responses.silent import Silence
from .rules import Check, Rule
from .rules.work import work_of

Body = bytes | Iterable[bytes] | None


@dataclass(frozen=True, slots=True)
class LargeBodies:
    """The places for large bodies: of the whole process, and of each person."""

    of_all: ConcurrencyLimit
    of_each: PersonalLimit


@dataclass(frozen=True, slots=True)
class Parts:
    """What every exchange of a process works with."""

    settings: Settings
    identity: Identity
    upstreams: Mapping[Traffic, Mapping[Work, Upstream]]
    trail: AuditRecorder
    meter: UsageLimiter
    shares: PersonShares
    searches: PersonalLimit
    large_bodies: LargeBodies
    table: Table
    messages: Messages
    server_info: ServerInfo
    references: References
    run_folders: RunFolders
    silence: Silence
    trace_links: TraceLinks
    trash: Trash
    default_experiment: DefaultExperiment
    interface_cookie: str
    public_origin: str


class Exchange:
    """A request and its answer. `resources` owns all that it holds until it is over."""

    def __init__(
        self, parts: Parts, environ: dict[str, Any], origin: Origin, resources: ExitStack
    ) -> None:
        self.environ = environ
        self.facts = facts_of(environ)
        self.request_id = self.facts.request_id
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
        self._found_nothing = False
        self._admission: quotas.Admission | None = None
        self._is_large = False

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
            self.facts.row = self.rule.operation
        if self.principal is not None:
            self.facts.person = self.principal.username
            self.facts.project = self.slug

    @property
    def is_member(self) -> bool:
        """Whether the caller was recognised, and is a member of the project that is named."""
        return self.principal is not None and self.slug in self.principal.grants

    def entry(self, outcome: str, status: int, reason: str = "", about: str = "") -> events.Entry:
        """The audit entry of this request; what it touched is told of members' alone."""
        action = self.rule.action if self.rule else None
        if not self._target and self.call is not None and changes(self.rule) and self.is_member:
            self._target = audit_target.of(self.call)
        return events.Entry(
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
        upstreams = parts.upstreams[kind_of(principal)]
        self._take_place(principal, upstreams[Work.CALLS])
        rule, path_fields = parts.table.match(call)
        call = self.call = replace(call, path_fields=path_fields)
        self.rule = rule
        work = work_of(rule)
        upstream = upstreams[work]
        if changes(rule):
            upstream = upstream.patient()
        if by_cookie:
            browser.check_use(call, rule)
        if rule.action is not None:
            self._judge(principal, call, rule, rule.action)
        self.facts.decision = events.ALLOWED
        self._require_trail(rule)
        if rule.own is not None:
            server_says = partial(parts.server_info.ask, upstream)
            return local_responses.answer(call, rule.own, principal, server_says)
        if is_pending(self.environ):
            self._expect_body(call, rule, principal)
        if work is Work.FILES:
            self._resources.enter_context(parts.shares.hold_file(principal))
        call, body = self._prepare(call, rule, principal, upstream)
        self.call = call
        if Check.FILTER in rule.checks:
            self._resources.enter_context(parts.searches.hold(principal.username))
        kept = None
        if rule.trashed is not None:
            kept = parts.trash.park(upstream, call, rule.trashed, self.slug, principal)
        links = []
        if self._grant is not None:
            links = parts.trace_links.park(upstream, call, rule, self._grant)
        self._found_nothing = parts.silence.finds_nothing(upstream, call, rule, self.slug)
        answer = self._forward(call, rule, body, upstream)
        answer, counted_none = silent.counted(rule, answer)
        self._found_nothing = self._found_nothing or counted_none
        if self._grant is not None:
            # This call has its place at MLflow already.
            again = upstream.within(None)
            parts.trace_links.commit(again, rule, self._grant, links, answer.status)
        parts.trash.commit(kept, answer.status)
        return answer

    def _take_place(self, principal: Principal, upstream: Upstream) -> None:
        """Take one of the person's places; raises TooMany."""
        try:
            self._resources.enter_context(self._parts.shares.hold(principal, self.environ))
        except errors.TooMany as error:
            # The places may be taken by calls that wait for MLflow. A client that came again every
            # second would have come seven times, and given up, before one of them is free.
            if upstream.is_awaited:
                error.retry_after = AWAY_SECONDS
            raise

    def _recognise(self, call: Call) -> tuple[Principal, bool]:
        """Who asks, and whether a browser's cookie says so."""
        parts, authorization = self._parts, call.header("Authorization")
        if authorization is None:
            shown = browser.credential(call, parts.interface_cookie, parts.public_origin)
            if shown is not None:
                return parts.identity.by_interface(shown), True
        return parts.identity.identify(authorization, self._origin), False

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

    def _expect_body(self, call: Call, rule: Rule, principal: Principal) -> None:
        """Refuse a body that is still to come and is too large, or whose sender has slow ones.

        Raises TooLarge or TooMany.
        """
        call.check_length(self._most_bytes(rule, streamed=_is_streamed(call, rule)))
        self._parts.shares.check_slow(principal)

    def _prepare(
        self, call: Call, rule: Rule, principal: Principal, upstream: Upstream
    ) -> tuple[Call, Body]:
        """The call and the body that go to MLflow, once all that they name was looked at."""
        streamed = _is_streamed(call, rule)
        limit = self._most_bytes(rule, streamed=streamed)
        if not streamed and call.has_body:
            call = self.call = call.with_body_read(limit, self._admit_large)
            document: dict[str, Any] = {}
            if rule.spans:
                call = self.call = spans.unpack(call, limit, self._admit_large)
            else:
                bodies.check(call.body or b"", large=rule.large > 0)
                document = call.check_json()
                for name in rule.texts:
                    bodies.check_text(document.get(name))
                # Another's run is a denial, whatever else is wrong with the call.
                one_run.check(call, rule, principal)
                self._parts.messages.check(call, rule, document)
                self._target = audit_target.of(call, document) if changes(rule) else ""
            if self._admission is not None:
                self._admission.take_texts(call.body or b"", document)
            # A large document would otherwise be held twice while MLflow works.
            del document
        elif not call.has_body:
            self._parts.messages.check(call, rule, None)
        if streamed or rule.spans or not call.has_body:
            one_run.check(call, rule, principal)
        self._parts.run_folders.check(upstream, call, rule, principal, self.slug)
        if self._grant is not None:
            default = self._parts.default_experiment
            named_default = default.put_in(upstream, call, rule, self._grant)
            self._says_default = named_default is not call
            call = named_default
        named = [found for check in rule.checks for found in checks.run(call, check, self.slug)]
        self._parts.references.check(upstream, call, rule, self.slug, named)
        if rule.stamp is not None:
            call = authorship.stamp(call, rule.stamp, principal.username)
        if streamed:
            if not call.has_body:
                return call, b""
            pieces = call.stream(limit)
            return call, self._admission.counted(pieces) if self._admission else pieces
        return call, call.body

    def _admit_large(self) -> None:
        """Take one of the few places for large bodies; raises TooMany if none becomes free."""
        if self._is_large or self.principal is None:
            return
        places = self._parts.large_bodies
        self._resources.enter_context(places.of_each.hold(self.principal.username))
        self._resources.enter_context(places.of_all.hold())
        self._is_large = True

    def _most_bytes(self, rule: Rule, *, streamed: bool) -> int:
        if Check.GRAPHQL in rule.checks:
            return graphql.MOST_BYTES
        # Only files pass through MLflow in pieces; it holds every other body in memory.
        if streamed and (rule.form or Check.OWN_ARTIFACTS in rule.checks):
            return self._parts.settings.max_artifact_bytes
        most = self._parts.settings.max_request_bytes
        if streamed:
            return most
        return min(most, rule.large * bodies.MIB if rule.large else bodies.SMALL_BYTES)

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
        )
        if self._says_default and self._grant and answer.status == HTTPStatus.NOT_FOUND:
            self._parts.default_experiment.release_if_gone(upstream.within(None), self._grant)
        if Check.FILTER in rule.checks and answer.status == HTTPStatus.BAD_REQUEST:
            answer = self._with_search_judged(answer)
        return store_errors.told(rule, answer, self.request_id)

    def _with_search_judged(self, answer: Answer) -> Answer:
        """The same answer. Who asked what the database had to end searches alone for a while."""
        content = answer.body.read()
        if self.principal is not None and filters.TOO_SLOW.encode() in content:
            self._parts.searches.restrain(self.principal.username)
        return Answer(answer.status, answer.headers, Kept(content))

    def _record(self, status: int) -> None:
        """Tell limits, log and audit trail that MLflow has answered."""
        done = status < HTTPStatus.BAD_REQUEST
        if self._admission is not None:
            self._admission.end(done=done)
        self.note()
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self.facts.reason = answers.MLFLOW_ERROR
        if changes(self.rule):
            # Metrics, parameters, tags, files and traces come by the thousand.
            repeats = self.rule is not None and self.rule.action is Action.LOG
            # MLflow says 200 also for what is not there.
            reason = silent.REASON if done and self._found_nothing else ""
            outcome = events.ALLOWED if done and not reason else events.FAILED
            self._parts.trail.record(self.entry(outcome, status, reason), repeats=repeats)


def changes(rule: Rule | None) -> bool:
    """Whether a row changes something, so that the audit trail tells it."""
    return rule is not None and rule.action not in (None, Action.READ)


def _is_streamed(call: Call, rule: Rule) -> bool:
    return rule.streamed or (rule.form and call.is_form)


def _upstream_path(call: Call, rule: Rule) -> str:
    return call.path.replace("/api/", "/ajax-api/", 1) if rule.ajax else call.path
