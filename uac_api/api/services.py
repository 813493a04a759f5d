"""What the management API works with, and the question every operation begins with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, cast

from flask import Response, current_app, g, request
from sqlalchemy.orm import Session

from ..access.audit import events
from ..access.audit.recorder import AuditRecorder
from ..access.audit.seals import Sealer
from ..access.audit.signatures import Signer
from ..access.credentials.origins import Origin
from ..access.database import Database
from ..access.decisions.decide import allow
from ..access.decisions.operations import LONG, SENIOR
from ..access.decisions.principals import Principal
from ..access.decisions.roles import Role
from ..access.installation.processes import Presence
from ..access.quotas.limiter import UsageLimiter
from ..client_address import ClientAddresses
from ..concurrency import ConcurrencyLimit
from ..errors import BadRequest, TooSlow, refuse
from ..identity import Identity
from ..mlflow.artifacts import Artifacts
from ..mlflow.catalog import Catalog
from ..mlflow.reading import MOST_WORKSPACES, Reading
from ..mlflow.trash import Deleted
from ..oidc import SingleSignOn
from ..request_facts import facts_of
from ..settings import Settings
from ..traffic import PersonShares, ReadingShares, Traffic
from .paging import PageTokens

EXTENSION = "studio"
Rows = list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Services:
    """Wired once by create_app."""

    settings: Settings
    database: Database
    identity: Identity
    origins: ClientAddresses
    trail: AuditRecorder
    meter: UsageLimiter
    marks: Signer
    presence: Presence
    sealer: Sealer
    catalog: Catalog
    deleted: Deleted
    artifacts: Artifacts
    file_places: Mapping[Traffic, ConcurrencyLimit]
    reading: Reading
    readings: ReadingShares
    shares: PersonShares
    page_tokens: PageTokens
    questions: ConcurrencyLimit
    single_sign_on: SingleSignOn | None = None


def services() -> Services:
    """The services of the running application."""
    return cast(Services, current_app.extensions[EXTENSION])


def require(operation: str, slug: str | None = None) -> Principal:
    """The principal, if the operation is allowed; raises the refusal otherwise."""
    begin(operation, slug or "")
    principal = recognize()
    require_besides(principal, operation, slug)
    facts_of(request.environ).decision = events.ALLOWED
    if operation in LONG and "place" not in g:
        g.place = ExitStack()
        g.place.enter_context(services().questions.hold())
    return principal


def named_projects(principal: Principal, named: Sequence[str]) -> list[str]:
    """The projects that are named, or all of the caller's; nothing is decided yet.

    Raises BadRequest for more than the reading room takes at once.
    """
    slugs = list(named) or sorted(principal.grants)
    if len(slugs) > MOST_WORKSPACES:
        raise BadRequest(
            f"You may read {len(slugs):,} projects. Name at most {MOST_WORKSPACES:,} of them.",
            reason="projects",
        )
    return slugs


@contextmanager
def restraining(principal: Principal) -> Iterator[None]:
    """Who asked what the database had to end reads alone for a while."""
    try:
        yield
    except TooSlow:
        services().readings.restrain(principal.username)
        raise


def release(_error: BaseException | None = None) -> None:
    """Give back what the request held; Flask calls it when the request is over."""
    if (place := g.pop("place", None)) is not None:
        place.close()


def require_senior(principal: Principal, role: Role, operation: str, slug: str) -> None:
    """Raise the refusal unless the principal may give this role, which needs `operation` besides.

    The trail names the operation that was begun, whatever the role.
    """
    if role in SENIOR:
        require_besides(principal, operation, slug)


def require_besides(principal: Principal, operation: str, slug: str | None) -> None:
    """Raise the refusal unless the principal may do this, too; the trail names what was begun."""
    decision = allow(principal, operation, slug)
    if not decision.allowed:
        raise refuse(decision)


def recognize() -> Principal:
    """Who asks, with a place of theirs until the request ends.

    Raises WrongCredentials, or TooMany.
    """
    if "principal" not in g:
        here = services()
        g.principal = here.identity.identify(request.headers.get("Authorization"), origin())
        facts_of(request.environ).person = g.principal.username
        hold(here.shares.hold(g.principal, request.environ))
    return cast(Principal, g.principal)


def hold(place: AbstractContextManager[None]) -> None:
    """Hold something until the answer has gone out."""
    resources().enter_context(place)


def resources() -> ExitStack:
    """What the request holds until its answer has gone out."""
    if "resources" not in g:
        g.resources = ExitStack()
    return cast(ExitStack, g.resources)


def hand_over(response: Response) -> Response:
    """Let the response own what the request holds; Flask calls it when there is one."""
    if "resources" in g:
        response.call_on_close(g.resources.pop_all().close)
    return response


def give_back(_error: BaseException | None) -> None:
    """Give back what no response owns; Flask calls it at the end of every request."""
    if "resources" in g:
        g.resources.close()


def begin(operation: str, slug: str = "") -> None:
    """Name the current operation, for the log, the metrics and the audit trail."""
    g.operation, g.slug = operation, slug
    facts_of(request.environ).row = operation
    facts_of(request.environ).project = slug


def origin() -> Origin:
    """Where the current request comes from."""
    return services().origins.of(request.environ)


def is_member() -> bool:
    """Whether the caller was recognised, and is a member of the project that is named."""
    principal = cast(Principal | None, g.get("principal"))
    return principal is not None and g.get("slug", "") in principal.grants


def request_id() -> str:
    """The id of this request, as in the log and in X-Request-ID."""
    return facts_of(request.environ).request_id


def entry(outcome: str, *, target: str = "", status: int = 0, reason: str = "") -> events.Entry:
    """An audit entry of the current request."""
    principal = g.get("principal")
    return events.Entry(
        operation=g.get("operation", ""),
        outcome=outcome,
        user=principal.username if principal else "",
        token=principal.token_id if principal else "",
        project=g.get("slug", ""),
        target=target,
        reason=reason,
        status=status,
        request_id=request_id(),
        address=origin().address,
    )


def record(session: Session, target: str, *, status: int = 200) -> None:
    """Write that the current operation was done, in the same transaction as its effect."""
    events.write(session, [entry(events.ALLOWED, target=target, status=status)])
