"""Deleting a person: what is handed over, what goes, and what a namesake does not inherit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from access.conftest import Fraud, overlapping
from databases import every_database
from people import PASSWORD
from uac_api.access.decisions.roles import Role
from uac_api.access.errors import AccessError, Invalid, LastOwner, NotFound, Stale
from uac_api.access.models import (
    Base,
    Group,
    GroupPerson,
    Kind,
    LinkedIdentity,
    ServiceAccount,
    SignInDelay,
    User,
)
from uac_api.access.people import deletion, invitations, users
from uac_api.access.people.deletion import BELONGINGS, Departure
from uac_api.access.projects import members, projects, requests

pytestmark = every_database


def removing(username: str, *, by: str = "admin", owner: str = "") -> Callable[[Session], Any]:
    return lambda session: deletion.remove(session, username, by=by, owner=owner)


def remove(fraud: Fraud, username: str, **more: str) -> Departure:
    found: Departure = fraud.database.write(removing(username, **more))
    return found


def preview(fraud: Fraud, username: str, by: str = "admin") -> Departure:
    return fraud.database.read(lambda session: deletion.preview(session, username, by=by))


def change(fraud: Fraud, username: str, **values: Any) -> None:
    statement = update(User).where(User.username == username).values(**values)
    fraud.database.write(lambda session: session.execute(statement))


def owners(fraud: Fraud, slug: str = "fraud") -> set[str]:
    def work(session: Session) -> set[str]:
        found = members.people(session, projects.get(session, slug, lock=False))
        return {member.user.username for member in found if member.role == Role.OWNER}

    return fraud.database.read(work)


def test_every_table_of_things_that_belong_to_one_person_is_known() -> None:
    pointing = {
        table.name
        for table in Base.metadata.tables.values()
        for key in table.foreign_keys
        if key.column.table.name == "users"
    }
    known = {str(table.__tablename__) for table in BELONGINGS}
    # A service account belongs to its project; it is not deleted here.
    assert pointing - known == {ServiceAccount.__tablename__}


def test_a_person_who_owns_nothing_alone_just_goes(fraud: Fraud) -> None:
    assert remove(fraud, "bob") == Departure("bob", [], 1, 0, 0, 0)
    assert fraud.roles() == {"alice": "owner", "carol": "viewer"}
    with pytest.raises(NotFound):
        fraud.user_id("bob")


def test_the_last_owner_goes_only_when_somebody_takes_over(fraud: Fraud) -> None:
    fraud.create("churn")
    with pytest.raises(LastOwner) as refusal:
        remove(fraud, "alice")
    assert refusal.value.reason == "owner_needed"
    assert "churn, fraud" in refusal.value.message
    assert owners(fraud) == {"alice"}
    assert remove(fraud, "alice", owner="bob").projects == ["churn", "fraud"]
    assert fraud.roles() == {"bob": "owner", "carol": "viewer"}
    assert owners(fraud, "churn") == {"bob"}


def test_a_second_owner_keeps_the_project_and_nobody_is_added(fraud: Fraud) -> None:
    fraud.put("carol", Role.OWNER)
    assert remove(fraud, "alice", owner="mallory").projects == []
    assert fraud.roles() == {"bob": "contributor", "carol": "owner"}


def test_a_disabled_owner_does_not_count(fraud: Fraud) -> None:
    fraud.put("carol", Role.OWNER)
    change(fraud, "carol", disabled=True)
    assert preview(fraud, "alice").projects == ["fraud"]
    with pytest.raises(LastOwner):
        remove(fraud, "alice")


def test_a_deleted_project_needs_nobody(fraud: Fraud) -> None:
    fraud.database.write(
        lambda session: projects.delete(projects.get(session, "fraud"), by="alice")
    )
    assert remove(fraud, "alice").projects == []


@pytest.mark.parametrize("owner", ["nobody", "alice", "mallory", "robot"])
def test_who_cannot_take_over_is_refused(fraud: Fraud, owner: str) -> None:
    change(fraud, "mallory", disabled=True)
    fraud.database.write(lambda session: session.add(User(username="robot", kind=Kind.SERVICE)))
    with pytest.raises(Invalid) as refusal:
        remove(fraud, "alice", owner=owner)
    assert refusal.value.reason == "invalid_owner"
    assert owners(fraud) == {"alice"}


def test_a_preview_says_what_would_happen_and_does_nothing(fraud: Fraud) -> None:
    found = preview(fraud, "alice")
    assert (found.projects, found.memberships) == (["fraud"], 1)
    assert owners(fraud) == {"alice"}


def _refused(fraud: Fraud, username: str, by: str) -> list[str]:
    reasons = []
    works: list[Callable[[], object]] = [
        lambda: preview(fraud, username, by),
        lambda: remove(fraud, username, by=by, owner="bob"),
    ]
    for work in works:
        with pytest.raises(AccessError) as refusal:
            work()
        reasons.append(refusal.value.reason)
    return reasons


def test_oneself_the_last_administrator_and_service_accounts_stay(fraud: Fraud) -> None:
    fraud.database.write(lambda session: session.add(User(username="robot", kind=Kind.SERVICE)))
    change(fraud, "bob", administrator=True, disabled=True)
    assert _refused(fraud, "admin", "admin") == ["not_yourself"] * 2
    assert _refused(fraud, "admin", "bob") == ["last_administrator"] * 2
    assert _refused(fraud, "robot", "admin") == ["service_account"] * 2
    assert _refused(fraud, "nobody", "admin") == ["not_found"] * 2


def test_of_two_administrators_who_delete_each_other_one_stays(fraud: Fraud) -> None:
    change(fraud, "bob", administrator=True)
    failure = overlapping(
        fraud.database, removing("bob"), removing("admin", by="bob", owner="carol")
    )
    assert isinstance(failure, LastOwner)
    assert fraud.user_id("admin")


def test_two_owners_who_are_deleted_at_once_do_not_orphan_their_project(fraud: Fraud) -> None:
    fraud.put("bob", Role.OWNER)
    failure = overlapping(fraud.database, removing("bob"), removing("alice"))
    assert isinstance(failure, LastOwner)
    assert owners(fraud) == {"alice"}


def test_a_project_that_comes_meanwhile_is_not_orphaned(fraud: Fraud) -> None:
    def opens(session: Session) -> None:
        draft = projects.draft(slug="new", name="", description="", created_by="bob")
        projects.create(session, draft, users.get(session, "bob"))

    failure = overlapping(fraud.database, opens, removing("bob"))
    # SQLite lets one write at a time: there the second sees the project from its beginning.
    assert isinstance(failure, Stale | LastOwner)
    assert owners(fraud, "new") == {"bob"}


def _belongings(session: Session) -> None:
    """One row of bob's in every table that has people, and some that look like his."""
    bob, fraud = users.get(session, "bob"), projects.get(session, "fraud")
    group = Group(name="lab", created_by="admin")
    session.add(group)
    session.flush()
    session.add_all(
        [
            GroupPerson(group_id=group.id, user_id=bob.id, added_by="admin"),
            LinkedIdentity(issuer="https://id.example.org", subject="1", user_id=bob.id),
            SignInDelay(kind="account", name="bob"),
            SignInDelay(kind="pair", name="bob 192.0.2.7"),
            SignInDelay(kind="pair", name="bob.b 192.0.2.7"),
            SignInDelay(kind="address", name="bob"),
        ]
    )
    requests.ask(session, bob, fraud.slug, Role.MAINTAINER, "")
    invitations.create(session, username="erin", created_by="bob")
    invitations.create(session, username="frank", created_by="admin")


def test_nothing_of_a_person_is_left_but_what_others_made(fraud: Fraud) -> None:
    fraud.database.write(_belongings)
    user_id = fraud.user_id("bob")
    assert preview(fraud, "bob") == Departure("bob", [], 1, 1, 0, 1)
    remove(fraud, "bob")

    def left(session: Session) -> dict[str, int]:
        return {
            table.__tablename__: session.scalar(
                select(func.count()).select_from(table).where(table.user_id == user_id)
            )
            or 0
            for table in BELONGINGS
        }

    assert set(fraud.database.read(left).values()) == {0}
    delays = fraud.database.read(lambda session: set(session.scalars(select(SignInDelay.name))))
    open_ = fraud.database.read(invitations.page)
    assert (delays, [one.invitation.username for one in open_]) == (
        {"bob", "bob.b 192.0.2.7"},
        ["frank"],
    )


def test_the_name_is_free_again(fraud: Fraud) -> None:
    remove(fraud, "bob")
    fraud.database.write(lambda session: users.create(session, username="bob", password=PASSWORD))
    assert fraud.roles() == {"alice": "owner", "carol": "viewer"}
