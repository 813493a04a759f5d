"""Personal tokens."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import update

from access.conftest import Fraud
from databases import every_database
from uac_api.access.credentials import authenticate, tokens
from uac_api.access.credentials.origins import Origin
from uac_api.access.credentials.secrets import split
from uac_api.access.decisions.principals import Principal, Via
from uac_api.access.decisions.roles import Action, Role
from uac_api.access.errors import AlreadyExists, Invalid, NotFound
from uac_api.access.models import Token, now
from uac_api.access.people import users
from uac_api.access.projects import projects


def make(fraud: Fraud, username: str = "alice", **limits: Any) -> str:
    user_id = fraud.user_id(username)
    return fraud.database.write(
        lambda session: tokens.create(session, user_id=user_id, name="laptop", **limits)[1].text
    )


def who(fraud: Fraud, text: str) -> Principal | None:
    parts = split(text, "mls")
    assert parts is not None
    return authenticate.by_token(fraud.database, *parts)


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
    fraud.database.write(
        lambda session: projects.delete(projects.get(session, "fraud"), by="alice")
    )
    principal = who(fraud, text)
    assert principal is not None
    assert principal.grants == {}


def test_a_token_keeps_its_actions(fraud: Fraud) -> None:
    principal = who(fraud, make(fraud, actions=["log", "read"]))
    assert principal is not None
    assert principal.token_actions == frozenset({Action.READ, Action.LOG})


@every_database
def test_all_actions_fit_into_their_column(fraud: Fraud) -> None:
    principal = who(fraud, make(fraud, actions=list(Action)))
    assert principal is not None
    assert principal.token_actions == frozenset(Action)


@pytest.mark.parametrize("actions", [[], ["fly"], ["READ"], ["read,manage"], [""]])
def test_actions_that_are_none_are_refused(fraud: Fraud, actions: list[str]) -> None:
    with pytest.raises(Invalid) as refusal:
        make(fraud, actions=actions)
    assert refusal.value.reason == "invalid_action"


@pytest.mark.parametrize("days", [0, -1, 366])
def test_an_end_too_near_or_too_far_is_refused(fraud: Fraud, days: int) -> None:
    with pytest.raises(Invalid) as refusal:
        make(fraud, expires_in_days=days)
    assert refusal.value.reason == "invalid_expiry"


def ends(fraud: Fraud, seconds: int) -> None:
    end = update(Token).values(expires_at=now() + timedelta(seconds=seconds))
    fraud.database.write(lambda session: session.execute(end))


@every_database
def test_a_token_goes_on_for_a_minute_after_its_end_and_no_longer(fraud: Fraud) -> None:
    text = make(fraud, expires_in_days=365)
    for seconds, works in ((0, True), (-50, True), (-61, False)):
        ends(fraud, seconds)
        assert (who(fraud, text) is not None) is works, seconds


def test_a_token_of_before_ends_never(fraud: Fraud) -> None:
    text = make(fraud)
    fraud.database.write(lambda s: s.execute(update(Token).values(expires_at=None)))
    assert who(fraud, text) is not None
    assert not tokens.has_ended(None)


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


@every_database
def test_tokens_are_listed_newest_first_and_only_ones_own(fraud: Fraud) -> None:
    made = [make(fraud).split("_")[1] for _ in range(3)]
    make(fraud, "bob")
    alice = fraud.user_id("alice")
    listed = fraud.database.read(lambda session: tokens.listed(session, alice))
    assert [token.id for token in listed] == made[::-1]


@every_database
def test_the_last_use_is_noted_of_many_tokens_in_one_statement(fraud: Fraud) -> None:
    one, other, third = (make(fraud).split("_")[1] for _ in range(3))
    moment = now() - timedelta(minutes=1)
    laptop = Origin("203.0.113.7", "mlflow-python-client/3.17.2 and more")
    nightly = Origin("2001:db8::1", "x" * 200)
    uses = {one: tokens.Use(moment, laptop), other: tokens.Use(now(), nightly)}
    unknown = {"unknown": tokens.Use(moment, laptop)}
    fraud.database.write(lambda s: tokens.mark_used(s, {**uses, **unknown}))
    alice = fraud.user_id("alice")
    found = fraud.database.read(
        lambda session: {token.id: token for token in tokens.listed(session, alice)}
    )
    assert found[one].last_used_at == moment
    assert (found[one].last_address, found[one].last_client) == (
        "203.0.113.7",
        "mlflow-python-client/3.17.2",
    )
    assert (found[other].last_address, found[other].last_client) == ("2001:db8::1", "x" * 100)
    assert (found[third].last_used_at, found[third].last_address) == (None, "")


@every_database
def test_more_uses_than_one_statement_takes_are_all_noted(
    fraud: Fraud, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "MARKED_AT_ONCE", 2)
    made = [make(fraud).split("_")[1] for _ in range(5)]
    uses = {one: tokens.Use(now(), Origin("::1", "x")) for one in made}
    fraud.database.write(lambda s: tokens.mark_used(s, uses))
    alice = fraud.user_id("alice")
    listed = fraud.database.read(lambda session: tokens.listed(session, alice))
    assert {token.last_address for token in listed} == {"::1"}


def rotate(fraud: Fraud, token_id: str, hours: int = 24, **more: Any) -> tuple[Token, str]:
    user_id = fraud.user_id("alice")

    def work(session: Any) -> tuple[Token, str]:
        old = tokens.get(session, token_id, user_id=user_id)
        made, issued = tokens.rotate(session, old, overlap_hours=hours, **more)
        return made, issued.text

    return fraud.database.write(work)


@every_database
def test_a_rotated_token_works_until_the_overlap_is_over(fraud: Fraud) -> None:
    text = make(fraud, project_id=fraud.project_id(), actions=["read"], expires_in_days=7)
    old = text.split("_")[1]
    fresh, fresh_text = rotate(fraud, old)
    assert (fresh.name, fresh.replaces, fresh.actions) == ("laptop", old, "read")
    assert fresh.expires_at is not None
    assert timedelta(days=6, hours=23) < fresh.expires_at - now() < timedelta(days=7, minutes=1)
    for each in (text, fresh_text):
        found = who(fraud, each)
        assert found is not None
        assert set(found.grants) == {"fraud"}
    past = update(Token).where(Token.id == old).values(expires_at=now() - timedelta(seconds=61))
    kept = fraud.database.read(lambda session: session.get(Token, old))
    assert kept is not None
    assert kept.expires_at is not None
    assert timedelta(hours=23) < kept.expires_at - now() <= timedelta(hours=24)
    fraud.database.write(lambda session: session.execute(past))
    assert who(fraud, text) is None
    assert who(fraud, fresh_text) is not None


def test_a_rotation_without_an_overlap_ends_the_old_token_at_once(fraud: Fraud) -> None:
    text = make(fraud)
    _, fresh = rotate(fraud, text.split("_")[1], 0)
    assert who(fraud, text) is None
    assert who(fraud, fresh) is not None


def test_an_overlap_never_makes_a_token_live_longer(fraud: Fraud) -> None:
    text = make(fraud, expires_in_days=1)
    ends(fraud, 60)
    rotate(fraud, text.split("_")[1], 168)
    ended = fraud.database.read(lambda session: session.get(Token, text.split("_")[1]))
    assert ended is not None
    assert ended.expires_at is not None
    assert ended.expires_at < now() + timedelta(seconds=61)


def test_a_token_of_one_run_stays_one_when_rotated(fraud: Fraud) -> None:
    text = make(fraud, project_id=fraud.project_id(), run_id="a1")
    fresh, fresh_text = rotate(fraud, text.split("_")[1])
    assert fresh.run_id == "a1"
    found = who(fraud, fresh_text)
    assert found is not None
    assert found.token_run_id == "a1"
    assert found.token_actions == frozenset({Action.READ, Action.LOG})


def test_what_cannot_be_rotated_says_why(fraud: Fraud) -> None:
    token_id = make(fraud).split("_")[1]
    for hours in (-1, 169):
        with pytest.raises(Invalid) as refusal:
            rotate(fraud, token_id, hours)
        assert refusal.value.reason == "invalid_overlap"
    rotate(fraud, token_id)
    with pytest.raises(AlreadyExists):
        rotate(fraud, token_id)
    ended = make(fraud).split("_")[1]
    ends(fraud, -61)
    with pytest.raises(Invalid) as refusal:
        rotate(fraud, ended)
    assert refusal.value.reason == "token_over"


@pytest.mark.parametrize(
    "limits",
    [
        {"run_id": "a1"},
        {"run_id": "a1", "project_id": 1, "actions": ["read"]},
        {"run_id": "", "project_id": 1},
        {"run_id": "../x", "project_id": 1},
        {"run_id": "a" * 33, "project_id": 1},
    ],
)
def test_a_token_of_one_run_names_its_project_a_run_and_no_actions(
    fraud: Fraud, limits: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as refusal:
        make(fraud, **limits)
    assert refusal.value.reason == "invalid_run"


@every_database
def test_a_leaked_token_is_found_by_its_beginning_wherever_it_stands(fraud: Fraud) -> None:
    text = make(fraud)
    token_id = text.split("_")[1]
    make(fraud, "bob")
    for leaked in (text, f"mls_{token_id}", token_id, f"x https://alice:{text}@host/ y", text[:9]):
        found = fraud.database.read(partial(tokens.found_in, text=leaked))
        assert [(one.id, one.user.username) for one in found] == [(token_id, "alice")], leaked


@pytest.mark.parametrize("text", ["", "mls_", "mls_abc", "hello world", "mls_%%%%", "a" * 13])
def test_a_text_without_a_token_is_refused(fraud: Fraud, text: str) -> None:
    with pytest.raises(Invalid) as refusal:
        fraud.database.read(lambda session: tokens.found_in(session, text))
    assert refusal.value.reason == "no_token_in_text"


@every_database
def test_the_tokens_of_all_are_paged_and_searched(fraud: Fraud) -> None:
    made = [make(fraud), make(fraud, "bob", project_id=fraud.project_id()), make(fraud, "carol")]
    ids = [text.split("_")[1] for text in made]

    def page(**more: Any) -> list[str]:
        return [token.id for token in fraud.database.read(lambda s: tokens.page(s, **more))]

    assert page() == ids[::-1]
    assert page(limit=2) == ids[:0:-1]
    last = fraud.database.read(lambda s: tokens.page(s, limit=2))[-1]
    assert page(after=(last.created_at, last.id)) == ids[:1]
    assert page(query="ARO") == [ids[2]]
    assert page(query="fra") == [ids[1]]
    assert page(query="laptop") == ids[::-1]
    assert page(query=ids[0][:6]) == [ids[0]]
    assert page(query="%") == []
    assert page(project_id=fraud.project_id()) == [ids[1]]


@every_database
def test_a_revoked_token_is_nobodys_and_a_project_revokes_only_its_own(fraud: Fraud) -> None:
    everywhere, inside = make(fraud), make(fraud, project_id=fraud.project_id())
    here = fraud.project_id()

    def revoke(text: str, **more: Any) -> None:
        fraud.database.write(lambda s: tokens.revoke(s, text.split("_")[1], **more))

    with pytest.raises(NotFound):
        revoke(everywhere, project_id=here)
    revoke(inside, project_id=here)
    assert (who(fraud, everywhere) is None, who(fraud, inside) is None) == (False, True)
    revoke(everywhere)
    assert who(fraud, everywhere) is None
