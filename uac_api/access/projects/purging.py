"""What the purge does in the UAC database: claims a project, empties it, leaves a tombstone."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session, defer

from ..models import (
    AccessRequest,
    Invitation,
    Member,
    MemberGroup,
    Project,
    Quota,
    ServiceAccount,
    Token,
    TraceLink,
    TrashItem,
    Usage,
    UsageCount,
    User,
    View,
    now,
)
from .trash import LEAVING

# Every table whose rows belong to one project and go with it; a test compares this list with the
# foreign keys of the database. Audit events hold names and stay.
BELONGINGS = (
    TrashItem,
    TraceLink,
    View,
    Quota,
    Usage,
    UsageCount,
    AccessRequest,
    Invitation,
    ServiceAccount,
    Token,
    MemberGroup,
    Member,
)


def due(session: Session, until: datetime) -> list[str]:
    """Slugs of the projects that were deleted before `until`, or that a purge has begun with."""
    before = (Project.deleted_at <= until) & Project.purged_at.is_(None)
    begun = Project.purged_at.is_not(None) & (Project.name != "")
    wanted = select(Project.slug).where(or_(before, begun)).order_by(Project.slug)
    return list(session.scalars(wanted))


def claim(session: Session, slug: str, until: datetime) -> bool:
    """Make the project one that nobody can restore; False if somebody just has."""
    project = session.scalar(select(Project).where(Project.slug == slug).with_for_update())
    if project is None or project.deleted_at is None:
        return False
    if project.purged_at is None:
        if project.deleted_at > until:
            return False
        project.purged_at = now()
    return True


def bury(session: Session, slug: str) -> None:
    """Delete what hangs on a claimed project; its row stays, so that its slug stays taken."""
    project = session.scalars(select(Project).where(Project.slug == slug)).one()
    accounts = select(ServiceAccount.user_id).where(ServiceAccount.project_id == project.id)
    users = list(session.scalars(accounts))
    # Their rows stay too, as the trail names them, and nobody may take their names.
    session.execute(update(User).where(User.id.in_(users)).values(disabled=True))
    session.execute(delete(Token).where(Token.user_id.in_(users)))
    for table in BELONGINGS:
        session.execute(delete(table).where(table.project_id == project.id))
    project.name = project.description = ""


def models_due(session: Session, until: datetime) -> list[TrashItem]:
    """Kept models and versions of living projects whose time is over, without their content."""
    wanted = (
        select(TrashItem)
        .options(defer(TrashItem.content))
        .join(Project, Project.id == TrashItem.project_id)
        .where(
            TrashItem.deleted_at <= until, TrashItem.kind != LEAVING, Project.deleted_at.is_(None)
        )
    )
    return list(session.scalars(wanted.order_by(TrashItem.id)))


def drop_model(session: Session, item_id: int) -> dict[str, Any] | None:
    """Delete one of them: what it held; None if it is being restored, or was.

    Whoever restores it waits until the transaction ends.
    """
    mine = TrashItem.id == item_id, TrashItem.kind != LEAVING
    content = session.scalar(select(TrashItem.content).where(*mine))
    deleted = session.execute(delete(TrashItem).where(*mine))
    if content is None or not deleted.rowcount:  # type: ignore[attr-defined]  # of a DELETE
        return None
    kept: dict[str, Any] = json.loads(content)
    return kept


def kept_texts(session: Session, project_id: int) -> list[str]:
    """What the trash holds of a project, as it is kept."""
    wanted = select(TrashItem.content).where(TrashItem.project_id == project_id)
    return list(session.scalars(wanted))
