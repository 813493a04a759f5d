"""Who a request speaks as, found by one statement."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import permutations

import pytest
from sqlalchemy import update

from access.conftest import Fraud
from databases import every_database, statements
from uac_api.access.credentials import authenticate, sessions
from uac_api.access.decisions.principals import Grant, Via, strongest
from uac_api.access.decisions.roles import Role
from uac_api.access.models import LinkedIdentity, User, now
from uac_api.access.projects import projects
from uac_api.access.quotas import limits
from uac_api.access.quotas.limits import Own

pytestmark = every_database


def test_one_statement_finds_the_person_and_every_role(fraud: Fraud) -> None:
    for slug in ("churn", "claims", "risk"):
        fraud.create(slug, owner="bob")
    with statements(fraud.database) as seen:
        found = authenticate.by_username(fraud.database, "bob")
    assert seen.verbs == ["SELECT"], seen.texts
    assert found is not None
    assert found.principal is not None
    roles = {slug: grant.role for slug, grant in found.principal.grants.items()}
    assert roles.pop("fraud") == Role.CONTRIBUTOR
    assert roles == dict.fromkeys(("churn", "claims", "risk"), Role.OWNER)


def test_one_statement_finds_the_person_behind_a_subject(fraud: Fraud) -> None:
    link = LinkedIdentity(issuer="https://id", subject="b-1", user_id=fraud.user_id("bob"))
    fraud.database.write(lambda session: session.add(link))
    with statements(fraud.database) as seen:
        found = authenticate.by_identity(fraud.database, "https://id", "b-1", "a-token")
    assert seen.verbs == ["SELECT"], seen.texts
    assert found is not None
    assert (found.username, found.via, found.token_id) == ("bob", Via.PROVIDER, "")
    assert found.grants["fraud"].role == Role.CONTRIBUTOR
    for issuer, subject in (("https://id", "b-2"), ("https://other", "b-1"), ("https://id", "B-1")):
        assert authenticate.by_identity(fraud.database, issuer, subject, "") is None


def test_who_has_no_password_has_no_hash_either(fraud: Fraud) -> None:
    none = update(User).where(User.username == "bob").values(password_hash="")
    fraud.database.write(lambda session: session.execute(none))
    found = authenticate.by_username(fraud.database, "bob")
    assert found is not None
    assert found.password_hash == ""


def test_who_is_in_no_project_is_somebody_all_the_same(fraud: Fraud) -> None:
    found = authenticate.by_username(fraud.database, "mallory")
    assert found is not None
    who = found.principal
    assert who is not None
    assert (who.grants, who.via, who.token_id) == ({}, Via.PASSWORD, "")


@pytest.mark.parametrize("name", ["nobody", "Alice", "", "alice'--"])
def test_an_unknown_name_is_nobody(fraud: Fraud, name: str) -> None:
    assert authenticate.by_username(fraud.database, name) is None


def test_a_disabled_person_is_nobody_by_any_way(fraud: Fraud) -> None:
    user_id = fraud.user_id("bob")
    text, _, _ = fraud.database.write(lambda s: sessions.start(s, user_id, hours=1))
    _, session_id, secret = text.split("_", 2)
    off = update(User).where(User.username == "bob").values(disabled=True)
    fraud.database.write(lambda session: session.execute(off))
    found = authenticate.by_username(fraud.database, "bob")
    assert found is not None
    assert found.principal is None
    assert authenticate.by_session(fraud.database, session_id, secret) is None


def test_a_revoked_role_is_gone_from_the_next_principal(fraud: Fraud) -> None:
    fraud.remove("bob")
    found = authenticate.by_username(fraud.database, "bob")
    assert found is not None
    assert found.principal is not None
    assert found.principal.grants == {}


def test_the_same_statement_finds_the_limits_of_each_project(fraud: Fraud) -> None:
    fraud.create("churn", owner="bob")
    fraud.database.write(
        lambda s: limits.put(s, projects.get(s, "churn"), Own(5, None, 0), by="admin")
    )
    with statements(fraud.database) as seen:
        found = authenticate.by_username(fraud.database, "bob")
    assert seen.verbs == ["SELECT"], seen.texts
    assert found is not None
    assert found.principal is not None
    grants = found.principal.grants
    assert (grants["churn"].quota, grants["fraud"].quota) == (Own(5, None, 0), Own())


def test_the_end_of_the_last_way_to_a_role_counts(fraud: Fraud) -> None:
    friday, monday = now() + timedelta(days=2), now() + timedelta(days=5)
    over = now() - timedelta(days=1)

    def until(*given: tuple[Role, str, datetime | None]) -> datetime | None:
        grants = [(Grant(1, "fraud", role, group), ends) for role, group, ends in given]
        found = [strongest(order) for order in permutations(grants)]
        assert {one["fraud"] for one in found} == {found[0]["fraud"]}
        (ends,) = {one["fraud"].until for one in found}
        return ends

    owner, viewer = Role.OWNER, Role.VIEWER
    assert until((owner, "", friday)) == friday
    assert until((owner, "", None)) is None
    assert until((owner, "", friday), (owner, "leads", monday)) == monday
    assert until((owner, "", friday), (owner, "leads", None)) is None
    # Neither a lower role that stays nor one that is over makes it longer.
    assert until((owner, "", friday), (viewer, "all", None)) == friday
    assert until((owner, "", friday), (owner, "once", over)) == friday
    assert fraud
