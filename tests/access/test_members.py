"""Members of a project."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from access.conftest import Fraud, overlapping
from databases import every_database
from uac_api.access.decisions.roles import Role, role_named
from uac_api.access.errors import Invalid, LastOwner, NotFound, Stale
from uac_api.access.people import users
from uac_api.access.projects import members, projects
from uac_api.access.projects.grants import Terms

pytestmark = every_database

EVERYBODY = {"alice": "owner", "bob": "contributor", "carol": "viewer"}


def test_a_new_member_begins_with_version_one(fraud: Fraud) -> None:
    member, new = fraud.put("mallory", Role.VIEWER)
    assert (new, member.version, member.granted_by) == (True, 1, "alice")
    assert fraud.roles() == EVERYBODY | {"mallory": "viewer"}


def test_a_changed_role_counts_the_version_up_and_an_equal_one_does_not(fraud: Fraud) -> None:
    member, new = fraud.put("bob", Role.MAINTAINER)
    assert (new, member.version) == (False, 2)
    assert fraud.put("bob", Role.MAINTAINER)[0].version == 2


def test_a_version_that_moved_on_is_stale(fraud: Fraud) -> None:
    fraud.put("bob", Role.MAINTAINER, expected=1)
    with pytest.raises(Stale):
        fraud.put("bob", Role.OWNER, expected=1)
    with pytest.raises(Stale):
        fraud.remove("bob", expected=1)
    assert fraud.roles()["bob"] == "maintainer"
    fraud.remove("bob", expected=2)
    assert "bob" not in fraud.roles()


def test_a_version_of_who_is_no_member_is_stale(fraud: Fraud) -> None:
    with pytest.raises(Stale):
        fraud.put("mallory", Role.VIEWER, expected=1)
    assert fraud.roles() == EVERYBODY


def test_the_last_owner_can_neither_step_down_nor_leave(fraud: Fraud) -> None:
    with pytest.raises(LastOwner):
        fraud.put("alice", Role.MAINTAINER)
    with pytest.raises(LastOwner):
        fraud.remove("alice")
    assert fraud.roles() == EVERYBODY


def test_one_of_two_owners_can(fraud: Fraud) -> None:
    fraud.put("bob", Role.OWNER)
    fraud.put("alice", Role.VIEWER)
    assert fraud.roles()["alice"] == "viewer"
    fraud.put("alice", Role.OWNER)
    fraud.remove("bob")
    assert fraud.roles() == {"alice": "owner", "carol": "viewer"}


def test_owners_of_other_projects_do_not_count(fraud: Fraud) -> None:
    fraud.create("risk", owner="bob")
    with pytest.raises(LastOwner):
        fraud.remove("alice")


def test_the_last_owner_may_be_confirmed_as_owner(fraud: Fraud) -> None:
    assert fraud.put("alice", Role.OWNER)[0].version == 1


def test_of_two_owners_who_demote_each_other_the_second_is_refused(fraud: Fraud) -> None:
    fraud.put("bob", Role.OWNER)

    def demote(username: str) -> Callable[[Session], object]:
        def work(session: Session) -> None:
            project, user = projects.get(session, "fraud"), users.get(session, username)
            members.put(session, project, user, Terms(Role.VIEWER, "x"))

        return work

    failure = overlapping(fraud.database, demote("bob"), demote("alice"))
    assert isinstance(failure, LastOwner)
    assert (fraud.roles()["alice"], fraud.roles()["bob"]) == ("owner", "viewer")


def test_who_is_no_member_cannot_be_removed(fraud: Fraud) -> None:
    with pytest.raises(NotFound) as refusal:
        fraud.remove("mallory")
    assert refusal.value.reason == "no_such_member"


@pytest.mark.parametrize("role", Role)
def test_a_role_is_found_by_its_name(role: Role) -> None:
    assert role_named(role.value) is role


@pytest.mark.parametrize("name", ["", "Owner", "OWNER", "owner ", "admin"])
def test_another_name_is_no_role(name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        role_named(name)
    assert "viewer, contributor, maintainer, owner" in refusal.value.message
