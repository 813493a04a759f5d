"""Who a request speaks as, found by one statement."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, event, update

from access.conftest import Fraud
from databases import every_database
from uac_api.access import recognition, sessions
from uac_api.access.models import LinkedIdentity, User
from uac_api.access.principals import Via
from uac_api.access.roles import Role

pytestmark = every_database


@pytest.fixture
def statements(fraud: Fraud) -> Iterator[list[str]]:
    """Every SELECT that any engine is given."""
    seen: list[str] = []

    def note(*given: object) -> None:
        if "SELECT" in str(given[2]) and " users" in str(given[2]):
            seen.append(str(given[2]))

    assert fraud
    event.listen(Engine, "before_cursor_execute", note)
    yield seen
    event.remove(Engine, "before_cursor_execute", note)


def test_one_statement_finds_the_person_and_every_role(fraud: Fraud, statements: list[str]) -> None:
    for slug in ("churn", "claims", "risk"):
        fraud.create(slug, owner="bob")
    statements.clear()
    found = recognition.by_username(fraud.database, "bob")
    assert len(statements) == 1
    assert found is not None
    assert found.principal is not None
    roles = {slug: grant.role for slug, grant in found.principal.grants.items()}
    assert roles.pop("fraud") == Role.CONTRIBUTOR
    assert roles == dict.fromkeys(("churn", "claims", "risk"), Role.OWNER)


def test_one_statement_finds_the_person_behind_a_subject(
    fraud: Fraud, statements: list[str]
) -> None:
    link = LinkedIdentity(issuer="https://id", subject="b-1", user_id=fraud.user_id("bob"))
    fraud.database.write(lambda session: session.add(link))
    statements.clear()
    found = recognition.by_identity(fraud.database, "https://id", "b-1", "a-token")
    assert len(statements) == 1
    assert found is not None
    assert (found.username, found.via, found.token_id) == ("bob", Via.PROVIDER, "")
    assert found.grants["fraud"].role == Role.CONTRIBUTOR
    for issuer, subject in (("https://id", "b-2"), ("https://other", "b-1"), ("https://id", "B-1")):
        assert recognition.by_identity(fraud.database, issuer, subject, "") is None


def test_who_has_no_password_has_no_hash_either(fraud: Fraud) -> None:
    none = update(User).where(User.username == "bob").values(password_hash="")
    fraud.database.write(lambda session: session.execute(none))
    found = recognition.by_username(fraud.database, "bob")
    assert found is not None
    assert found.password_hash == ""


def test_who_is_in_no_project_is_somebody_all_the_same(fraud: Fraud) -> None:
    found = recognition.by_username(fraud.database, "mallory")
    assert found is not None
    who = found.principal
    assert who is not None
    assert (who.grants, who.via, who.token_id) == ({}, Via.PASSWORD, "")


@pytest.mark.parametrize("name", ["nobody", "Alice", "", "alice'--"])
def test_an_unknown_name_is_nobody(fraud: Fraud, name: str) -> None:
    assert recognition.by_username(fraud.database, name) is None


def test_a_disabled_person_is_nobody_by_any_way(fraud: Fraud) -> None:
    user_id = fraud.user_id("bob")
    text, _, _ = fraud.database.write(lambda s: sessions.start(s, user_id, hours=1))
    _, session_id, secret = text.split("_", 2)
    off = update(User).where(User.username == "bob").values(disabled=True)
    fraud.database.write(lambda session: session.execute(off))
    found = recognition.by_username(fraud.database, "bob")
    assert found is not None
    assert found.principal is None
    assert recognition.by_session(fraud.database, session_id, secret) is None


def test_a_revoked_role_is_gone_from_the_next_principal(fraud: Fraud) -> None:
    fraud.remove("bob")
    found = recognition.by_username(fraud.database, "bob")
    assert found is not None
    assert found.principal is not None
    assert found.principal.grants == {}
