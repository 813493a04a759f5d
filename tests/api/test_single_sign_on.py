"""Signing in by the identity provider, and its access tokens in scripts."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from api.conftest import Studio, at_once
from api.provided import Make, Provided, make, provider, running, sso
from databases import every_database, statements
from identity_provider import AUDIENCE, CLIENT, FIRST, SECOND, real_provider
from people import PASSWORD
from uac_api.access.models import UsedIdToken, User, UserSession, now
from uac_api.api.services import EXTENSION
from uac_api.oidc.provider import AGAIN_SECONDS

# Later than the end of the whole run: parameters are made when tests are collected.
A_DAY = 86_400.0

__all__ = ["make", "provider", "running", "sso"]


def disable(studio: Studio, username: str) -> None:
    statement = update(User).where(User.username == username).values(disabled=True)
    studio.database.write(lambda session: session.execute(statement))


def person(studio: Studio, username: str) -> User | None:
    statement = select(User).where(User.username == username)
    return studio.database.read(lambda session: session.scalar(statement))


# --- the sign-in ---


def test_a_first_sign_in_makes_an_account_and_starts_a_session(sso: Provided) -> None:
    reply = sso.exchange(sso.provider.id_token(name="Zoe Z", email="zoe@example.org"))
    assert (reply.status, set(reply.json)) == (201, {"token", "ticket", "expires_at", "user"})
    user = reply.json["user"]
    assert (user["username"], user["display_name"], user["email"], user["administrator"]) == (
        "zoe",
        "Zoe Z",
        "zoe@example.org",
        False,
    )
    me = sso.bearer(reply.json["token"]).studio("GET", "/me").json
    assert (me["via"], me["projects"]) == ("session", [])
    taken = sso.anonymous().studio("POST", "/sessions/redeem", {"ticket": reply.json["ticket"]})
    assert taken.status == 201
    (row,) = sso.database.read(lambda s: list(s.scalars(select(UserSession))))
    assert row.signed_in_by == "single sign-on"


def test_the_same_subject_is_the_same_person_whatever_it_is_called_now(sso: Provided) -> None:
    sso.exchange()
    again = sso.exchange(sso.provider.id_token(preferred_username="zoe-married"))
    assert again.json["user"]["username"] == "zoe"
    assert person(sso, "zoe-married") is None


def test_a_person_of_the_provider_has_no_password(sso: Provided) -> None:
    sso.exchange()
    for password in ("", " ", PASSWORD):
        body = {"username": "zoe", "password": password or "x"}
        assert sso.anonymous().studio("POST", "/sessions", body).status == 401
        assert sso.with_password("zoe", password).studio("GET", "/me").status == 401


def test_an_account_of_the_same_name_is_never_taken_over(sso: Provided) -> None:
    token = sso.provider.id_token(
        preferred_username="alice", email="alice@example.org", email_verified=True
    )
    reply = sso.exchange(token)
    assert (reply.status, reply.json["reason"]) == (409, "identity_not_linked")
    assert "administrator" in reply.json["message"]
    assert "subject-of-zoe" in reply.json["message"]
    # The refusal used nothing up: once an administrator has linked them, it works.
    sso.link("alice", "subject-of-zoe")
    assert sso.exchange(token).json["user"]["username"] == "alice"


def test_an_address_of_somebody_here_links_nobody(sso: Provided) -> None:
    token = sso.provider.id_token(preferred_username=None, email="alice@example.org")
    assert sso.exchange(token).json["user"]["username"] == "alice@example.org"
    assert person(sso, "alice").email == "alice@example.org"  # type: ignore[union-attr]


def test_a_name_that_cannot_be_a_username_is_told(sso: Provided) -> None:
    reply = sso.exchange(sso.provider.id_token(preferred_username="DOMAIN\\zoe", email=None))
    assert (reply.status, reply.json["reason"]) == (400, "invalid_username")
    reply = sso.exchange(sso.provider.id_token(preferred_username=None))
    assert (reply.status, reply.json["reason"]) == (400, "invalid_username")


def test_no_provider_makes_a_person_with_the_name_of_a_program(sso: Provided) -> None:
    for claimed in ("svc-fraud-nightly", "SVC-fraud-nightly", " svc-x@example.org "):
        reply = sso.exchange(sso.provider.id_token(preferred_username=claimed))
        assert (reply.status, reply.json["reason"]) == (400, "invalid_username")
        assert person(sso, claimed.strip().lower()) is None


def test_a_name_with_letters_that_nobody_sees_is_cleaned_and_shuts_nobody_out(
    sso: Provided,
) -> None:
    name, email = " Z\u200boe\u202e\tZ\n\u2066 ", "zoe\u202e@example.org"
    user = sso.exchange(sso.provider.id_token(name=name, email=email)).json["user"]
    assert (user["display_name"], user["email"]) == ("Zoe Z", "")


def test_where_no_accounts_are_made_only_linked_people_come_in(make: Make) -> None:
    closed = make(oidc_create_people=False)
    reply = closed.exchange()
    assert (reply.status, reply.json["reason"]) == (401, "unknown_identity")
    assert person(closed, "zoe") is None
    closed.link("bob", "subject-of-zoe")
    assert closed.exchange().json["user"]["username"] == "bob"


def test_a_disabled_person_does_not_come_in(sso: Provided) -> None:
    sso.exchange()
    disable(sso, "zoe")
    reply = sso.exchange()
    assert (reply.status, reply.json["reason"]) == (401, "disabled")
    assert sso.script().studio("GET", "/me").status == 401


def test_an_identity_token_works_once(sso: Provided) -> None:
    token = sso.provider.id_token()
    assert sso.exchange(token).status == 201
    again = sso.exchange(token)
    assert (again.status, again.json["reason"]) == (401, "token_used")


@every_database
def test_a_nonce_works_once_in_whatever_token(sso: Provided) -> None:
    assert sso.exchange(sso.provider.id_token(nonce="once")).status == 201
    again = sso.exchange(sso.provider.id_token(nonce="once", sub="somebody-else"))
    assert (again.status, again.json["reason"]) == (401, "token_used")


def test_a_token_that_one_replica_took_is_refused_by_the_other(make: Make) -> None:
    one, other = make(), make()
    token = one.provider.id_token()
    assert one.exchange(token).status == 201
    assert other.exchange(token).status == 401


@every_database
def test_two_who_exchange_one_token_at_once_get_one_session(sso: Provided) -> None:
    sso.exchange()
    token = sso.provider.id_token()
    replies = at_once([lambda: sso.exchange(token)] * 2)
    assert sorted(reply.status for reply in replies) == [201, 401]


@every_database
def test_two_first_sign_ins_at_once_make_one_account(sso: Provided) -> None:
    replies = at_once([lambda: sso.exchange(sso.provider.id_token())] * 2)
    assert [reply.status for reply in replies] == [201, 201]
    assert {reply.json["user"]["username"] for reply in replies} == {"zoe"}


@every_database
def test_tokens_that_were_used_are_forgotten_when_they_have_expired(sso: Provided) -> None:
    assert sso.exchange(sso.provider.id_token()).status == 201
    over = update(UsedIdToken).values(expires_at=now() - timedelta(seconds=1))
    sso.database.write(lambda session: session.execute(over))
    assert sso.exchange(sso.provider.id_token(nonce=None)).status == 201
    rows = sso.database.read(lambda session: list(session.scalars(select(UsedIdToken))))
    assert len(rows) == 1


def test_the_nonce_of_the_sign_in_must_be_the_tokens(sso: Provided) -> None:
    assert sso.exchange(sso.provider.id_token(nonce="a"), nonce="b").status == 401
    assert sso.exchange(sso.provider.id_token(nonce="a"), nonce="a").status == 201


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"iss": "https://elsewhere.example"},
        {"exp": 1},
        {"nbf": time.time() + A_DAY},
        {"sub": None},
    ],
)
def test_a_token_that_is_not_right_opens_no_session_and_makes_no_account(
    sso: Provided, claims: dict[str, Any]
) -> None:
    assert sso.exchange(sso.provider.id_token(**claims)).status == 401
    assert sso.exchange(sso.provider.id_token(SECOND)).status == 401
    assert person(sso, "zoe") is None


def test_an_access_token_opens_no_session(sso: Provided) -> None:
    assert sso.exchange(sso.provider.access_token(aud=CLIENT)).status == 401


@pytest.mark.parametrize("token", ["", 7, None, "x" * 20000, "\0", "\ud800", ["a.b.c"]])
def test_a_body_that_is_not_right_is_refused(sso: Provided, token: object) -> None:
    reply = sso.anonymous().studio("POST", "/sessions/oidc", {"id_token": token})
    assert reply.status == 400


def test_a_sign_in_is_written_down_with_what_it_changed_and_without_the_token(
    make: Make,
) -> None:
    sso = make(oidc_administrators="groups=bosses")
    sso.group("analysts", "analysts")
    token = sso.provider.id_token(groups=["analysts", "bosses"])
    sso.exchange(token)
    told = {one.operation: (one.user, one.target) for one in sso.events()}
    assert told == {
        "sessions.exchange": ("zoe", "zoe"),
        "users.create": ("zoe", "zoe"),
        "groups.claims": ("zoe", "zoe: +analysts"),
        "users.update": ("zoe", "zoe: administrator given by claim"),
    }
    sso.exchange(token)
    refused = sso.events()[0]
    assert (refused.outcome, refused.reason, refused.user) == ("denied", "token_used", "")


# --- groups and administration ---


def test_claims_put_people_into_groups_and_take_them_out_again(sso: Provided) -> None:
    sso.group("analysts", "analysts", "all")
    sso.group("payments", "payments", role="contributor")
    first = sso.exchange(sso.provider.id_token(groups=["analysts", "unknown"]))
    me = sso.bearer(first.json["token"])
    assert [p["role"] for p in me.studio("GET", "/me").json["projects"]] == ["viewer"]
    sso.exchange(sso.provider.id_token(groups=["payments", "all"]))
    assert sso.groups_of("zoe") == {"analysts", "payments"}
    assert [p["role"] for p in me.studio("GET", "/me").json["projects"]] == ["contributor"]
    sso.exchange(sso.provider.id_token(groups=[]))
    assert sso.groups_of("zoe") == set()
    assert me.studio("GET", "/projects/fraud").status == 404


def test_a_sign_in_without_the_claim_leaves_nobody_in_by_claim(sso: Provided) -> None:
    sso.group("analysts", "analysts")
    sso.exchange(sso.provider.id_token(groups=["analysts"]))
    sso.exchange()
    assert sso.groups_of("zoe") == set()


def test_a_membership_that_somebody_gave_stays(sso: Provided) -> None:
    sso.group("analysts", "analysts")
    sso.exchange()
    sso.put_into("analysts", "zoe")
    sso.exchange(sso.provider.id_token(groups=["analysts"]))
    sso.exchange(sso.provider.id_token(groups=[]))
    assert sso.groups_of("zoe") == {"analysts"}


def test_a_claim_of_another_person_moves_nobody_else(sso: Provided) -> None:
    sso.group("analysts", "analysts")
    sso.exchange(sso.provider.id_token(groups=["analysts"]))
    sso.exchange(sso.provider.id_token(sub="yan", preferred_username="yan", groups=[]))
    assert sso.groups_of("zoe") == {"analysts"}


@pytest.mark.parametrize(
    "claims",
    [
        {"administrator": True},
        {"groups": ["administrators", "admin"], "roles": ["admin"]},
        {"realm_access": {"roles": ["admin"]}},
        {"": [""], "groups": [""]},
    ],
)
def test_no_claim_makes_an_administrator_unless_it_is_configured(
    sso: Provided, claims: dict[str, Any]
) -> None:
    reply = sso.exchange(sso.provider.id_token(**claims))
    assert reply.json["user"]["administrator"] is False


def test_the_configured_claim_gives_and_takes_administration(make: Make) -> None:
    sso = make(oidc_administrators="realm_access.roles=studio-admin")
    boss: dict[str, Any] = {"realm_access": {"roles": ["studio-admin"]}}
    assert sso.exchange(sso.provider.id_token(**boss)).json["user"]["administrator"] is True
    almost: dict[str, Any] = {"realm_access": {"roles": ["studio-admins"]}}
    assert sso.exchange(sso.provider.id_token(**almost)).json["user"]["administrator"] is False


def test_the_last_administrator_stays_one(make: Make) -> None:
    sso = make(oidc_administrators="groups=bosses")
    sso.link("admin", "subject-of-zoe")
    assert sso.exchange().json["user"]["administrator"] is True


# --- access tokens in scripts ---


def test_a_script_speaks_as_its_person_by_the_providers_access_token(sso: Provided) -> None:
    sso.link("bob", "subject-of-bob")
    script = sso.script(sub="subject-of-bob")
    me = script.studio("GET", "/me").json
    assert (me["user"]["username"], me["via"], me["token"]) == ("bob", "single sign-on", None)
    assert [project["role"] for project in me["projects"]] == ["contributor"]
    assert script.studio("GET", "/projects/vault").status == 404


def test_an_access_token_of_nobody_here_is_refused_and_makes_no_account(sso: Provided) -> None:
    reply = sso.script().studio("GET", "/me")
    assert (reply.status, reply.json["reason"]) == (401, "unknown_identity")
    assert person(sso, "zoe") is None


@every_database
def test_a_subject_that_differs_by_a_space_or_a_capital_is_somebody_else(sso: Provided) -> None:
    sso.link("bob", "subject-of-bob")
    for subject in ("subject-of-bob ", "Subject-of-bob", " subject-of-bob"):
        assert sso.script(sub=subject).studio("GET", "/me").status == 401
        reply = sso.exchange(sso.provider.id_token(sub=subject, preferred_username="other"))
        assert reply.json.get("user", {}).get("username") != "bob"


def test_an_identity_token_is_no_bearer(sso: Provided) -> None:
    sso.exchange()
    for audience in (CLIENT, AUDIENCE):
        reply = sso.bearer(sso.provider.id_token(aud=audience)).studio("GET", "/me")
        assert (reply.status, reply.json["reason"]) == (401, "token_kind")


def test_a_script_is_not_the_person_in_person(sso: Provided) -> None:
    sso.link("admin", "subject-of-admin")
    script = sso.script(sub="subject-of-admin")
    attempts: list[tuple[str, str, object]] = [
        ("POST", "/tokens", {"name": "t"}),
        ("GET", "/users", None),
        ("PATCH", "/me", {"display_name": "x"}),
        ("POST", "/claim-rules", {"value": "v", "group": "g"}),
        ("DELETE", "/sessions/current", None),
    ]
    for method, path, body in attempts:
        reply = script.studio(method, path, body)
        assert (reply.status, reply.json["reason"]) == (403, "session_required"), path


def test_a_script_goes_through_the_door_to_mlflow_as_far_as_its_role(sso: Provided) -> None:
    sso.link("carol", "subject-of-carol")
    script = sso.script(sub="subject-of-carol")
    body = {"name": "mine"}
    refused = script.mlflow("fraud", "POST", "experiments/create", body)
    assert (refused.status, refused.json["reason"]) == (403, "role_too_low")
    assert script.mlflow("vault", "GET", "experiments/search?max_results=1").status == 404
    assert sso.events()[0].user == "carol"


def test_an_access_tokens_claims_count_for_groups_where_it_has_them(sso: Provided) -> None:
    sso.group("analysts", "analysts")
    sso.exchange(sso.provider.id_token(groups=["analysts"]))
    assert sso.script().studio("GET", "/projects/fraud").status == 200
    assert sso.groups_of("zoe") == {"analysts"}
    assert sso.script(groups=[]).studio("GET", "/projects/fraud").status == 404
    assert sso.groups_of("zoe") == set()
    assert sso.script(groups=["analysts"]).studio("GET", "/projects/fraud").status == 200
    moves = [one.target for one in sso.events() if one.operation == "groups.claims"]
    assert moves == ["zoe: +analysts", "zoe: -analysts", "zoe: +analysts"]


@every_database
def test_the_claims_of_one_access_token_are_looked_at_once(sso: Provided) -> None:
    sso.group("analysts", "analysts")
    sso.exchange()
    script = sso.script(groups=["analysts"])
    assert script.studio("GET", "/projects/fraud").status == 200
    sso.exchange(sso.provider.id_token(groups=[]))
    assert script.studio("GET", "/projects/fraud").status == 404


def test_a_known_access_token_costs_one_statement(sso: Provided) -> None:
    sso.exchange()
    script = sso.script(groups=["x"])
    path = "experiments/search?max_results=1"
    assert script.mlflow("vault", "GET", path).status == 404
    sso.services.trail.flush()
    with statements(sso.database) as seen:
        assert script.mlflow("vault", "GET", path).status == 404
    # The threads of the application ask for counters and seals meanwhile, never for people.
    assert len([text for text in seen.texts if " users" in text or "identities" in text]) == 1


def test_an_access_token_never_makes_an_administrator(make: Make) -> None:
    sso = make(oidc_administrators="groups=bosses")
    sso.exchange()
    sso.script(groups=["bosses"]).studio("GET", "/me")
    assert not person(sso, "zoe").administrator  # type: ignore[union-attr]


def test_without_single_sign_on_no_such_token_is_looked_at(studio: Studio, provider: Any) -> None:
    assert studio.bearer(provider.access_token()).studio("GET", "/me").status == 401
    body = {"id_token": provider.id_token()}
    reply = studio.anonymous().studio("POST", "/sessions/oidc", body)
    assert (reply.status, reply.json["reason"]) == (400, "no_single_sign_on")
    assert provider.asked == []
    status = studio.anonymous().studio("GET", "/single-sign-on")
    assert (status.status, status.json["configured"]) == (200, False)


# --- keys that change, a provider that is away ---


def later(sso: Provided) -> None:
    """Make the provider's last question as old as it must be for another one."""
    known = sso.app.extensions[EXTENSION].single_sign_on.provider
    known._asked_at -= AGAIN_SECONDS


def test_a_rotation_of_keys_is_survived_and_the_old_key_is_worth_nothing(sso: Provided) -> None:
    assert sso.exchange(sso.provider.id_token(FIRST)).status == 201
    sso.provider.keys = [SECOND]
    later(sso)
    assert sso.exchange(sso.provider.id_token(SECOND)).status == 201
    assert sso.script(key=SECOND).studio("GET", "/me").status == 200
    assert sso.exchange(sso.provider.id_token(FIRST)).status == 401
    assert sso.script(key=FIRST).studio("GET", "/me").status == 401


def test_while_the_provider_is_away_everything_but_new_keys_goes_on(sso: Provided) -> None:
    sso.exchange()
    known, unknown = sso.script(), sso.script(key=SECOND)
    sso.provider.served.stop()
    later(sso)
    assert known.studio("GET", "/me").status == 200
    refused = unknown.studio("GET", "/me")
    assert (refused.status, refused.json["reason"]) == (503, "identity_provider_unavailable")
    assert sso.provider.issuer in refused.json["message"]
    assert unknown.mlflow("fraud", "GET", "experiments/search?max_results=1").status == 503
    assert sso.with_password("alice").studio("GET", "/me").status == 200
    assert sso.program("alice").studio("GET", "/me").status == 200
    assert sso.person("alice").studio("GET", "/me").status == 200
    status = sso.anonymous().studio("GET", "/single-sign-on").json
    assert (status["configured"], status["ok"]) == (True, False)
    assert "does not answer" in status["message"]


def test_a_provider_that_never_answered_is_named(make: Make) -> None:
    sso = make(oidc_issuer="http://127.0.0.1:1")
    reply = sso.exchange()
    assert (reply.status, reply.json["reason"]) == (503, "identity_provider_unavailable")


def test_everybody_may_know_whether_the_provider_answers(sso: Provided) -> None:
    sso.provider.discovery = {"end_session_endpoint": f"{sso.provider.issuer}/end"}
    status = sso.anonymous().studio("GET", "/single-sign-on")
    assert (status.status, status.json) == (
        200,
        {
            "configured": True,
            "ok": True,
            "message": "",
            "issuer": sso.provider.issuer,
            "groups_claim": "groups",
            "sign_out_address": f"{sso.provider.issuer}/end",
        },
    )


# --- a real provider ---


def test_a_real_providers_identity_token_opens_a_session(make: Make, tmp_path: Path) -> None:
    with real_provider(tmp_path) as real:
        sso = make(oidc_issuer=real.issuer)
        sso.group("analysts", "data science")
        real.person("maria", preferred_username="maria", groups=["data science"])
        token = real.id_token("maria", nonce="the-nonce")
        reply = sso.exchange(token, nonce="the-nonce")
        assert reply.status == 201, reply.body
        assert reply.json["user"]["username"] == "maria"
        assert sso.groups_of("maria") == {"analysts"}
        assert sso.exchange(token, nonce="the-nonce").status == 401
        real.person("maria", preferred_username="maria", groups=[])
        sso.exchange(real.id_token("maria", nonce="another"))
        assert sso.groups_of("maria") == set()
