"""Personal tokens over REST."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from api.conftest import Caller, Studio
from people import PASSWORD, Person, Reply, basic
from uac_api.access.models import Token, now

PATH = "experiments/search?max_results=1"


def make(caller: Person, **more: object) -> Reply:
    return caller.studio("POST", "/tokens", {"name": "laptop", **more})


def test_a_token_is_shown_once_and_only_its_hash_is_kept(studio: Studio, alice: Caller) -> None:
    made = make(alice)
    kind, token_id, secret = made.json["token"].split("_", 2)
    assert (made.status, kind, token_id) == (201, "mls", made.json["id"])
    listed = alice.studio("GET", "/tokens")
    assert [one["id"] for one in listed.json["tokens"]] == [token_id]
    assert "token" not in listed.json["tokens"][0]
    assert secret not in listed.body.decode()
    (row,) = studio.database.read(lambda session: list(session.scalars(select(Token))))
    assert secret not in " ".join(str(value) for value in vars(row).values())


def test_a_token_speaks_for_its_person_by_bearer_and_by_basic(
    studio: Studio, alice: Caller
) -> None:
    text = make(alice).json["token"]
    ways = [f"Bearer {text}", f"bearer  {text}", basic("alice", text), basic("", text)]
    for credential in ways:
        me = studio.anonymous().studio("GET", "/me", headers={"Authorization": credential})
        assert (me.status, me.json["user"]["username"], me.json["via"]) == (200, "alice", "token")


def test_a_token_with_another_persons_name_beside_it_is_refused(
    studio: Studio, alice: Caller
) -> None:
    credential = basic("bob", make(alice).json["token"])
    me = studio.anonymous().studio("GET", "/me", headers={"Authorization": credential})
    assert me.status == 401


def test_a_token_is_limited_to_its_project(studio: Studio, alice: Caller) -> None:
    alice.studio("POST", "/projects", {"slug": "risk"})
    made = make(alice, project="fraud").json
    program = studio.bearer(made["token"])
    assert made["project"] == "fraud"
    assert program.studio("GET", "/projects/fraud").status == 200
    assert program.studio("GET", "/projects/risk").status == 404
    assert [p["slug"] for p in program.studio("GET", "/projects").json["projects"]] == ["fraud"]


def test_a_token_is_limited_to_its_actions(studio: Studio, alice: Caller) -> None:
    made = make(alice, actions=["log", "read", "log"]).json
    assert made["actions"] == ["read", "log"]
    program = studio.bearer(made["token"])
    assert program.studio("GET", "/projects/fraud").status == 200
    assert program.studio("PATCH", "/projects/fraud", {"name": "x"}).status == 403
    refused = program.mlflow("fraud", "POST", "registered-models/create", {"name": "m"})
    assert (refused.status, refused.json["reason"]) == (403, "token_too_narrow")


def test_a_token_gives_no_more_than_the_role(studio: Studio, carol: Caller) -> None:
    program = studio.bearer(make(carol, actions=["read", "manage"]).json["token"])
    reply = program.studio("PATCH", "/projects/fraud", {"name": "x"})
    assert (reply.status, reply.json["reason"]) == (403, "role_too_low")


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"name": ""}, 400, "1 to 100 characters"),
        ({"name": "x" * 101}, 400, "1 to 100 characters"),
        ({"name": None}, 400, "name"),
        ({"actions": []}, 400, "at least one action"),
        ({"actions": ["fly"]}, 400, "read, log, register"),
        ({"actions": "read"}, 400, "actions"),
        ({"expires_in_days": 0}, 400, "1 to 365"),
        ({"expires_in_days": 366}, 400, "1 to 365"),
        ({"expires_in_days": 10**30}, 400, "1 to 365"),
        ({"expires_in_days": "soon"}, 400, "expires_in_days"),
        ({"scope": "all"}, 400, "scope"),
        ({"project": "nowhere"}, 404, "no project 'nowhere'"),
    ],
)
def test_a_token_of_the_wrong_form_is_refused_with_a_sentence(
    alice: Caller, change: dict[str, object], status: int, words: str
) -> None:
    reply = make(alice, **change)
    assert reply.status == status
    assert words in reply.json["message"]
    assert alice.studio("GET", "/tokens").json["tokens"] == []


@pytest.mark.parametrize("who", ["mallory", "admin"])
def test_nobody_makes_a_token_for_a_project_they_cannot_read(studio: Studio, who: str) -> None:
    reply = make(studio.person(who), project="fraud")
    assert (reply.status, reply.json["reason"]) == (404, "no_such_project")


def test_a_token_makes_lists_and_deletes_no_tokens(studio: Studio, alice: Caller) -> None:
    made = make(alice).json
    program = studio.bearer(made["token"])
    replies = [
        make(program),
        program.studio("GET", "/tokens"),
        program.studio("DELETE", f"/tokens/{made['id']}"),
    ]
    assert [(r.status, r.json["reason"]) for r in replies] == [(403, "session_required")] * 3


def test_a_deleted_token_is_refused_at_the_very_next_call(studio: Studio, alice: Caller) -> None:
    made = make(alice).json
    program = studio.bearer(made["token"])
    assert program.studio("GET", "/me").status == 200
    assert alice.studio("DELETE", f"/tokens/{made['id']}").status == 204
    assert program.studio("GET", "/me").status == 401
    assert program.mlflow("fraud", "GET", PATH).status == 401
    assert alice.studio("DELETE", f"/tokens/{made['id']}").status == 404


@pytest.mark.parametrize("who", ["bob", "admin"])
def test_nobody_sees_or_deletes_anothers_tokens(studio: Studio, alice: Caller, who: str) -> None:
    made = make(alice).json
    other = studio.person(who)
    assert other.studio("GET", "/tokens").json["tokens"] == []
    reply = other.studio("DELETE", f"/tokens/{made['id']}")
    assert (reply.status, reply.json["reason"]) == (404, "no_such_token")
    assert studio.bearer(made["token"]).studio("GET", "/me").status == 200


def test_an_expired_token_is_refused_and_says_so_in_the_list(studio: Studio, alice: Caller) -> None:
    made = make(alice, expires_in_days=1).json
    assert not made["expired"]
    program = studio.bearer(made["token"])
    assert program.studio("GET", "/me").status == 200
    past = update(Token).values(expires_at=now() - timedelta(seconds=61))
    studio.database.write(lambda session: session.execute(past))
    assert program.studio("GET", "/me").status == 401
    assert alice.studio("GET", "/tokens").json["tokens"][0]["expired"]


def test_the_list_says_when_a_token_was_last_used(studio: Studio, alice: Caller) -> None:
    made = make(alice).json
    assert alice.studio("GET", "/tokens").json["tokens"][0]["last_used_at"] is None
    studio.bearer(made["token"]).studio("GET", "/me")
    studio.services.trail.flush()
    assert alice.studio("GET", "/tokens").json["tokens"][0]["last_used_at"] is not None


@pytest.mark.parametrize("credential", [f"Bearer {PASSWORD}", "Bearer", "Digest x", "mls_a_b"])
def test_what_is_no_token_is_refused(studio: Studio, credential: str) -> None:
    me = studio.anonymous().studio("GET", "/me", headers={"Authorization": credential})
    assert (me.status, me.json["error_code"]) == (401, "UNAUTHENTICATED")


@pytest.mark.parametrize("part", ["id", "secret"])
def test_half_a_token_is_refused(studio: Studio, alice: Caller, part: str) -> None:
    kind, token_id, secret = make(alice).json["token"].split("_", 2)
    text = f"{kind}_{token_id}_x" if part == "id" else f"{kind}_{'x' * 12}_{secret}"
    assert studio.bearer(text).studio("GET", "/me").status == 401


def test_tokens_made_and_deleted_are_written_down_without_their_secret(
    studio: Studio, alice: Caller
) -> None:
    made = make(alice).json
    studio.bearer(made["token"]).studio("PATCH", "/projects/fraud", {"name": "By program"})
    alice.studio("DELETE", f"/tokens/{made['id']}")
    deleted, updated, created = studio.events()
    assert (created.operation, created.target) == ("tokens.create", f"{made['id']} laptop")
    assert (updated.operation, updated.user, updated.token) == (
        "projects.update",
        "alice",
        made["id"],
    )
    assert (deleted.operation, deleted.target) == ("tokens.delete", made["id"])
