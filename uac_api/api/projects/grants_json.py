"""Groups, roles and explanations, from what the access layer says to the JSON that leaves."""

from __future__ import annotations

from typing import Any

from ...access.decisions.explain import Access, Chain
from ...access.decisions.matrix import Cell, GroupRow, PersonRow
from ...access.decisions.roles import Action
from ...access.models import Group, GroupPerson, Member, MemberGroup
from ...access.projects.grants import is_over
from ..schemas.people.groups import GroupOut, GroupPersonOut
from ..schemas.projects.explain import AccessOut, ChainOut
from ..schemas.projects.grants import MemberGroupOut, MemberOut
from ..schemas.projects.permissions import CellOut, GroupRowOut, PersonRowOut


def member_json(member: Member) -> MemberOut:
    """A person's role in a project."""
    return MemberOut(
        username=member.user.username,
        display_name=member.user.display_name,
        disabled=member.user.disabled,
        **_grant(member),
    )


def member_group_json(found: MemberGroup, people: int) -> MemberGroupOut:
    """A group's role in a project."""
    return MemberGroupOut(
        name=found.group.name,
        description=found.group.description,
        people=people,
        **_grant(found),
    )


def group_json(group: Group, people: int, projects: int) -> GroupOut:
    """A group with how many people and projects it has."""
    return GroupOut(
        name=group.name,
        description=group.description,
        people=people,
        projects=projects,
        created_by=group.created_by,
        created_at=group.created_at,
        version=group.version,
    )


def group_person_json(found: GroupPerson) -> GroupPersonOut:
    """A person in a group."""
    return GroupPersonOut(
        username=found.user.username,
        display_name=found.user.display_name,
        disabled=found.user.disabled,
        source=found.source,
        added_by=found.added_by,
        added_at=found.added_at,
    )


def access_json(found: Access) -> AccessOut:
    """What a person may do in a project, and through what."""
    return AccessOut(
        username=found.user.username,
        display_name=found.user.display_name,
        kind=found.user.kind,
        disabled=found.user.disabled,
        role=found.counts.role if found.counts else None,
        may=[action for action in Action if action in found.may],
        chains=[chain_json(chain, found) for chain in found.chains],
    )


def chain_json(chain: Chain, of: Access) -> ChainOut:
    """One way to a role."""
    return ChainOut(
        role=chain.grant.role,
        through=chain.grant.through,
        granted_by=chain.granted_by,
        granted_at=chain.granted_at,
        expires_at=chain.expires_at,
        expired=chain.expired,
        reason=chain.reason,
        version=chain.version,
        added_by=chain.added_by,
        added_at=chain.added_at,
        source=chain.source,
        counts=chain.grant == of.counts,
    )


def person_row_json(row: PersonRow) -> PersonRowOut:
    """A person's row of the matrix."""
    return PersonRowOut(
        username=row.user.username,
        display_name=row.user.display_name,
        kind=row.user.kind,
        disabled=row.user.disabled,
        groups=row.groups,
        grants=[_cell(cell) for cell in row.grants],
    )


def group_row_json(row: GroupRow) -> GroupRowOut:
    """A group's row of the matrix."""
    return GroupRowOut(name=row.name, grants=[_cell(cell) for cell in row.grants])


def _grant(grant: Member | MemberGroup) -> dict[str, Any]:
    told = ("role", "granted_by", "granted_at", "expires_at", "reason", "version")
    return {name: getattr(grant, name) for name in told} | {"expired": is_over(grant.expires_at)}


def _cell(cell: Cell) -> CellOut:
    return CellOut(
        project=cell.project,
        role=cell.role,
        expires_at=cell.expires_at,
        expired=cell.expired,
        version=cell.version,
    )
