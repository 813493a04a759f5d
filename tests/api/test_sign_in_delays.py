"""Wrong passwords over REST: refused for a while, seen and cleared by administrators."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

import pytest
from sqlalchemy import update

from api.conftest import Caller, Studio
from databases import every_database
from people import PASSWORD, Reply
from uac_api.access.models import SignInDelay, User, now

RUNS = "/projects/fraud/ajax-api/2.0/mlflow/users/current"
WRONG = "wrong password!"


def sign_in(studio: Studio, username: str, password: str = WRONG, **sent: str) -> Reply:
    body = {"username": username, "password": password}
    headers = {name.replace("_", "-"): value for name, value in sent.items()}
    return studio.anonymous().studio("POST", "/sessions", body, headers=headers)


def guess(studio: Studio, username: str = "alice", times: int = 6) -> list[int]:
    return [sign_in(studio, username).status for _ in range(times)]


def pass_time(studio: Studio) -> None:
    over = update(SignInDelay).values(until=now())
    studio.database.write(lambda session: session.execute(over))


@every_database
def test_after_five_wrong_passwords_the_right_one_is_refused_with_how_long(studio: Studio) -> None:
    assert guess(studio) == [401] * 6
    reply = sign_in(studio, "alice", PASSWORD)
    assert (reply.status, reply.json["reason"]) == (429, "too_many_attempts")
    assert reply.json["error_code"] == "REQUEST_LIMIT_EXCEEDED"
    assert 1 <= int(reply.headers["retry-after"]) <= 10
    assert f"again in {reply.headers['retry-after']} second" in reply.json["message"]
    pass_time(studio)
    assert sign_in(studio, "alice", PASSWORD).status == 201


def test_a_known_and_an_unknown_name_answer_alike_all_the_way(studio: Studio) -> None:
    def seen(name: str) -> list[object]:
        replies = [sign_in(studio, name) for _ in range(8)]
        return [(r.status, r.json["reason"], "retry-after" in r.headers) for r in replies]

    assert seen("alice") == seen("nobody")


def test_somebody_without_a_password_answers_like_a_wrong_one(studio: Studio) -> None:
    none = update(User).where(User.username == "bob").values(password_hash="")
    studio.database.write(lambda session: session.execute(none))
    replies = [sign_in(studio, name, text) for name, text in (("bob", "x"), ("alice", "x"))]
    assert [r.status for r in replies] == [401, 401]
    bodies = [{**reply.json, "request_id": ""} for reply in replies]
    assert bodies[0] == bodies[1]
    assert guess(studio, "bob") == [401] * 5 + [429]


def test_the_right_password_at_either_door_is_refused_too_even_where_it_is_remembered(
    studio: Studio,
) -> None:
    alice = studio.with_password("alice")
    assert alice.studio("GET", "/me").status == 200
    guess(studio)
    at_ours, at_mlflows = alice.studio("GET", "/me"), alice.ask("GET", RUNS)
    for reply in (at_ours, at_mlflows):
        assert (reply.status, reply.json["reason"]) == (429, "too_many_attempts")
        assert int(reply.headers["retry-after"]) > 0
    assert set(at_mlflows.json) == {"error_code", "message", "reason", "request_id"}


def test_wrong_passwords_at_mlflows_door_count_as_well(studio: Studio) -> None:
    wrong = studio.with_password("alice", WRONG)
    assert [wrong.ask("GET", RUNS).status for _ in range(7)] == [401] * 6 + [429]
    assert sign_in(studio, "alice", PASSWORD).status == 429


def test_the_check_of_the_current_password_counts_as_well(alice: Caller) -> None:
    body = {"current_password": WRONG, "new_password": "a much better pass-phrase"}
    statuses = [alice.studio("PUT", "/me/password", body).status for _ in range(7)]
    assert statuses == [403] * 6 + [429]
    right = {**body, "current_password": PASSWORD}
    assert alice.studio("PUT", "/me/password", right).status == 429


def test_sessions_and_tokens_are_never_delayed(studio: Studio, alice: Caller) -> None:
    guess(studio)
    assert alice.studio("GET", "/me").status == 200
    assert studio.program("alice").studio("GET", "/me").status == 200


def test_another_account_and_another_address_pass(studio: Studio) -> None:
    guess(studio)
    assert sign_in(studio, "bob", PASSWORD).status == 201
    assert sign_in(studio, "alice", PASSWORD, X_Forwarded_For="203.0.113.9").status == 201


def test_an_address_that_an_untrusted_caller_claims_changes_nothing(studio: Studio) -> None:
    guess(studio)
    app = studio.app.test_client(use_cookies=False)
    body = {"username": "alice", "password": WRONG}
    for number in range(7):
        answer = app.post(
            "/studio/v1/sessions",
            json=body,
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
            environ_base={"REMOTE_ADDR": "203.0.113.9"},
        )
    assert answer.status_code == 429


def test_the_trail_has_all_of_it_and_no_name_of_nobody(studio: Studio, admin: Caller) -> None:
    guess(studio, "alice", 7)
    guess(studio, "My pass-phrase!", 7)
    admin.studio("DELETE", "/sign-in-delays?account=alice")
    rows = Counter[tuple[str, ...]]()
    for event in studio.events():
        rows[event.operation, event.outcome, event.reason, event.target] += event.count
    start = ("sessions.start", "denied")
    assert rows == {
        (*start, "wrong_credentials", "alice"): 6,
        (*start, "too_many_attempts", "alice"): 1,
        (*start, "wrong_credentials", ""): 6,
        (*start, "too_many_attempts", ""): 1,
        ("sign_in_delays.clear", "allowed", "", "alice"): 1,
    }


def test_an_administrator_sees_the_counts_without_names_of_nobody(
    studio: Studio, admin: Caller
) -> None:
    guess(studio)
    guess(studio, "secret pass-phrase", 1)
    reply = admin.studio("GET", "/sign-in-delays")
    assert b"secret" not in reply.body
    rows = {
        (row["kind"], row["account"], row["address"]): (row["failures"], bool(row["waits_until"]))
        for row in reply.json["sign_in_delays"]
    }
    assert rows == {
        ("pair", "alice", "127.0.0.1"): (6, True),
        ("account", "alice", ""): (6, False),
        ("pair", None, "127.0.0.1"): (1, False),
        ("account", None, ""): (1, False),
        ("address", "", "127.0.0.1"): (7, False),
    }


@every_database
def test_the_list_is_searched_and_comes_in_pages(studio: Studio, admin: Caller) -> None:
    guess(studio, "alice", 1)
    guess(studio, "bob", 1)
    found = admin.studio("GET", "/sign-in-delays?query=ALI").json["sign_in_delays"]
    assert {row["account"] for row in found} == {"alice"}
    seen: list[str] = []
    token = ""
    for _ in range(3):
        page = admin.studio("GET", f"/sign-in-delays?max_results=2&page_token={token}").json
        seen += [f"{row['kind']} {row['account']}" for row in page["sign_in_delays"]]
        token = page["next_page_token"]
    assert token == ""
    expected = ["pair alice", "account alice", "pair bob", "account bob", "address "]
    assert sorted(seen) == sorted(expected)


def test_what_fell_away_is_not_listed(studio: Studio, admin: Caller) -> None:
    guess(studio, "alice", 1)
    old = update(SignInDelay).values(last_failed_at=now() - timedelta(days=2))
    studio.database.write(lambda session: session.execute(old))
    assert admin.studio("GET", "/sign-in-delays").json["sign_in_delays"] == []


@every_database
@pytest.mark.parametrize(
    "query", ["account=alice", "address=127.0.0.1", "account=alice&address=127.0.0.1"]
)
def test_an_administrator_clears_and_the_person_signs_in_at_once(
    studio: Studio, admin: Caller, query: str
) -> None:
    guess(studio)
    assert sign_in(studio, "alice", PASSWORD).status == 429
    assert admin.studio("DELETE", f"/sign-in-delays?{query}").status == 204
    assert sign_in(studio, "alice", PASSWORD).status == 201


def test_clearing_an_account_leaves_the_others(studio: Studio, admin: Caller) -> None:
    guess(studio)
    guess(studio, "bob")
    admin.studio("DELETE", "/sign-in-delays?account=alice")
    assert sign_in(studio, "bob", PASSWORD).status == 429


@pytest.mark.parametrize(
    ("query", "status", "reason"),
    [
        ("", 400, "nothing_named"),
        ("account=nobody", 404, "not_found"),
        ("address=here", 400, "invalid_address"),
        ("address=127.0.0.1%25", 400, "invalid_address"),
        ("all=1", 400, "invalid_fields"),
    ],
)
def test_what_cannot_be_cleared_is_refused_with_a_sentence(
    admin: Caller, query: str, status: int, reason: str
) -> None:
    reply = admin.studio("DELETE", f"/sign-in-delays?{query}")
    assert (reply.status, reply.json["reason"]) == (status, reason)


def test_nobody_else_sees_or_clears_delays(studio: Studio, alice: Caller, mallory: Caller) -> None:
    guess(studio)
    for person in (alice, mallory, studio.program("admin")):
        for method in ("GET", "DELETE"):
            assert person.studio(method, "/sign-in-delays?account=alice").status in (400, 403)
    assert mallory.studio("GET", "/sign-in-delays").json["reason"] == "administrators_only"
    assert mallory.studio("DELETE", "/sign-in-delays?account=alice").status == 403
    assert sign_in(studio, "alice", PASSWORD).status == 429


def test_times_are_written_as_everywhere(studio: Studio, admin: Caller) -> None:
    guess(studio)
    (first, *_) = admin.studio("GET", "/sign-in-delays").json["sign_in_delays"]
    assert datetime.fromisoformat(first["last_failed_at"]).utcoffset() == timedelta(0)
