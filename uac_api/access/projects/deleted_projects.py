"""Deleted projects: who may bring them back, until their content is purged."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from ..decisions.principals import Grant, Principal, strongest
from ..decisions.roles import Role
from ..errors import NotFound
from ..models import Group, GroupPerson, Member, MemberGroup, Project

_THERE = Project.deleted_at.is_not(None), Project.purged_at.is_(None)


def as_if_back(session: Session, principal: Principal) -> Principal:
    """The principal with the roles that they would have in deleted projects, and no others."""
    own = (
        select(Project.id, Project.slug, Member.role, Member.expires_at)
        .join(Member, Member.project_id == Project.id)
        .where(Member.user_id == principal.user_id, *_THERE)
    )
    of_groups = (
        select(Project.id, Project.slug, MemberGroup.role, MemberGroup.expires_at, Group.name)
        .join(MemberGroup, MemberGroup.project_id == Project.id)
        .join(Group, Group.id == MemberGroup.group_id)
        .join(GroupPerson, GroupPerson.group_id == Group.id)
        .where(GroupPerson.user_id == principal.user_id, *_THERE)
    )
    limit = principal.token_project_id
    given = [
        (Grant(row[0], row[1], Role(row[2]), *row[4:]), row[3])
        for statement in (own, of_groups)
        for row in session.execute(statement)
        if limit in (None, row[0])
    ]
    return replace(principal, grants=strongest(given))


def get(session: Session, slug: str) -> Project:
    """The deleted project, locked until the transaction ends; raises NotFound."""
    project = session.scalar(select(Project).where(Project.slug == slug, *_THERE).with_for_update())
    if project is None:
        raise NotFound(
            f"There is no deleted project '{slug}' that can be restored.", reason="no_such_project"
        )
    return project


def page(session: Session, *, slugs: Iterable[str] | None, after: str, limit: int) -> list[Project]:
    """Deleted projects by slug, those after `after`; only `slugs` unless that is None."""
    wanted = select(Project).where(Project.slug > after, *_THERE)
    if slugs is not None:
        wanted = wanted.where(Project.slug.in_(list(slugs)))
    return list(session.scalars(wanted.order_by(Project.slug).limit(limit)))


def restore(project: Project) -> None:
    """Bring it back as it was: its members, roles and tokens have stayed."""
    project.deleted_at, project.deleted_by = None, ""
