"""Groups, the people in them, and the roles they have."""

from __future__ import annotations

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from access.conftest import House, in_an_hour, over, overlapping
from databases import every_database
from uac_api.access.decisions.roles import Role
from uac_api.access.errors import (
    AlreadyExists,
    Invalid,
    KeptByClaims,
    LastOwner,
    NotFound,
    Stale,
)
from uac_api.access.models import ClaimRule, Group, GroupPerson, MemberGroup, Source, User
from uac_api.access.people import groups, users
from uac_api.access.projects import members, projects
from uac_api.access.projects.grants import Terms

pytestmark = every_database


def test_the_people_of_a_group_have_its_role_until_they_leave(house: House) -> None:
    house.create("analysts", "mallory")
    assert house.role("mallory") is None
    house.give("analysts", Role.CONTRIBUTOR)
    assert house.role("mallory") == ("contributor", "analysts")
    house.leave("analysts", "mallory")
    assert house.role("mallory") is None


def test_the_highest_role_counts_and_of_equal_ones_the_persons_own(house: House) -> None:
    house.create("analysts", "bob", "carol")
    house.give("analysts", Role.CONTRIBUTOR)
    assert house.role("bob") == ("contributor", "")
    assert house.role("carol") == ("contributor", "analysts")
    house.create("writers", "carol")
    house.give("writers", Role.CONTRIBUTOR)
    assert house.role("carol") == ("contributor", "analysts")
    house.give("writers", Role.MAINTAINER)
    assert house.role("carol") == ("maintainer", "writers")


def test_a_role_of_a_group_that_has_ended_gives_nothing(house: House) -> None:
    house.create("analysts", "mallory")
    house.give("analysts", Role.VIEWER, in_an_hour())
    assert house.role("mallory") == ("viewer", "analysts")
    over(house.database, MemberGroup)
    assert house.role("mallory") is None


def test_a_renamed_group_keeps_its_people_and_roles(house: House) -> None:
    house.create("analysts", "mallory")
    house.give("analysts", Role.VIEWER)
    found = house.database.write(
        lambda s: groups.change(s, groups.get(s, "analysts"), name="scientists")
    )
    assert found.version == 2
    assert house.role("mallory") == ("viewer", "scientists")


def test_a_change_to_nothing_new_counts_no_version_up(house: House) -> None:
    house.create()
    found = house.database.write(
        lambda s: groups.change(s, groups.get(s, "analysts"), name="analysts", description="")
    )
    assert found.version == 1


def test_a_version_that_moved_on_is_stale(house: House) -> None:
    house.create()
    with pytest.raises(Stale):
        house.database.write(
            lambda s: groups.change(s, groups.get(s, "analysts"), name="x1", expected=2)
        )
    with pytest.raises(Stale):
        house.database.write(lambda s: groups.delete(s, groups.get(s, "analysts"), expected=2))


def test_a_deleted_group_takes_its_roles_and_rules_along_and_no_account(house: House) -> None:
    house.create("analysts", "mallory")
    house.give("analysts", Role.VIEWER)

    def rule(session: Session) -> None:
        group = groups.get(session, "analysts")
        session.add(ClaimRule(claim="groups", value="x", group_id=group.id, created_by="admin"))

    house.database.write(rule)
    house.delete("analysts")
    assert house.role("mallory") is None

    def left(session: Session) -> list[int]:
        return [session.query(table).count() for table in (Group, GroupPerson, MemberGroup)] + [
            session.query(ClaimRule).count()
        ]

    assert house.database.read(left) == [0, 0, 0, 0]


@pytest.mark.parametrize("name", ["", "a", "Analysts", "a b", "x" * 65, "-x", "a/b", "böse"])
def test_a_name_of_the_wrong_form_is_refused(house: House, name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        house.create(name)
    assert refusal.value.reason == "invalid_group"


def test_a_name_is_given_once(house: House) -> None:
    house.create("analysts")
    house.create("writers")
    with pytest.raises(AlreadyExists):
        house.create("analysts")
    with pytest.raises(AlreadyExists):
        house.database.write(lambda s: groups.change(s, groups.get(s, "writers"), name="analysts"))


def test_an_unknown_group_is_told_with_what_to_do(house: House) -> None:
    with pytest.raises(NotFound) as refusal:
        house.give("nobody", Role.VIEWER)
    assert "ask an administrator to create it" in refusal.value.message


def test_only_people_are_in_groups(house: House) -> None:
    house.create()
    service = update(User).where(User.username == "bob").values(kind="service")
    house.database.write(lambda session: session.execute(service))
    with pytest.raises(NotFound) as refusal:
        house.database.write(
            lambda s: groups.add(s, groups.get(s, "analysts"), users.get(s, "bob"), added_by="x")
        )
    assert refusal.value.reason == "not_found"


def test_who_is_in_a_group_by_claims_cannot_be_removed_by_hand(house: House) -> None:
    house.create("analysts", "mallory")
    claims = update(GroupPerson).values(source=Source.CLAIMS)
    house.database.write(lambda session: session.execute(claims))
    with pytest.raises(KeptByClaims) as refusal:
        house.leave("analysts", "mallory")
    assert "sign-in service" in refusal.value.message


def test_somebody_twice_in_a_group_is_once_in_it_and_who_is_not_cannot_leave(house: House) -> None:
    house.create("analysts", "mallory", "mallory")
    with pytest.raises(NotFound):
        house.leave("analysts", "bob")


# The last owner of a project.


def test_a_group_with_somebody_in_it_may_be_the_only_owner(house: House) -> None:
    house.create("leads", "bob")
    house.give("leads", Role.OWNER)
    house.fraud.remove("alice")
    assert house.role("bob") == ("owner", "leads")


def test_an_owner_group_without_anybody_or_with_an_end_does_not_count(house: House) -> None:
    house.create("leads")
    house.give("leads", Role.OWNER)
    with pytest.raises(LastOwner):
        house.fraud.remove("alice")
    house.create("seniors", "bob")
    house.give("seniors", Role.OWNER, in_an_hour())
    with pytest.raises(LastOwner):
        house.fraud.put("alice", Role.VIEWER)


def test_an_owner_who_will_end_or_is_disabled_does_not_count(house: House) -> None:
    house.fraud.put("bob", Role.OWNER, expires_at=in_an_hour())
    with pytest.raises(LastOwner):
        house.fraud.remove("alice")
    house.fraud.put("bob", Role.OWNER, expires_at=None)
    house.disable("bob")
    with pytest.raises(LastOwner):
        house.fraud.remove("alice")


def test_the_last_owner_gets_no_end_and_is_not_disabled(house: House) -> None:
    with pytest.raises(LastOwner) as refusal:
        house.fraud.put("alice", Role.OWNER, expires_at=in_an_hour())
    assert "'fraud'" in refusal.value.message
    with pytest.raises(LastOwner):
        house.disable("alice")
    house.fraud.put("bob", Role.OWNER)
    house.disable("alice")


def test_the_last_person_of_the_last_owning_group_stays(house: House) -> None:
    house.create("leads", "bob")
    house.give("leads", Role.OWNER)
    house.fraud.remove("alice")
    for refused in (
        lambda: house.leave("leads", "bob"),
        lambda: house.disable("bob"),
        lambda: house.delete("leads"),
        lambda: house.give("leads", Role.VIEWER),
        lambda: house.give("leads", Role.OWNER, in_an_hour()),
    ):
        with pytest.raises(LastOwner):
            refused()
    assert house.role("bob") == ("owner", "leads")


def test_the_sentence_names_three_projects_and_counts_the_rest(house: House) -> None:
    for slug in ("p1", "p2", "p3", "p4"):
        house.fraud.create(slug, owner="bob")
    with pytest.raises(LastOwner) as refusal:
        house.disable("bob")
    assert "'p1', 'p2', 'p3' and 1 more" in refusal.value.message


def test_a_deleted_project_needs_no_owner(house: House) -> None:
    house.fraud.create("risk", owner="bob")
    house.database.write(lambda s: projects.delete(projects.get(s, "risk"), by="alice"))
    house.disable("bob")


def test_of_a_leaving_owner_and_a_leaving_group_one_stays(house: House) -> None:
    house.create("leads", "bob")
    house.give("leads", Role.OWNER)

    def alice_leaves(session: Session) -> None:
        members.remove(session, projects.get(session, "fraud"), users.get(session, "alice"))

    def bob_leaves(session: Session) -> None:
        groups.remove(session, groups.get(session, "leads"), users.get(session, "bob"))

    failure = overlapping(house.database, alice_leaves, bob_leaves)
    assert isinstance(failure, LastOwner)
    assert house.role("bob") == ("owner", "leads")


def test_of_an_owner_who_is_disabled_and_one_who_leaves_one_stays(house: House) -> None:
    house.fraud.put("bob", Role.OWNER)

    def disable_alice(session: Session) -> None:
        users.change(session, users.get(session, "alice"), disabled=True)

    def bob_leaves(session: Session) -> None:
        members.remove(session, projects.get(session, "fraud"), users.get(session, "bob"))

    failure = overlapping(house.database, disable_alice, bob_leaves)
    assert isinstance(failure, LastOwner)
    assert house.role("bob") == ("owner", "")


def test_a_group_that_becomes_owner_meanwhile_keeps_its_last_person(house: House) -> None:
    house.create("leads", "bob")

    def leads_own(session: Session) -> None:
        group, project = groups.get(session, "leads"), projects.get(session, "fraud")
        members.put(session, project, group, Terms(Role.OWNER, "alice"))
        members.remove(session, project, users.get(session, "alice"))

    def disable_bob(session: Session) -> None:
        users.change(session, users.get(session, "bob"), disabled=True)

    failure = overlapping(house.database, leads_own, disable_bob)
    assert isinstance(failure, LastOwner)
    assert house.role("bob") == ("owner", "leads")
