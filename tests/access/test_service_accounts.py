"""Accounts of a project's programs."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest
from sqlalchemy.orm import Session

from access.conftest import Fraud
from databases import every_database
from people import PASSWORD
from uac_api.access.credentials import authenticate, sessions, tokens
from uac_api.access.credentials.secrets import split
from uac_api.access.decisions.principals import Principal
from uac_api.access.decisions.roles import Role
from uac_api.access.errors import AlreadyExists, Invalid, NotFound, Stale
from uac_api.access.models import Kind, User
from uac_api.access.people import service_accounts, users
from uac_api.access.projects import members, projects
from uac_api.access.projects.grants import Terms

USERNAME = "svc-fraud-nightly"


def make(
    fraud: Fraud, name: str = "nightly", role: str = "contributor", slug: str = "fraud"
) -> str:
    def work(session: Session) -> str:
        project = projects.get(session, slug)
        account, _ = service_accounts.create(
            session, project, name=name, role=role, created_by="alice"
        )
        return account.user.username

    return fraud.database.write(work)


def owned(session: Session, username: str = USERNAME) -> service_accounts.Owned:
    return service_accounts.get(session, projects.get(session, "fraud"), username)


def token_of(fraud: Fraud, username: str = USERNAME) -> str:
    def work(session: Session) -> str:
        account, _ = owned(session, username)
        return tokens.create(
            session, user_id=account.user_id, name="x", project_id=account.project_id
        )[1].text

    return fraud.database.write(work)


def who(fraud: Fraud, text: str) -> Principal | None:
    parts = split(text, "mls")
    assert parts is not None
    return authenticate.by_token(fraud.database, *parts)


def test_a_service_account_is_a_member_of_its_one_project(fraud: Fraud) -> None:
    fraud.create("risk")
    assert make(fraud) == USERNAME
    found = who(fraud, token_of(fraud))
    assert found is not None
    assert (found.username, found.kind, found.administrator) == (USERNAME, Kind.SERVICE, False)
    assert {slug: grant.role for slug, grant in found.grants.items()} == {"fraud": Role.CONTRIBUTOR}


@pytest.mark.parametrize("role", ["owner", "", "admin", "VIEWER"])
def test_it_is_never_an_owner(fraud: Fraud, role: str) -> None:
    with pytest.raises(Invalid) as refusal:
        make(fraud, role=role)
    assert refusal.value.reason == "invalid_role"
    make(fraud)
    with pytest.raises(Invalid):
        fraud.database.write(
            lambda s: service_accounts.change(s, owned(s), role=role, changed_by="alice")
        )


@pytest.mark.parametrize("name", ["", "-a", "a-", "A", "a" * 21, "a b", "a/b", "ä"])
def test_a_name_of_the_wrong_form_is_refused(fraud: Fraud, name: str) -> None:
    with pytest.raises(Invalid) as refusal:
        make(fraud, name)
    assert refusal.value.reason == "invalid_name"


@every_database
def test_a_long_project_and_a_long_name_fit_into_a_username(fraud: Fraud) -> None:
    slug = "a" * 63
    fraud.create(slug)
    names = [make(fraud, "b" * 19 + end, slug=slug) for end in "cd"]
    assert len(set(names)) == 2
    assert {len(name) for name in names} == {64}


@every_database
def test_a_name_is_used_once_also_after_the_account_is_gone(fraud: Fraud) -> None:
    make(fraud)
    with pytest.raises(AlreadyExists):
        make(fraud)
    fraud.database.write(lambda s: service_accounts.delete(s, owned(s)))
    with pytest.raises(AlreadyExists):
        make(fraud)


def test_nothing_that_looks_for_people_finds_it(fraud: Fraud) -> None:
    make(fraud)
    database = fraud.database
    with pytest.raises(NotFound):
        database.read(lambda session: users.get(session, USERNAME, lock=False))
    everybody = database.read(lambda session: users.page(session, query="svc"))
    assert everybody == []
    assert set(fraud.roles()) == {"alice", "bob", "carol"}
    counts = database.read(lambda s: projects.member_counts(s, [fraud.project_id()]))
    assert counts == {fraud.project_id(): 3}


def test_it_never_signs_in_by_password_or_session(fraud: Fraud) -> None:
    make(fraud)

    def work(session: Session) -> str:
        account, _ = owned(session)
        # As if somebody had written both into the database.
        account.user.password_hash = session.get_one(User, fraud_alice).password_hash
        return sessions.start(session, account.user_id, hours=1)[0]

    fraud_alice = fraud.user_id("alice")
    parts = split(fraud.database.write(work), "mss")
    assert parts is not None
    assert authenticate.by_session(fraud.database, *parts) is None
    account = authenticate.by_username(fraud.database, USERNAME)
    assert account is not None
    assert account.principal is None
    assert authenticate.by_username(fraud.database, "alice") is not None


def test_nobody_makes_it_a_member_elsewhere(fraud: Fraud) -> None:
    make(fraud)
    fraud.create("risk")

    def elsewhere(session: Session) -> None:
        project, user = projects.get(session, "risk"), users.get(session, USERNAME)
        members.put(session, project, user, Terms(Role.VIEWER, "alice"))

    with pytest.raises(NotFound):
        fraud.database.write(elsewhere)


def test_a_person_cannot_take_the_name_of_one(fraud: Fraud) -> None:
    with pytest.raises(Invalid) as refusal:
        fraud.database.write(lambda s: users.create(s, username="svc-fraud-x", password=PASSWORD))
    assert refusal.value.reason == "invalid_username"


def test_its_role_changes_by_version(fraud: Fraud) -> None:
    make(fraud)

    def change(**more: Any) -> None:
        fraud.database.write(
            lambda s: service_accounts.change(s, owned(s), changed_by="alice", **more)
        )

    change(role="viewer", expected=1)
    with pytest.raises(Stale):
        change(role="maintainer", expected=1)
    _, member = fraud.database.read(owned_for_reading)
    assert (member.role, member.version) == ("viewer", 2)


def owned_for_reading(session: Session) -> service_accounts.Owned:
    project = projects.get(session, "fraud", lock=False)
    return service_accounts.get(session, project, USERNAME)


def test_a_disabled_account_is_nobody_until_it_is_enabled(fraud: Fraud) -> None:
    make(fraud)
    text = token_of(fraud)

    def switch(session: Session, *, disabled: bool) -> None:
        service_accounts.change(session, owned(session), disabled=disabled, changed_by="alice")

    for disabled in (True, False):
        fraud.database.write(partial(switch, disabled=disabled))
        assert (who(fraud, text) is None) is disabled


@every_database
def test_a_deleted_account_takes_its_tokens_along(fraud: Fraud) -> None:
    make(fraud)
    make(fraud, "other")
    text, others = token_of(fraud), token_of(fraud, "svc-fraud-other")
    fraud.database.write(lambda s: service_accounts.delete(s, owned(s)))
    assert who(fraud, text) is None
    assert who(fraud, others) is not None
    with pytest.raises(NotFound):
        fraud.database.write(owned)


def test_a_deleted_project_leaves_its_tokens_without_a_grant(fraud: Fraud) -> None:
    make(fraud)
    text = token_of(fraud)
    fraud.database.write(
        lambda session: projects.delete(projects.get(session, "fraud"), by="alice")
    )
    found = who(fraud, text)
    assert found is not None
    assert found.grants == {}


@every_database
def test_accounts_are_listed_by_name_with_their_tokens_counted(fraud: Fraud) -> None:
    for name in ("b", "a", "c"):
        make(fraud, name)
    token_of(fraud, "svc-fraud-a")
    token_of(fraud, "svc-fraud-a")

    def page(session: Session, **more: Any) -> list[tuple[str, int]]:
        project = projects.get(session, "fraud", lock=False)
        found = service_accounts.page(session, project, **more)
        counts = service_accounts.token_counts(session, [one.user_id for one, _ in found])
        return [(one.user.username, counts.get(one.user_id, 0)) for one, _ in found]

    assert fraud.database.read(page) == [("svc-fraud-a", 2), ("svc-fraud-b", 0), ("svc-fraud-c", 0)]
    assert fraud.database.read(lambda s: page(s, after="svc-fraud-a", limit=1)) == [
        ("svc-fraud-b", 0)
    ]


def test_an_account_of_another_project_is_not_found(fraud: Fraud) -> None:
    fraud.create("risk")
    elsewhere = make(fraud, slug="risk")
    with pytest.raises(NotFound):
        fraud.database.write(lambda session: owned(session, elsewhere))
