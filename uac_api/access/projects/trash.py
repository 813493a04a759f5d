"""What MLflow deletes at once, kept for a while: models, prompts, skills, their versions.

An item is `leaving` while MLflow is asked to delete it, and again while it is put back: a process
that dies in between leaves an item that is settled later by looking (`unsettled`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, defer

from ..audit import events
from ..errors import NotFound
from ..models import Event, TrashItem, now

LEAVING = "leaving"
GONE, GONE_REASON = (
    "This is not in the trash. It was restored, or its time is over.",
    "not_in_trash",
)
Position = tuple[datetime, int]


def put(session: Session, project_id: int, content: Mapping[str, Any], *, deleted_by: str) -> int:
    """Keep what is about to be deleted, as `leaving`; the item's id."""
    item = TrashItem(
        project_id=project_id,
        kind=LEAVING,
        name=_name(content),
        content=json.dumps(content),
        deleted_by=deleted_by,
    )
    session.add(item)
    session.flush()
    return item.id


def commit(session: Session, item_id: int, *, gone: bool) -> None:
    """It is deleted and in the trash, or it was not deleted and needs none."""
    if not gone:
        session.execute(delete(TrashItem).where(TrashItem.id == item_id))
        return
    item = session.get(TrashItem, item_id)
    if item is not None:
        item.kind = str(json.loads(item.content)["what"])


def claim(session: Session, project_id: int, item_id: int) -> dict[str, Any]:
    """The content of an item that is to be put back now; of two who claim it one gets NotFound."""
    ours = TrashItem.id == item_id, TrashItem.project_id == project_id
    mine = session.execute(
        update(TrashItem).where(*ours, TrashItem.kind != LEAVING).values(kind=LEAVING)
    )
    if not mine.rowcount:  # type: ignore[attr-defined]  # of an UPDATE
        raise NotFound(GONE, reason=GONE_REASON)
    content: dict[str, Any] = json.loads(
        session.scalars(select(TrashItem.content).where(*ours)).one()
    )
    return content


def page(
    session: Session, project_id: int, *, after: Position | None, limit: int
) -> list[TrashItem]:
    """The items of a project, those deleted last first, without their content."""
    of_project = TrashItem.project_id == project_id, TrashItem.kind != LEAVING
    wanted = select(TrashItem).options(defer(TrashItem.content)).where(*of_project)
    if after is not None:
        at, item_id = after
        same = (TrashItem.deleted_at == at) & (TrashItem.id < item_id)
        wanted = wanted.where((TrashItem.deleted_at < at) | same)
    wanted = wanted.order_by(TrashItem.deleted_at.desc(), TrashItem.id.desc()).limit(limit)
    return list(session.scalars(wanted))


def unsettled(session: Session, project_id: int, *, since: timedelta) -> list[TrashItem]:
    """What has been leaving for longer than any call takes."""
    old = TrashItem.deleted_at < now() - since
    return list(
        session.scalars(
            select(TrashItem).where(
                TrashItem.project_id == project_id, TrashItem.kind == LEAVING, old
            )
        )
    )


def who_deleted(
    session: Session, slug: str, targets: Mapping[str, str], between: tuple[datetime, datetime]
) -> dict[str, str]:
    """By id, who deleted it last, as the audit trail tells; `targets` are its words for the ids."""
    found = session.execute(
        select(Event.target, Event.user)
        .where(
            Event.project == slug,
            Event.at.between(*between),
            Event.target.in_(targets.values()),
            Event.operation.endswith("/delete"),
            Event.outcome == events.ALLOWED,
        )
        .order_by(Event.id)
    )
    said = {row.target: row.user for row in found}
    return {one: said[target] for one, target in targets.items() if target in said}


def _name(content: Mapping[str, Any]) -> str:
    version = content.get("version")
    return content["name"] if version is None else f"{content['name']}, version {version}"
