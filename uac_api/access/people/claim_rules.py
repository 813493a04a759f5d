"""Which claim of the identity provider puts people into which group."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .. import validation
from ..errors import AlreadyExists, NotFound
from ..models import ClaimRule, Group, GroupPerson, Source, User
from ..projects import owners

ADDED_BY = "single sign-on"

_log = structlog.get_logger("uac.claims")


class Claims(Protocol):
    """What the identity provider says of a person."""

    def has(self, name: str) -> bool:
        """Whether it says anything of that name."""

    def texts(self, name: str) -> frozenset[str]:
        """The values of a claim."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The groups, by name, that somebody has come into and gone out of."""

    into: Sequence[str]
    out_of: Sequence[str]

    def __str__(self) -> str:
        return " ".join([*(f"+{name}" for name in self.into), *(f"-{n}" for n in self.out_of)])


def page(session: Session, *, after: int, limit: int) -> list[ClaimRule]:
    """Rules in the order they were made, those after the number `after`."""
    statement = select(ClaimRule).where(ClaimRule.id > after)
    return list(session.scalars(statement.order_by(ClaimRule.id).limit(limit)))


def create(
    session: Session, *, claim: str, value: str, group_name: str, created_by: str
) -> ClaimRule:
    """A new rule; raises Invalid, NotFound or AlreadyExists."""
    group = session.scalar(select(Group).where(Group.name == group_name).with_for_update())
    if group is None:
        raise NotFound(
            f"There is no group '{group_name}'. Create it first, or check its name.",
            reason="no_such_group",
        )
    rule = ClaimRule(
        claim=validation.title(claim, "A claim", longest=100),
        value=validation.title(value, "A claim's value", longest=254),
        group=group,
        created_by=created_by,
    )
    session.add(rule)
    try:
        session.flush()
    except IntegrityError as error:
        raise AlreadyExists("There is such a rule already.") from error
    return rule


def remove(session: Session, rule_id: str) -> ClaimRule:
    """Delete a rule; raises NotFound, or LastOwner if those who leave own a project alone.

    With the last rule of a group everybody leaves it whom a claim has brought in. While others are
    left, each person's next sign-in says who stays.
    """
    number = validation.number(rule_id)
    led = session.scalar(select(ClaimRule.group_id).where(ClaimRule.id == number))
    # Whoever signs in holds the groups that rules lead to: see `apply`.
    group = session.scalar(select(Group).where(Group.id == led).with_for_update())
    rule = session.get(ClaimRule, number)
    if rule is None or group is None:
        raise NotFound("There is no such rule. Reload the list.", reason="no_such_rule")
    session.delete(rule)
    session.flush()
    others = select(ClaimRule.id).where(ClaimRule.group_id == rule.group_id).limit(1)
    if session.scalar(others) is None:
        brought = GroupPerson.group_id == rule.group_id, GroupPerson.source == Source.CLAIMS
        with owners.require_owner_left(session, owners.lock_of_group(session, group)):
            session.execute(delete(GroupPerson).where(*brought))
    return rule


def apply(session: Session, user: User, claims: Claims, *, partly: bool = False) -> Moved:
    """Put the person into the groups that the claims say, and out of those they say no more.

    Memberships that somebody gave in ML Studio stay. `partly` is for a token that need not have
    every claim: a rule about a claim that is missing changes nothing then. The caller holds the
    person's lock, so that two sign-ins at once come one after the other.
    """
    # The groups are held, so that neither they nor the rules that lead to them go meanwhile.
    ruled = select(Group).where(Group.id.in_(select(ClaimRule.group_id))).order_by(Group.id)
    held = {group.id for group in session.scalars(ruled.with_for_update(read=True))}
    rules = [r for r in session.scalars(select(ClaimRule)) if r.group_id in held]
    silent = {rule.group_id for rule in rules if partly and not claims.has(rule.claim)}
    wanted = {
        rule.group_id: rule.group.name for rule in rules if rule.value in claims.texts(rule.claim)
    }
    found = session.scalars(select(GroupPerson).where(GroupPerson.user_id == user.id)).all()
    missing = wanted.keys() - {person.group_id for person in found}
    session.add_all(
        GroupPerson(group_id=number, user=user, source=Source.CLAIMS, added_by=ADDED_BY)
        for number in sorted(missing)
    )
    over = {
        person.group_id
        for person in found
        if person.source == Source.CLAIMS and person.group_id not in {*wanted, *silent}
    }
    session.flush()
    going = select(Group).where(Group.id.in_(over)).order_by(Group.id).with_for_update(read=True)
    leaving = session.scalars(going).all() if over else ()
    _leave(session, user, leaving)
    return Moved(
        sorted(wanted[number] for number in missing), sorted(group.name for group in leaving)
    )


def _leave(session: Session, user: User, groups: Sequence[Group]) -> None:
    """Take the person out of the groups, and warn of projects that have no owner from then on."""
    if not groups:
        return
    locked = {number for group in groups for number in owners.lock_of_group(session, group)}
    mine = GroupPerson.group_id.in_([group.id for group in groups]), GroupPerson.user_id == user.id
    with owners.lost(session, locked) as lost:
        session.execute(delete(GroupPerson).where(*mine))
    # The provider's word is carried out all the same: who was removed there has no access here.
    if lost:
        _log.warning("projects_without_owner", projects=owners.slugs(session, lost))
