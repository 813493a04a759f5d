"""Explanations, lists, rehearsals and the matrix say what `decide` says."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from access.conftest import House, in_an_hour, over
from databases import every_database, statements
from people import CAST
from uac_api.access.credentials import authenticate
from uac_api.access.database import Database
from uac_api.access.decisions import explain, matrix, preview
from uac_api.access.decisions.decide import decide
from uac_api.access.decisions.preview import Difference, Scope
from uac_api.access.decisions.roles import ROLE_ACTIONS, Action, Role
from uac_api.access.errors import LastOwner
from uac_api.access.models import Member, MemberGroup, now
from uac_api.access.people import groups, users
from uac_api.access.projects import members, projects
from uac_api.access.projects.grants import Terms

pytestmark = every_database

SLUGS = ("fraud", "churn", "risk")
GROUPS = ("analysts", "leads", "writers")


def explained(database: Database, username: str, slug: str) -> explain.Access:
    def work(session: Session) -> explain.Access:
        user = users.get(session, username, lock=False)
        return explain.of(session, user, projects.get(session, slug, lock=False))

    return database.read(work)


def listed(database: Database, slug: str, **more: object) -> dict[str, explain.Access]:
    found = database.read(
        lambda s: explain.page(s, projects.get(s, slug, lock=False), **more)  # type: ignore[arg-type]
    )
    return {one.user.username: one for one in found}


def jumble(house: House, dice: random.Random) -> None:
    """Many roles at random, of people and groups, some of which have ended."""
    for slug in SLUGS[1:]:
        house.fraud.create(slug, owner=dice.choice(CAST))
    for name in GROUPS:
        house.create(name, *dice.sample(CAST, 3))

    def work(session: Session) -> None:
        for slug in SLUGS:
            project = projects.get(session, slug)
            for who in dice.sample(CAST, 3):
                if who != "alice":
                    user = users.get(session, who)
                    found = session.query(Member).filter_by(project_id=project.id, user_id=user.id)
                    if not found.count():
                        role = dice.choice(list(Role))
                        members.put(session, project, user, Terms(role, "x"))
            for name in GROUPS:
                group = groups.get(session, name)
                session.add(
                    MemberGroup(
                        project_id=project.id,
                        group=group,
                        role=dice.choice(list(Role)),
                        granted_by="x",
                        expires_at=dice.choice([None, in_an_hour(), now() - timedelta(days=1)]),
                    )
                )
        ended = update(Member).where(Member.role != Role.OWNER)
        session.execute(ended.values(expires_at=now() - timedelta(days=1)))

    house.database.write(work)
    off = dice.choice([who for who in CAST if who != "alice"])
    house.database.write(lambda s: setattr(users.get(s, off), "disabled", True))


@pytest.mark.parametrize("seed", range(4))
def test_a_decision_its_explanation_and_the_list_agree(house: House, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 (a test's)
    jumble(house, dice)
    lists = {slug: listed(house.database, slug) for slug in SLUGS}
    for _ in range(75):
        who, action, slug = dice.choice(CAST), dice.choice(list(Action)), dice.choice(SLUGS)
        found = authenticate.by_username(house.database, who)
        told = explained(house.database, who, slug)
        said = told.decisions[action]
        row = lists[slug].get(who)
        principal = None if found is None else found.principal
        if principal is None:
            assert (said.allowed, said.reason, told.counts) == (False, "account_disabled", None)
        else:
            assert said == decide(principal, action, slug)
            assert told.counts == principal.grants.get(slug)
        assert (action in row.may if row else False) == said.allowed
        assert f"'{who}' may {'' if said.allowed else 'not '}{action} in '{slug}'" in (
            explain.sentence(told, action)
        )


def test_every_way_is_told_and_which_one_counts(house: House) -> None:
    house.create("analysts", "carol")
    house.give("analysts", Role.MAINTAINER, in_an_hour())
    told = explained(house.database, "carol", "fraud")
    assert [(c.grant.through, c.grant.role) for c in told.chains] == [
        ("", "viewer"),
        ("analysts", "maintainer"),
    ]
    assert told.counts == told.chains[1].grant
    assert (told.chains[1].added_by, told.chains[1].source) == ("admin", "studio")
    assert "through the group 'analysts', given by 'alice', until" in explain.sentence(
        told, Action.DELETE
    )
    over(house.database, MemberGroup)
    told = explained(house.database, "carol", "fraud")
    assert told.counts == told.chains[0].grant
    assert told.chains[1].expired
    assert "needs maintainer" in explain.sentence(told, Action.DELETE)


def test_who_has_no_way_or_only_one_that_ended_is_told_so(house: House) -> None:
    told = explained(house.database, "mallory", "fraud")
    assert "no role of their own or of a group" in explain.sentence(told, Action.READ)
    house.create("analysts", "mallory")
    house.give("analysts", Role.VIEWER, in_an_hour())
    over(house.database, MemberGroup)
    told = explained(house.database, "mallory", "fraud")
    assert "every role there has ended" in explain.sentence(told, Action.READ)
    assert listed(house.database, "fraud")["mallory"].may == frozenset()


def test_the_list_goes_on_where_a_page_ended(house: House) -> None:
    house.create("analysts", "mallory", "alice")
    house.give("analysts", Role.VIEWER)
    assert list(listed(house.database, "fraud", limit=2)) == ["alice", "bob"]
    assert list(listed(house.database, "fraud", after="bob")) == ["carol", "mallory"]


# Rehearsals.


def rehearse(house: House, scope: Scope, work: object) -> list[Difference]:
    return house.database.rehearse(
        lambda session: preview.rehearsed(session, lambda _: scope, work)  # type: ignore[arg-type]
    )


def test_a_rehearsal_tells_who_gains_and_loses_what_and_saves_nothing(house: House) -> None:
    house.create("analysts", "mallory", "bob", "carol")
    house.give("analysts", Role.MAINTAINER)
    scope = Scope(project_id=house.fraud.project_id())
    found = rehearse(house, scope, lambda s: groups.delete(s, groups.get(s, "analysts")))
    most = ROLE_ACTIONS[Role.MAINTAINER]
    assert {(d.project, d.gains, frozenset(d.loses), d.people) for d in found} == {
        ("fraud", (), most - ROLE_ACTIONS[Role.CONTRIBUTOR], ("bob",)),
        ("fraud", (), most - ROLE_ACTIONS[Role.VIEWER], ("carol",)),
        ("fraud", (), most, ("mallory",)),
    }
    assert house.role("mallory") == ("maintainer", "analysts")


def test_a_rehearsal_refuses_what_the_change_refuses(house: House) -> None:
    with pytest.raises(LastOwner):
        rehearse(
            house,
            Scope(),
            lambda s: users.change(s, users.get(s, "alice"), disabled=True),
        )
    assert house.role("alice") == ("owner", "")


@pytest.mark.parametrize("seed", range(3))
def test_a_rehearsal_and_the_change_agree(house: House, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 (a test's)
    jumble(house, dice)
    for name in GROUPS:
        who = dice.choice(CAST)

        def change(session: Session, name: str = name, who: str = who) -> None:
            groups.add(session, groups.get(session, name), users.get(session, who), added_by="x")

        scope = Scope(user_ids=frozenset({house.fraud.user_id(who)}))
        told = rehearse(house, scope, change)
        before = house.database.read(explain.everywhere)
        house.database.write(change)
        after = house.database.read(explain.everywhere)
        assert told == preview._differences(before, after)


# The matrix.


def test_the_matrix_shows_direct_roles_of_people_and_of_their_groups(house: House) -> None:
    house.create("analysts", "mallory")
    house.create("nobodies")
    house.give("analysts", Role.VIEWER)
    found = house.database.read(lambda s: matrix.page(s, matrix.Filter()))
    rows = {
        row.user.username: (row.groups, [(cell.project, cell.role) for cell in row.grants])
        for row in found.people
    }
    assert rows["alice"] == ([], [("fraud", "owner")])
    assert rows["mallory"] == (["analysts"], [])
    assert [(row.name, row.grants[0].role) for row in found.groups] == [("analysts", "viewer")]


@pytest.mark.parametrize(
    ("wanted", "people"),
    [
        (matrix.Filter(user="ALI"), ["alice"]),
        (matrix.Filter(group="analysts"), ["bob", "mallory"]),
        (matrix.Filter(project="risk"), ["bob", "mallory"]),
        (matrix.Filter(project="fraud", group="analysts"), ["bob"]),
        (matrix.Filter(project="none"), []),
    ],
)
def test_the_matrix_is_filtered(house: House, wanted: matrix.Filter, people: list[str]) -> None:
    house.create("analysts", "mallory", "bob")
    house.fraud.create("risk", owner="bob")
    house.give("analysts", Role.VIEWER, slug="risk")
    found = house.database.read(lambda s: matrix.page(s, wanted))
    assert [row.user.username for row in found.people] == people
    cells = [row.grants for row in found.people] + [row.grants for row in found.groups]
    slugs = {cell.project for given in cells for cell in given}
    assert not wanted.project or slugs <= {wanted.project}


def test_a_page_of_the_matrix_costs_four_statements(house: House) -> None:
    house.create("analysts", *CAST)
    house.give("analysts", Role.VIEWER)
    with statements(house.database) as seen:
        found = house.database.read(lambda s: matrix.page(s, matrix.Filter(), limit=3))
    assert seen.verbs == ["SELECT"] * 4, seen.texts
    assert (len(found.people), found.more) == (3, True)
