"""What the people's door works with, and the question every operation begins with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, cast

from flask import current_app, g, request
from sqlalchemy.orm import Session

from ..access import audit
from ..access.database import Database
from ..access.decide import allow
from ..access.marks import Marks
from ..access.meter import Meter
from ..access.origins import Origin
from ..access.principals import Principal
from ..access.seals import Sealer
from ..access.trail import Trail
from ..access_log import ENVIRON_ID, note
from ..errors import refuse
from ..identity import Identity
from ..oidc import SingleSignOn
from ..origin import Origins
from ..settings import Settings
from .paging import PageTokens

EXTENSION = "studio"
Rows = list[dict[str, Any]]


class Catalog(Protocol):
    """What this door needs of MLflow; `proxy.catalog` provides it."""

    def ping(self) -> None:
        """Raise a StudioError unless MLflow is fit for use."""

    @property
    def table_versions(self) -> tuple[str, ...]:
        """The versions of MLflow that the table was made for, oldest first."""

    def version(self) -> str:
        """MLflow's version as it says itself."""

    def check_version(self) -> None:
        """Raise a StudioError unless MLflow is of a version that the table was made for."""

    def open_project(self, slug: str) -> None:
        """Make MLflow's side of a new project."""

    def run_id(self, slug: str, asked: str) -> str | None:
        """The id of a run of the project as MLflow writes it, or None."""


class Deleted(Protocol):
    """What MLflow has of a project's trash; `proxy.deleted` provides it."""

    def page(self, slug: str, kind: str, *, after: tuple[int, str] | None, limit: int) -> Rows:
        """Deleted runs or experiments, those deleted last first."""

    def restore(self, slug: str, kind: str, identity: str) -> str:
        """Bring a run or an experiment back: its name."""

    def restore_model(self, slug: str, content: Mapping[str, Any]) -> list[str]:
        """Put a model or a version back: the aliases that name another version now."""

    def is_gone(self, slug: str, content: Mapping[str, Any]) -> bool:
        """Whether MLflow has deleted just this thing."""


class Lists(Protocol):
    """Lists over several projects; `proxy.lists` provides them."""

    def page(
        self,
        what: str,
        projects: Iterable[str],
        *,
        query: str,
        condition: str,
        order: str,
        limit: int,
        after: Any,
    ) -> tuple[Rows, Any]:
        """Rows of several projects, newest first, and where to go on."""


@dataclass(frozen=True, slots=True)
class Services:
    """Wired once by create_app."""

    settings: Settings
    database: Database
    identity: Identity
    origins: Origins
    trail: Trail
    meter: Meter
    marks: Marks
    sealer: Sealer
    catalog: Catalog
    deleted: Deleted
    lists: Lists
    page_tokens: PageTokens
    single_sign_on: SingleSignOn | None = None


def services() -> Services:
    """The services of the running application."""
    return cast(Services, current_app.extensions[EXTENSION])


def require(operation: str, slug: str | None = None) -> Principal:
    """The principal, if the operation is allowed; raises the refusal otherwise."""
    begin(operation, slug or "")
    if "principal" not in g:
        g.principal = services().identity.identify(
            request.headers.get("Authorization"), here_from()
        )
        note(request.environ, person=g.principal.username)
    principal = cast(Principal, g.principal)
    decision = allow(principal, operation, slug)
    if not decision.allowed:
        raise refuse(decision)
    note(request.environ, decision=audit.ALLOWED)
    return principal


def begin(operation: str, slug: str = "") -> None:
    """Name the current operation, for the log, the metrics and the audit trail."""
    g.operation, g.slug = operation, slug
    note(request.environ, row=operation, project=slug)


def here_from() -> Origin:
    """Where the current request comes from."""
    return services().origins.of(request.environ)


def request_id() -> str:
    """The id of this request, as in the log and in X-Request-ID."""
    return str(request.environ[ENVIRON_ID])


def entry(outcome: str, *, target: str = "", status: int = 0, reason: str = "") -> audit.Entry:
    """An audit entry of the current request."""
    principal = g.get("principal")
    return audit.Entry(
        operation=g.get("operation", ""),
        outcome=outcome,
        user=principal.username if principal else "",
        token=principal.token_id if principal else "",
        project=g.get("slug", ""),
        target=target,
        reason=reason,
        status=status,
        request_id=request_id(),
        address=here_from().address,
    )


def record(session: Session, target: str, *, status: int = 200) -> None:
    """Write that the current operation was done, in the same transaction as its effect."""
    audit.write(session, [entry(audit.ALLOWED, target=target, status=status)])
