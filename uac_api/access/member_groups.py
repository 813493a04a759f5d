"""Which groups are in a project, and with which role."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from . import grants, owners
from .errors import NotFound
from .grants import Terms
from .models import Group, MemberGroup, Project


def listed(session: Session, project: Project) -> list[MemberGroup]:
    """The project's groups by name."""
    return list(
        session.scalars(
            select(MemberGroup)
            .join(Group)
            .where(MemberGroup.project_id == project.id)
            .order_by(Group.name)
        )
    )


def get(session: Session, project: Project, group: Group) -> MemberGroup:
    """The group's place in the project; raises NotFound."""
    found = _find(session, project, group)
    if found is None:
        raise NotFound(_missing(group), reason="no_such_member")
    return found


def put(
    session: Session, project: Project, group: Group, terms: Terms, *, expected: int | None = None
) -> tuple[MemberGroup, bool]:
    """Give everybody in the group that role, and say whether the group is new.

    The caller holds the locks of the group and of the project, taken in this order.
    Raises Invalid, Stale or LastOwner.
    """
    found = _find(session, project, group)
    grants.require_version(found, expected, group.name)
    if found is None:
        found = MemberGroup(project_id=project.id, group=group)
        grants.apply(found, terms)
        session.add(found)
        session.flush()
        return found, True
    with owners.kept(session, [project.id]):
        if grants.apply(found, terms):
            found.version += 1
    return found, False


def remove(
    session: Session, project: Project, group: Group, *, expected: int | None = None
) -> None:
    """Take the group out of the project; raises NotFound, Stale or LastOwner."""
    found = get(session, project, group)
    grants.require_version(found, expected, group.name)
    with owners.kept(session, [project.id]):
        session.delete(found)


def _find(session: Session, project: Project, group: Group) -> MemberGroup | None:
    return session.scalar(
        select(MemberGroup).where(
            MemberGroup.project_id == project.id, MemberGroup.group_id == group.id
        )
    )


def _missing(group: Group) -> str:
    return f"The group '{group.name}' has no role in this project."
