"""Personal tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from access.conftest import Fraud
from uac_api.access import principals, projects, tokens, users
from uac_api.access.errors import Invalid, NotFound
from uac_api.access.models import Token, now
from uac_api.access.principals import Principal, Via
from uac_api.access.roles import Action, Role
from uac_api.access.secrets import split


def make(fraud: Fraud, username: str = "alice", **limits: Any) -> str:
    user_id = fraud.user_id(username)
    return fraud.database.write(
        lambda session: tokens.create(session, user_id=user_id, name="laptop", **limits)[1].text
    )


def who(fraud: Fraud, text: str) -> Principal | None:
    parts = split(text, "mls")
    assert parts is not None
    return principals.by_token(fraud.database, *parts)


def test_a_token_without_limits_is_its_person(fraud: Fraud) -> None:
    principal = who(fraud, make(fraud))
    assert principal is not None
    assert (principal.username, principal.via) == ("alice", Via.TOKEN)
    assert principal.token_actions is None
    assert principal.grants["fraud"].role == Role.OWNER


def test_a_token_of_a_project_has_no_grant_elsewhere(fraud: Fraud) -> None:
    fraud.create("risk")
    principal = who(fraud, make(fraud, project_id=fraud.project_id()))
    assert principal is not None
    assert set(principal.grants) == {"fraud"}


def test_a_token_of_a_project_its_person_left_has_no_grant(fraud: Fraud) -> None:
    text = make(fraud, "bob", project_id=fraud.project_id())
    fraud.remove("bob")
    principal = who(fraud, text)
    assert principal is not None
    assert principal.grants == {}


def test_a_token_of_a_deleted_project_has_no_grant_elsewhere(fraud: Fraud) -> None:
    fraud.create("risk")
    text = make(fraud, project_id=fraud.project_id())
    fraud.database.write(lambda session: projects.delete(projects.get(session, "fraud")))
    principal = who(fraud, text)
    assert principal is not None
    assert principal.grants == {}


def test_a_token_keeps_its_actions(fraud: Fraud) -> None:
    principal = who(fraud, make(fraud, actions=["log", "read"]))
    assert principal is not None
    assert principal.token_actions == frozenset({Action.READ, Action.LOG})


def test_all_actions_fit_into_their_column(fraud: Fraud) -> None:
    principal = who(fraud, make(fraud, actions=list(Action)))
    assert principal is not None
    assert principal.token_actions == frozenset(Action)


@pytest.mark.parametrize("actions", [[], ["fly"], ["READ"], ["read,manage"], [""]])
def test_actions_that_are_none_are_refused(fraud: Fraud, actions: list[str]) -> None:
    with pytest.raises(Invalid) as refusal:
        make(fraud, actions=actions)
    assert refusal.value.reason == "invalid_action"


@pytest.mark.parametrize("days", [0, -1, 3651])
def test_an_end_too_near_or_too_far_is_refused(fraud: Fraud, days: int) -> None:
    with pytest.raises(Invalid) as refusal:
        make(fraud, expires_in_days=days)
    assert refusal.value.reason == "invalid_expiry"


def test_a_token_ends_with_its_last_moment(fraud: Fraud) -> None:
    text = make(fraud, expires_in_days=3650)
    assert who(fraud, text) is not None
    ends = update(Token).values(expires_at=now())
    fraud.database.write(lambda session: session.execute(ends))
    assert who(fraud, text) is None


def test_a_token_with_another_secret_is_nobodys(fraud: Fraud) -> None:
    one, other = make(fraud), make(fraud)
    mixed = "_".join([*one.split("_", 2)[:2], other.split("_", 2)[2]])
    assert who(fraud, mixed) is None


def test_a_token_of_a_disabled_person_is_nobodys(fraud: Fraud) -> None:
    text = make(fraud, "bob")

    def disable(session: Any) -> None:
        users.change(session, users.get(session, "bob"), disabled=True)

    fraud.database.write(disable)
    assert who(fraud, text) is None


def test_a_deleted_token_is_nobodys(fraud: Fraud) -> None:
    text = make(fraud)
    user_id = fraud.user_id("alice")
    fraud.database.write(lambda session: tokens.delete(session, user_id, text.split("_")[1]))
    assert who(fraud, text) is None


def test_nobody_deletes_the_token_of_another(fraud: Fraud) -> None:
    text = make(fraud)
    bob = fraud.user_id("bob")
    with pytest.raises(NotFound):
        fraud.database.write(lambda session: tokens.delete(session, bob, text.split("_")[1]))
    assert who(fraud, text) is not None


def test_tokens_are_listed_newest_first_and_only_ones_own(fraud: Fraud) -> None:
    made = [make(fraud).split("_")[1] for _ in range(3)]
    make(fraud, "bob")
    alice = fraud.user_id("alice")
    listed = fraud.database.read(lambda session: tokens.listed(session, alice))
    assert [token.id for token in listed] == made[::-1]


def test_the_last_use_is_noted(fraud: Fraud) -> None:
    token_id = make(fraud).split("_")[1]
    moment = now() - timedelta(minutes=1)
    fraud.database.write(lambda s: tokens.mark_used(s, {token_id: moment, "unknown": moment}))
    alice = fraud.user_id("alice")
    (token,) = fraud.database.read(lambda session: tokens.listed(session, alice))
    assert token.last_used_at == moment
