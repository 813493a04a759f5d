"""Personal tokens over REST."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from api.conftest import Caller, Studio
from databases import every_database
from people import PASSWORD, Person, Reply, basic
from uac_api.access.models import Token, now
from uac_api.api.services import EXTENSION

PATH = "experiments/search?max_results=1"


def make(caller: Person, **more: object) -> Reply:
    return caller.studio("POST", "/tokens", {"name": "laptop", **more})


@every_database
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


@every_database
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


def test_every_token_gets_an_end_and_never_is_no_choice_any_more(alice: Caller) -> None:
    for asked, days in (({}, 90), ({"expires_in_days": None}, 90), ({"expires_in_days": 365}, 365)):
        ends = datetime.fromisoformat(make(alice, **asked).json["expires_at"])
        assert timedelta(days=days, minutes=-1) < ends - now() < timedelta(days=days, minutes=1)
    listed = alice.studio("GET", "/tokens").json
    assert (listed["default_days"], listed["max_days"]) == (90, 365)


def test_an_administrators_maximum_holds(studio: Studio, alice: Caller) -> None:
    here = studio.services
    short = here.settings.model_copy(update={"token_max_days": 30})
    studio.app.extensions[EXTENSION] = replace(here, settings=short)
    refused = make(alice, expires_in_days=31)
    assert (refused.status, refused.json["reason"]) == (400, "invalid_expiry")
    assert make(alice, expires_in_days=30).status == 201
    ends = datetime.fromisoformat(make(alice).json["expires_at"])
    assert ends - now() < timedelta(days=30, minutes=1)


def test_a_token_of_before_without_an_end_goes_on_and_is_shown_as_such(
    studio: Studio, alice: Caller
) -> None:
    program = studio.bearer(make(alice).json["token"])
    endless = update(Token).values(expires_at=None)
    studio.database.write(lambda session: session.execute(endless))
    assert program.studio("GET", "/me").status == 200
    (token,) = alice.studio("GET", "/tokens").json["tokens"]
    assert (token["expires_at"], token["expired"]) == (None, False)


def test_the_last_use_says_when_from_where_and_by_what(studio: Studio, alice: Caller) -> None:
    program = studio.bearer(make(alice).json["token"])
    program.studio("GET", "/me", headers={"User-Agent": "mlflow-python-client/3.17.2 more"})
    studio.services.trail.flush()
    (token,) = alice.studio("GET", "/tokens").json["tokens"]
    assert token["last_used_at"] is not None
    assert (token["last_address"], token["last_client"]) == (
        "127.0.0.1",
        "mlflow-python-client/3.17.2",
    )


def test_a_token_is_rotated_and_both_work_for_a_while(studio: Studio, alice: Caller) -> None:
    old = make(alice, project="fraud", actions=["read"], expires_in_days=30).json
    made = alice.studio("POST", f"/tokens/{old['id']}/rotate", {"overlap_hours": 48})
    fresh = made.json
    assert made.status == 201
    assert (fresh["replaces"], fresh["project"], fresh["actions"]) == (old["id"], "fraud", ["read"])
    for token in (old["token"], fresh["token"]):
        assert studio.bearer(token).studio("GET", "/projects/fraud").status == 200
    kept = {one["id"]: one for one in alice.studio("GET", "/tokens").json["tokens"]}
    left = datetime.fromisoformat(kept[old["id"]]["expires_at"]) - now()
    assert timedelta(hours=47) < left <= timedelta(hours=48)
    event = studio.events()[0]
    assert (event.operation, event.target) == (
        "tokens.rotate",
        f"{old['id']} to {fresh['id']} laptop",
    )
    assert fresh["token"].split("_", 2)[2] not in event.target


def test_a_rotation_that_cannot_be_says_why(studio: Studio, alice: Caller, bob: Caller) -> None:
    old = make(alice).json
    path = f"/tokens/{old['id']}/rotate"
    for who in (bob, studio.person("admin")):
        reply = who.studio("POST", path, {})
        assert (reply.status, reply.json["reason"]) == (404, "no_such_token")
    replies = [
        studio.bearer(old["token"]).studio("POST", path, {}),
        alice.studio("POST", path, {"overlap_hours": 169}),
        alice.studio("POST", path, {"overlap_hours": "long"}),
        alice.studio("POST", path, {"expires_in_days": 366}),
        alice.studio("POST", path, {}),
        alice.studio("POST", path, {}),
    ]
    assert [(r.status, r.json.get("reason")) for r in replies] == [
        (403, "session_required"),
        (400, "invalid_overlap"),
        (400, "invalid_fields"),
        (400, "invalid_expiry"),
        (201, None),
        (409, "already_rotated"),
    ]


def test_a_token_of_one_run_is_made_for_a_run_that_is_there(studio: Studio, bob: Caller) -> None:
    made = make(bob, project="fraud", run_id="RUN-1")
    assert made.status == 201
    # As MLflow writes it: some databases find an id in other letters too.
    assert (made.json["run_id"], made.json["actions"]) == ("run-1", ["read", "log"])
    program = studio.bearer(made.json["token"])
    for path in ("/me", "/projects/fraud", "/runs", "/status"):
        reply = program.studio("GET", path)
        assert (reply.status, reply.json["reason"]) == (403, "token_of_one_run")


@pytest.mark.parametrize(
    ("who", "change", "status", "reason"),
    [
        ("bob", {}, 400, "invalid_run"),
        ("bob", {"project": "fraud", "actions": ["read"]}, 400, "invalid_run"),
        ("bob", {"project": "fraud", "run_id": "run-9"}, 404, "no_such_run"),
        ("bob", {"project": "fraud", "run_id": "../runs"}, 400, "invalid_run"),
        ("bob", {"project": "fraud", "run_id": ""}, 400, "invalid_run"),
        ("carol", {"project": "fraud"}, 403, "role_too_low"),
        ("mallory", {"project": "fraud"}, 404, "no_such_project"),
        ("admin", {"project": "fraud"}, 404, "no_such_project"),
    ],
)
def test_a_token_of_one_run_is_not_made_for_whom_may_not_log_into_it(
    studio: Studio, who: str, change: dict[str, object], status: int, reason: str
) -> None:
    reply = make(studio.person(who), **{"run_id": "run-1", **change})
    assert (reply.status, reply.json["reason"]) == (status, reason)


def test_without_mlflow_no_token_of_one_run_is_made(studio: Studio, bob: Caller) -> None:
    studio.mlflow.down = True
    assert make(bob, project="fraud", run_id="run-1").status == 503
    assert bob.studio("GET", "/tokens").json["tokens"] == []


@every_database
def test_administrators_see_search_and_revoke_everybodys_tokens(
    studio: Studio, alice: Caller, bob: Caller, admin: Caller
) -> None:
    made = [make(alice).json, make(bob, project="fraud").json, make(bob, name="nightly").json]
    first = admin.studio("GET", "/tokens/all?max_results=2").json
    second = admin.studio("GET", f"/tokens/all?max_results=2&page_token={first['next_page_token']}")
    seen = [*first["tokens"], *second.json["tokens"]]
    assert [one["id"] for one in seen] == [one["id"] for one in made[::-1]]
    assert [one["username"] for one in seen] == ["bob", "bob", "alice"]
    assert made[0]["token"].split("_", 2)[2] not in second.body.decode()
    found = admin.studio("GET", "/tokens/all?query=night").json["tokens"]
    assert [one["id"] for one in found] == [made[2]["id"]]
    assert admin.studio("DELETE", f"/tokens/all/{made[0]['id']}").status == 204
    assert studio.bearer(made[0]["token"]).studio("GET", "/me").status == 401
    event = studio.events(user="admin")[0]
    assert (event.operation, event.target) == ("tokens.revoke", f"{made[0]['id']} of alice")
    assert admin.studio("DELETE", f"/tokens/all/{made[0]['id']}").status == 404


def test_a_leaked_token_is_found_and_its_text_is_kept_nowhere(
    studio: Studio, bob: Caller, admin: Caller, capfd: pytest.CaptureFixture[str]
) -> None:
    made = make(bob, project="fraud").json
    secret = made["token"].split("_", 2)[2]
    for text in (made["token"], f"mls_{made['id'][:6]}...", made["id"], f"key = '{made['token']}'"):
        reply = admin.studio("POST", "/tokens/find", {"text": text})
        (found,) = reply.json["tokens"]
        assert (found["username"], found["project"], found["id"]) == ("bob", "fraud", made["id"])
        assert secret not in reply.body.decode()
    for text, status in (("nothing", 400), ("mls_abc", 400), ("mls_zzzz9999zzzz", 200)):
        reply = admin.studio("POST", "/tokens/find", {"text": text})
        assert reply.status == status
        assert status == 400 or reply.json["tokens"] == []
    said = capfd.readouterr()
    assert secret not in said.out + said.err
    assert all(secret not in event.target for event in studio.events())


@pytest.mark.parametrize("who", ["alice", "bob", "mallory"])
def test_only_administrators_see_find_and_revoke_the_tokens_of_all(
    studio: Studio, alice: Caller, who: str
) -> None:
    made = make(alice).json
    person = studio.person(who)
    replies = [
        person.studio("GET", "/tokens/all"),
        person.studio("POST", "/tokens/find", {"text": made["token"]}),
        person.studio("DELETE", f"/tokens/all/{made['id']}"),
        studio.program("admin").studio("GET", "/tokens/all"),
    ]
    assert [r.status for r in replies] == [403] * 4
    assert studio.bearer(made["token"]).studio("GET", "/me").status == 200


def test_owners_see_and_revoke_the_tokens_that_reach_only_into_their_project(
    studio: Studio, alice: Caller, bob: Caller
) -> None:
    inside, everywhere = make(bob, project="fraud").json, make(bob).json
    for who in (alice, studio.person("admin")):
        listed = who.studio("GET", "/projects/fraud/tokens").json["tokens"]
        assert [(one["id"], one["username"]) for one in listed] == [(inside["id"], "bob")]
    refused = alice.studio("DELETE", f"/projects/fraud/tokens/{everywhere['id']}")
    assert (refused.status, refused.json["reason"]) == (404, "no_such_token")
    assert alice.studio("DELETE", f"/projects/fraud/tokens/{inside['id']}").status == 204
    assert studio.bearer(inside["token"]).studio("GET", "/me").status == 401
    assert studio.bearer(everywhere["token"]).studio("GET", "/me").status == 200
    event = studio.events(user="alice")[0]
    assert (event.operation, event.project, event.target) == (
        "tokens.project.revoke",
        "fraud",
        f"{inside['id']} of bob",
    )


@pytest.mark.parametrize(("who", "status"), [("bob", 403), ("carol", 403), ("mallory", 404)])
def test_others_neither_see_nor_revoke_a_projects_tokens(
    studio: Studio, alice: Caller, who: str, status: int
) -> None:
    made = make(alice, project="fraud").json
    person = studio.person(who)
    assert person.studio("GET", "/projects/fraud/tokens").status == status
    assert person.studio("DELETE", f"/projects/fraud/tokens/{made['id']}").status == status
    assert studio.bearer(made["token"]).studio("GET", "/projects/fraud").status == 200


def test_an_owner_elsewhere_revokes_nothing_here(
    studio: Studio, alice: Caller, bob: Caller
) -> None:
    bob.studio("POST", "/projects", {"slug": "risk"})
    made = make(alice, project="fraud").json
    assert bob.studio("DELETE", f"/projects/risk/tokens/{made['id']}").status == 404
    assert studio.bearer(made["token"]).studio("GET", "/me").status == 200
