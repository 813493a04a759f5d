"""Numbers of the whole installation, for metrics and the System page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..models import (
    AccessRequest,
    Group,
    Kind,
    Project,
    Token,
    Usage,
    UsageCount,
    User,
    UserSession,
    now,
)
from ..quotas import usage

EXPIRING_DAYS = 14


@dataclass(frozen=True, slots=True)
class Figures:
    """How much there is of everything."""

    people: int
    service_accounts: int
    groups: int
    projects: int
    sessions: int
    tokens: int
    tokens_expiring: int
    open_requests: int
    storage_bytes: int
    runs_today: int


def read(session: Session) -> Figures:
    """The numbers as they are now, in one statement."""
    moment = now()
    live_token = Token.expires_at.is_(None) | (Token.expires_at > moment)
    soon = Token.expires_at.between(moment, moment + timedelta(days=EXPIRING_DAYS))
    # A sum of integers is a decimal number in MySQL and PostgreSQL, and nothing where no row is.
    counted = UsageCount.what == usage.What.RUNS, UsageCount.period == usage.day_of(moment)
    wanted = {
        "people": select(func.count()).where(User.kind == Kind.PERSON, ~User.disabled),
        "service_accounts": select(func.count()).where(User.kind == Kind.SERVICE, ~User.disabled),
        "groups": select(func.count()).select_from(Group),
        "projects": select(func.count()).where(Project.deleted_at.is_(None)),
        "sessions": select(func.count()).where(UserSession.expires_at > moment),
        "tokens": select(func.count()).where(live_token),
        "tokens_expiring": select(func.count()).where(soon),
        "open_requests": select(func.count()).where(AccessRequest.outcome == ""),
        "storage_bytes": select(func.coalesce(func.sum(Usage.storage_bytes), 0)),
        "runs_today": select(func.coalesce(func.sum(UsageCount.count), 0)).where(*counted),
    }
    columns = (query.scalar_subquery().label(name) for name, query in wanted.items())
    row = session.execute(select(*columns)).one()
    return Figures(**{name: int(value) for name, value in row._mapping.items()})
