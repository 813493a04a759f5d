"""The last owner stays: every way to lose one, beside everybody who does not count as another."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from access.conftest import House, Said, in_an_hour
from databases import every_database
from logs import lines_of
from uac_api.access.decisions.preview import Scope, rehearsed
from uac_api.access.decisions.roles import Role
from uac_api.access.errors import LastOwner
from uac_api.access.models import GroupPerson, Kind, Member, Source, User, now
from uac_api.access.people import claim_rules, deletion, groups, users
from uac_api.access.projects import members, projects
from uac_api.access.projects.grants import KEEP, End, Terms

HOUR_AGO = timedelta(hours=-1)


def role_that_ends(house: House) -> None:
    house.fraud.put("bob", Role.OWNER, expires_at=in_an_hour())


def role_that_has_ended(house: House) -> None:
    house.fraud.put("carol", Role.OWNER, expires_at=in_an_hour())
    carols = Member.user_id == house.fraud.user_id("carol")
    ended = update(Member).where(carols).values(expires_at=now() + HOUR_AGO)
    house.database.write(lambda session: session.execute(ended))


def disabled(house: House) -> None:
    house.fraud.put("mallory", Role.OWNER)
    house.disable("mallory")


def group_of_nobody(house: House) -> None:
    house.create("empty")
    house.give("empty", Role.OWNER)


def group_that_ends(house: House) -> None:
    house.create("passing", "bob")
    house.give("passing", Role.OWNER, in_an_hour())


def group_of_disabled(house: House) -> None:
    house.create("asleep", "mallory")
    house.disable("mallory")
    house.give("asleep", Role.OWNER)


def maintainers(house: House) -> None:
    house.create("staff", "bob")
    house.give("staff", Role.MAINTAINER)


def program(house: House) -> None:
    # No call makes a program an owner; a row that says so makes none either.
    def work(session: Session) -> None:
        robot = User(username="svc-fraud-robot", kind=Kind.SERVICE)
        session.add(robot)
        session.flush()
        project = projects.get(session, "fraud")
        row = {"project_id": project.id, "user_id": robot.id, "role": Role.OWNER}
        session.add(Member(**row, granted_by="alice"))

    house.database.write(work)


NO_OWNERS: tuple[Callable[[House], None], ...] = (
    role_that_ends,
    role_that_has_ended,
    disabled,
    group_of_nobody,
    group_that_ends,
    group_of_disabled,
    maintainers,
    program,
)


def by_herself(_house: House) -> None:
    """Alice owns `fraud` from its beginning."""


def through_a_group(house: House) -> None:
    """The group `leads`, with alice in it by a claim, owns `fraud` in her place."""
    house.create("leads", "alice")
    by_claim = update(GroupPerson).values(source=Source.CLAIMS)
    house.database.write(lambda session: session.execute(by_claim))
    house.give("leads", Role.OWNER)
    house.fraud.remove("alice")
    rule = {"claim": "groups", "value": "leads", "group_name": "leads", "created_by": "admin"}
    house.database.write(lambda session: claim_rules.create(session, **rule))


def leave(session: Session) -> None:
    members.remove(session, projects.get(session, "fraud"), users.get(session, "alice"))


def put(session: Session, role: Role, ends: End = KEEP) -> None:
    project, alice = projects.get(session, "fraud"), users.get(session, "alice")
    members.put(session, project, alice, Terms(role, "admin", ends))


def disable(session: Session) -> None:
    users.change(session, users.get(session, "alice"), disabled=True)


def be_deleted(session: Session) -> None:
    deletion.remove(session, "alice", by="admin")


def leave_group(session: Session) -> None:
    session.execute(update(GroupPerson).values(source=Source.STUDIO))
    groups.remove(session, groups.get(session, "leads"), users.get(session, "alice"))


def delete_group(session: Session) -> None:
    groups.delete(session, groups.get(session, "leads"))


def take_group_out(session: Session) -> None:
    group = groups.get(session, "leads")
    members.remove(session, projects.get(session, "fraud"), group)


def put_group(session: Session, role: Role, ends: End = KEEP) -> None:
    group, project = groups.get(session, "leads"), projects.get(session, "fraud")
    members.put(session, project, group, Terms(role, "admin", ends))


def remove_rule(session: Session) -> None:
    (rule,) = claim_rules.page(session, after=0, limit=10)
    claim_rules.remove(session, str(rule.id))


Change = Callable[[Session], None]
WAYS: dict[str, tuple[Callable[[House], None], Change]] = {
    "leaves the project": (by_herself, leave),
    "gets a lower role": (by_herself, partial(put, role=Role.MAINTAINER)),
    "gets an end": (by_herself, partial(put, role=Role.OWNER, ends=in_an_hour())),
    "is disabled": (by_herself, disable),
    "is deleted": (by_herself, be_deleted),
    "owns through a group and is disabled": (through_a_group, disable),
    "owns through a group and is deleted": (through_a_group, be_deleted),
    "leaves the group": (through_a_group, leave_group),
    "loses the group": (through_a_group, delete_group),
    "is in a group that leaves": (through_a_group, take_group_out),
    "is in a group that gets a lower role": (through_a_group, partial(put_group, role=Role.VIEWER)),
    "is in a group that gets an end": (
        through_a_group,
        partial(put_group, role=Role.OWNER, ends=in_an_hour()),
    ),
    "loses the rule that leads into the group": (through_a_group, remove_rule),
}


def owns(house: House) -> bool:
    found = house.role("alice")
    return found is not None and found[0] == Role.OWNER


@pytest.mark.parametrize("way", WAYS)
def test_the_last_owner_stays_whatever_is_done(house: House, way: str) -> None:
    prepare, change = WAYS[way]
    prepare(house)
    for other in NO_OWNERS:
        other(house)
    with pytest.raises(LastOwner):
        house.database.write(change)
    with pytest.raises(LastOwner):
        house.database.rehearse(lambda s: rehearsed(s, lambda _: Scope(), change))
    assert owns(house)


@pytest.mark.parametrize("way", WAYS)
def test_beside_another_owner_nobody_is_held(house: House, way: str) -> None:
    prepare, change = WAYS[way]
    prepare(house)
    house.create("others", "bob")
    house.give("others", Role.OWNER)
    house.database.write(change)
    assert house.role("bob") == ("owner", "others")


@pytest.mark.parametrize("other", NO_OWNERS, ids=lambda other: other.__name__)
def test_who_may_not_stay_is_no_other_owner(house: House, other: Callable[[House], None]) -> None:
    other(house)
    for change in (leave, be_deleted):
        with pytest.raises(LastOwner):
            house.database.write(change)
    departure = house.database.read(lambda s: deletion.preview(s, "alice", by="admin"))
    assert departure.projects == ["fraud"]


@pytest.mark.parametrize("heir", ["bob", "carol"])
def test_who_takes_over_owns_for_good_whatever_end_their_role_had(house: House, heir: str) -> None:
    role_that_ends(house)
    role_that_has_ended(house)
    house.database.write(lambda s: deletion.remove(s, "alice", by="admin", owner=heir))
    ends = house.database.read(
        lambda s: {
            one.user.username: (one.role, one.expires_at)
            for one in members.people(s, projects.get(s, "fraud", lock=False))
        }
    )
    assert ends[heir] == (Role.OWNER, None)


def leave_by_claim(session: Session) -> claim_rules.Moved:
    """alice signs in, and the provider names no group of hers any more."""
    return claim_rules.apply(session, users.get(session, "alice"), Said({"groups": []}))


@every_database
def test_a_claim_takes_the_last_owner_out_too_and_operators_are_told(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = lines_of(claim_rules, monkeypatch)
    through_a_group(house)
    house.create("others", "alice")
    house.database.write(lambda s: s.execute(update(GroupPerson).values(source=Source.CLAIMS)))

    moved = house.database.write(leave_by_claim)
    assert (list(moved.into), list(moved.out_of)) == ([], ["leads", "others"])
    assert not owns(house)
    assert [(line["event"], line["projects"]) for line in lines] == [
        ("projects_without_owner", ["fraud"])
    ]


def test_beside_another_owner_a_claim_takes_an_owner_out_without_a_word(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = lines_of(claim_rules, monkeypatch)
    through_a_group(house)
    house.fraud.put("bob", Role.OWNER)

    assert list(house.database.write(leave_by_claim).out_of) == ["leads"]
    assert not owns(house)
    assert lines == []
