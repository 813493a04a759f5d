"""Signing in and out over REST."""

from __future__ import annotations

from datetime import timedelta
from time import process_time

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.conftest import Caller, Studio, at_once
from databases import every_database
from people import PASSWORD, Reply
from uac_api.access.credentials.secrets import hash_password, is_outdated
from uac_api.access.models import User, UserSession, now
from uac_api.access.people import users


def sign_in(studio: Studio, username: str, password: str = PASSWORD) -> Reply:
    return studio.anonymous().studio(
        "POST", "/sessions", {"username": username, "password": password}
    )


def redeem(studio: Studio, ticket: str) -> Reply:
    return studio.anonymous().studio("POST", "/sessions/redeem", {"ticket": ticket})


def disable(studio: Studio, username: str) -> None:
    statement = update(User).where(User.username == username).values(disabled=True)
    studio.database.write(lambda session: session.execute(statement))


def test_a_password_opens_a_session(studio: Studio) -> None:
    reply = sign_in(studio, "alice")
    assert reply.status == 201
    assert set(reply.json) == {"token", "ticket", "expires_at", "user"}
    assert reply.json["user"]["username"] == "alice"
    me = studio.bearer(reply.json["token"]).studio("GET", "/me")
    assert (me.status, me.json["via"], me.json["user"]["username"]) == (200, "session", "alice")


@every_database
def test_the_name_may_be_typed_with_capitals_and_spaces_round_it(studio: Studio) -> None:
    assert sign_in(studio, " Alice ").json["user"]["username"] == "alice"


def test_unknown_wrong_and_disabled_are_the_same_refusal(studio: Studio) -> None:
    disable(studio, "bob")
    replies = [
        sign_in(studio, "nobody"),
        sign_in(studio, "alice", "wrong password!"),
        sign_in(studio, "bob"),
    ]
    assert {reply.status for reply in replies} == {401}
    bodies = [{**reply.json, "request_id": ""} for reply in replies]
    assert bodies[0] == bodies[1] == bodies[2]
    headers = [{**r.headers, "x-request-id": ""} for r in replies]
    assert headers[0] == headers[1] == headers[2]


@pytest.mark.usefixtures("real_passwords")
def test_unknown_wrong_and_disabled_take_a_similar_time(studio: Studio) -> None:
    dear = update(User).values(password_hash=hash_password(PASSWORD))
    studio.database.write(lambda session: session.execute(dear))
    disable(studio, "bob")
    attempts = {"nobody": PASSWORD, "alice": "wrong password!", "bob": PASSWORD}
    spent: dict[str, list[float]] = {name: [] for name in attempts}
    for _ in range(2):
        for name, password in attempts.items():
            began = process_time()
            sign_in(studio, name, password)
            spent[name].append(process_time() - began)
    # In processor time, which other programs do not change; a check left out takes under a fifth.
    quickest = [min(times) for times in spent.values()]
    assert min(quickest) > 0.4 * max(quickest)


@pytest.mark.parametrize("username", ["", "nul\0l", "x" * 300, 7, None, ["alice"]])
def test_a_name_of_the_wrong_form_is_refused_with_a_sentence(
    studio: Studio, username: object
) -> None:
    body = {"username": username, "password": PASSWORD}
    reply = studio.anonymous().studio("POST", "/sessions", body)
    assert (reply.status, reply.json["reason"]) == (400, "invalid_fields")
    assert reply.json["message"].startswith("username: ")


def test_a_ticket_takes_the_session_over_and_ends_the_first_token(studio: Studio) -> None:
    opened = sign_in(studio, "alice").json
    taken = redeem(studio, opened["ticket"])
    assert (taken.status, set(taken.json)) == (201, {"token", "interface", "expires_at", "user"})
    assert taken.json["expires_at"] == opened["expires_at"]
    assert studio.bearer(taken.json["token"]).studio("GET", "/me").status == 200
    assert studio.bearer(opened["token"]).studio("GET", "/me").status == 401


def test_a_ticket_works_once(studio: Studio) -> None:
    ticket = sign_in(studio, "alice").json["ticket"]
    assert redeem(studio, ticket).status == 201
    assert redeem(studio, ticket).status == 401


def test_a_late_ticket_is_refused(studio: Studio) -> None:
    ticket = sign_in(studio, "alice").json["ticket"]
    late = update(UserSession).values(ticket_expires_at=now())
    studio.database.write(lambda session: session.execute(late))
    assert redeem(studio, ticket).status == 401


@every_database
def test_two_who_redeem_one_ticket_at_once_get_one_session(studio: Studio) -> None:
    ticket = sign_in(studio, "alice").json["ticket"]
    replies = at_once([lambda: redeem(studio, ticket)] * 2)
    assert sorted(reply.status for reply in replies) == [201, 401]
    winner = next(reply for reply in replies if reply.status == 201)
    assert studio.bearer(winner.json["token"]).studio("GET", "/me").status == 200


@pytest.mark.parametrize("ticket", ["x", "mst_unknownunkno_secret", "mls_a_b", "mst__", "é"])
def test_an_invented_ticket_is_refused(studio: Studio, ticket: str) -> None:
    assert redeem(studio, ticket).status == 401


def test_a_session_token_is_no_ticket_and_a_ticket_no_session_token(studio: Studio) -> None:
    opened = sign_in(studio, "alice").json
    assert redeem(studio, opened["token"]).status == 401
    assert studio.bearer(opened["ticket"]).studio("GET", "/me").status == 401


def test_signing_out_ends_the_session_everywhere(alice: Caller) -> None:
    assert alice.studio("DELETE", "/sessions/current").status == 204
    assert alice.studio("GET", "/me").status == 401
    assert alice.mlflow("fraud", "GET", "experiments/search?max_results=1").status == 401


def test_signing_out_ends_no_other_session(studio: Studio, alice: Caller) -> None:
    other = studio.person("alice")
    alice.studio("DELETE", "/sessions/current")
    assert other.studio("GET", "/me").status == 200


def test_a_token_cannot_sign_out(studio: Studio) -> None:
    reply = studio.program("alice").studio("DELETE", "/sessions/current")
    assert (reply.status, reply.json["reason"]) == (403, "session_required")


def test_a_session_that_is_over_is_refused(studio: Studio, alice: Caller) -> None:
    assert alice.studio("GET", "/me").status == 200
    over = update(UserSession).values(expires_at=now())
    studio.database.write(lambda session: session.execute(over))
    assert alice.studio("GET", "/me").status == 401


def test_signing_in_is_written_down_with_who_and_from_where(studio: Studio) -> None:
    redeem(studio, sign_in(studio, "alice").json["ticket"])
    redeemed, started = studio.events()
    assert (started.operation, started.user, started.outcome) == (
        "sessions.start",
        "alice",
        "allowed",
    )
    assert (redeemed.operation, redeemed.user, redeemed.outcome) == (
        "sessions.redeem",
        "alice",
        "allowed",
    )
    assert {started.address, redeemed.address} == {"127.0.0.1"}


def test_a_refused_sign_in_is_written_down_without_what_was_typed(studio: Studio) -> None:
    sign_in(studio, "My pass-phrase!", "alice")
    (event,) = studio.events()
    assert (event.operation, event.outcome, event.status) == ("sessions.start", "denied", 401)
    assert (event.user, event.target, event.reason) == ("", "", "wrong_credentials")


def test_only_hashes_of_what_was_handed_out_are_kept(studio: Studio) -> None:
    opened = sign_in(studio, "alice").json
    (row,) = studio.database.read(lambda s: list(s.scalars(select(UserSession))))
    kept = f"{row.digest} {row.ticket_digest}"
    for text in (opened["token"], opened["ticket"]):
        assert text not in kept
        assert text.split("_", 2)[2] not in kept


FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:132.0) Gecko/20100101 Firefox/132.0"


def browser(studio: Studio, username: str = "alice", address: str = "203.0.113.9") -> Caller:
    """Somebody who signed in at Studio with a browser."""
    sent = {"User-Agent": FIREFOX, "X-Forwarded-For": address}
    body = {"username": username, "password": PASSWORD}
    reply = studio.anonymous().studio("POST", "/sessions", body, headers=sent)
    return studio.bearer(reply.json["token"])


def rows(person: Caller, query: str = "") -> list[dict[str, object]]:
    found: list[dict[str, object]] = person.studio("GET", f"/sessions{query}").json["sessions"]
    return found


def test_i_see_where_i_am_signed_in_and_which_one_this_is(studio: Studio) -> None:
    first, second = browser(studio), browser(studio, address="192.0.2.7")
    browser(studio, "bob")
    mine, other = rows(second)
    assert (mine["current"], other["current"]) == (True, False)
    assert (mine["device"], mine["address"]) == ("Firefox on Linux", "192.0.2.7")
    assert other["address"] == "203.0.113.9"
    assert mine["signed_in_by"] == "password"
    assert mine["started_at"]
    assert mine["last_seen_at"]
    assert [row["current"] for row in rows(first)] == [False, True]
    assert [row["current"] for row in rows(studio.with_password("alice"))] == [False, False]


@every_database
def test_the_list_has_no_secret_and_comes_in_pages(studio: Studio) -> None:
    for _ in range(2):
        browser(studio)
    alice = browser(studio)
    reply = alice.studio("GET", "/sessions?max_results=2")
    assert b"mss_" not in reply.body
    rest = alice.studio("GET", f"/sessions?page_token={reply.json['next_page_token']}").json
    seen = [row["id"] for row in [*reply.json["sessions"], *rest["sessions"]]]
    assert (len(seen), len(set(seen)), rest["next_page_token"]) == (3, 3, "")


def test_i_end_one_of_my_sessions(studio: Studio) -> None:
    lost, alice, here = browser(studio), browser(studio), browser(studio)
    (_, _, row) = rows(here)
    assert here.studio("DELETE", f"/sessions/{row['id']}").status == 204
    assert [one.studio("GET", "/me").status for one in (lost, alice, here)] == [401, 200, 200]
    event = studio.events(user="alice")[0]
    assert (event.operation, event.target) == ("sessions.end", f"alice: {row['id']}")


def test_i_cannot_end_or_see_a_session_of_somebody_else(studio: Studio, mallory: Caller) -> None:
    alice = browser(studio)
    (row,) = rows(alice)
    replies = [mallory.studio("DELETE", f"/sessions/{one}") for one in (row["id"], "x" * 12, "é")]
    assert [(r.status, r.json["reason"]) for r in replies] == [(404, "no_such_session")] * 3
    assert row["id"] not in [one["id"] for one in rows(mallory)]
    assert alice.studio("GET", "/me").status == 200


def test_i_end_all_my_other_sessions(studio: Studio, bob: Caller) -> None:
    others = [browser(studio), browser(studio)]
    here = browser(studio)
    assert here.studio("DELETE", "/sessions").status == 204
    assert [one.studio("GET", "/me").status for one in (*others, here, bob)] == [401, 401, 200, 200]


def test_an_administrator_ends_all_sessions_of_a_person(
    studio: Studio, admin: Caller, bob: Caller
) -> None:
    alice = [browser(studio), browser(studio)]
    assert admin.studio("DELETE", "/users/alice/sessions").status == 204
    assert [one.studio("GET", "/me").status for one in (*alice, bob, admin)] == [401, 401, 200, 200]
    assert studio.with_password("alice").studio("GET", "/me").status == 200
    event = studio.events(user="admin")[0]
    assert (event.operation, event.target) == ("sessions.end_all_of", "alice")
    assert admin.studio("DELETE", "/users/nobody/sessions").status == 404


def test_nobody_else_ends_the_sessions_of_a_person(studio: Studio, mallory: Caller) -> None:
    alice = browser(studio)
    for person in (mallory, studio.person("bob"), studio.program("admin")):
        assert person.studio("DELETE", "/users/alice/sessions").status == 403
    assert alice.studio("GET", "/me").status == 200


def test_a_token_neither_lists_nor_ends_sessions(studio: Studio) -> None:
    program = studio.program("alice")
    for method, path in (("GET", ""), ("DELETE", ""), ("DELETE", "/abc")):
        reply = program.studio(method, f"/sessions{path}")
        assert (reply.status, reply.json["reason"]) == (403, "session_required")


def seen_before(studio: Studio, **ago: float) -> None:
    rest = update(UserSession).values(last_seen_at=now() - timedelta(**ago))
    studio.database.write(lambda session: session.execute(rest))


@every_database
def test_a_session_that_rests_too_long_is_over_before_its_time(studio: Studio) -> None:
    alice = browser(studio)
    seen_before(studio, hours=7.9)
    assert alice.studio("GET", "/me").status == 200
    studio.services.trail.flush()
    seen_before(studio, hours=8.1)
    assert alice.studio("GET", "/me").status == 401
    assert alice.ask("GET", "/projects/fraud/ajax-api/2.0/mlflow/users/current").status == 401
    assert rows(studio.with_password("alice")) == []


@every_database
def test_a_session_is_seen_at_most_once_in_five_minutes_and_off_the_callers_time(
    studio: Studio,
) -> None:
    alice = browser(studio)
    for minutes, is_noted in ((4, False), (6, True)):
        seen_before(studio, minutes=minutes)
        alice.studio("GET", "/me")
        studio.services.trail.flush()
        seen = studio.database.read(lambda s: s.scalars(select(UserSession.last_seen_at)).one())
        assert seen is not None
        assert (now() - seen < timedelta(minutes=1)) == is_noted


def test_a_session_from_before_sessions_were_seen_goes_on(studio: Studio) -> None:
    alice = browser(studio)
    studio.database.write(lambda s: s.execute(update(UserSession).values(last_seen_at=None)))
    assert alice.studio("GET", "/me").status == 200
    assert len(rows(alice)) == 1


def test_a_hash_of_older_parameters_is_renewed_once_after_a_right_password(studio: Studio) -> None:
    def kept() -> str:
        one = select(User.password_hash).where(User.username == "carol")
        return studio.database.read(lambda session: session.scalars(one).one())

    old = PasswordHasher(time_cost=1, memory_cost=16, parallelism=1).hash(PASSWORD)
    assert is_outdated(old)
    weak = update(User).where(User.username == "carol").values(password_hash=old)
    studio.database.write(lambda session: session.execute(weak))
    sign_in(studio, "carol", "wrong password!")
    studio.services.trail.flush()
    assert kept() == old
    assert sign_in(studio, "carol").status == 201
    studio.services.trail.flush()
    fresh = kept()
    assert fresh != old
    assert not is_outdated(fresh)
    assert sign_in(studio, "carol").status == 201
    studio.services.trail.flush()
    assert kept() == fresh


def test_a_password_that_changed_meanwhile_is_not_put_back(studio: Studio) -> None:
    def work(session: Session) -> None:
        users.renew_hash(session, "carol", "another hash", "fresh")

    studio.database.write(work)
    assert sign_in(studio, "carol").status == 201
