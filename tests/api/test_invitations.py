"""Invitations over REST."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from api.conftest import Caller, Studio, at_once
from databases import every_database
from people import PASSWORD, Reply
from telemetry.ids import SECRET

ERIN = {"username": "erin", "display_name": "Erin", "email": "erin@example.org"}
ROLE = {"project": "fraud", "role": "contributor"}


def invite(admin: Caller, **more: Any) -> str:
    reply = admin.studio("POST", "/invitations", {**ERIN, **more})
    assert reply.status == 201, reply.body
    return secret(reply)


def secret(reply: Reply) -> str:
    address, _, text = str(reply.json["link"]).partition("#")
    assert address == "http://127.0.0.1:8501/join"
    return text


def accept(studio: Studio, invitation: str, password: str = PASSWORD) -> Reply:
    body = {"invitation": invitation, "password": password}
    return studio.anonymous().studio("POST", "/invitations/accept", body)


def read(studio: Studio, invitation: str) -> Reply:
    return studio.anonymous().studio("POST", "/invitations/read", {"invitation": invitation})


def test_an_invited_person_is_signed_in_with_the_promised_role(
    studio: Studio, admin: Caller
) -> None:
    invitation = invite(admin, **ROLE)
    welcome = read(studio, invitation)
    assert welcome.status == 200
    assert {k: welcome.json[k] for k in ("username", "project", "role", "created_by")} == {
        "username": "erin",
        "project": "fraud",
        "role": "contributor",
        "created_by": "admin",
    }
    reply = accept(studio, invitation)
    assert (reply.status, set(reply.json)) == (201, {"token", "ticket", "expires_at", "user"})
    erin = studio.bearer(reply.json["token"])
    assert erin.studio("GET", "/projects/fraud").json["role"] == "contributor"
    assert studio.with_password("erin").studio("GET", "/me").status == 200
    redeemed = studio.anonymous().studio(
        "POST", "/sessions/redeem", {"ticket": reply.json["ticket"]}
    )
    assert redeemed.status == 201


@every_database
def test_a_link_works_once_also_for_two_at_once(studio: Studio, admin: Caller) -> None:
    invitation = invite(admin)
    replies = at_once([lambda: accept(studio, invitation)] * 2)
    assert sorted(reply.status for reply in replies) == [201, 401]
    assert accept(studio, invitation).status == 401
    assert read(studio, invitation).status == 401


def test_unknown_used_and_revoked_are_the_same_refusal(studio: Studio, admin: Caller) -> None:
    used, revoked = invite(admin), invite(admin, username="frank")
    accept(studio, used)
    number = revoked.split("_")[1]
    assert admin.studio("DELETE", f"/invitations/{number}").status == 204
    links = [used, revoked, f"msi_{'a' * 12}_x", "x", "mss_aaaaaaaaaaaa_x", "é"]
    replies = [way(studio, link) for link in links for way in (accept, read)]
    assert {(r.status, r.json["reason"], r.json["message"]) for r in replies} == {
        (
            401,
            "wrong_credentials",
            "This invitation does not work: it was used, has ended, was taken back, or never "
            "was. Ask the person who invited you for a new one.",
        )
    }


def test_a_bad_password_is_told_and_the_link_goes_on_working(studio: Studio, admin: Caller) -> None:
    invitation = invite(admin)
    short = accept(studio, invitation, "short")
    assert (short.status, short.json["reason"]) == (400, "invalid_password")
    assert accept(studio, invitation).status == 201


def test_what_is_written_down_holds_no_secret(
    studio: Studio, admin: Caller, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        invitation = invite(admin, **ROLE)
        accept(studio, invitation)
        accept(studio, invitation)
    number, hidden = invitation.split("_", 2)[1:]
    seen = [(e.operation, e.user, e.project, e.target, e.outcome) for e in studio.events()]
    assert seen == [
        ("invitations.accept", "", "", "", "denied"),
        ("invitations.accept", "erin", "fraud", f"{number} erin", "allowed"),
        ("invitations.create", "admin", "", f"{number} erin: contributor of fraud", "allowed"),
    ]
    assert hidden not in str(seen) + caplog.text
    assert hidden not in admin.studio("GET", "/invitations").body.decode()


def test_a_secret_in_a_path_is_hidden_from_the_log() -> None:
    assert SECRET.sub(r"\1_\2_...", f"/join/msi_{'a' * 12}_s3cret") == f"/join/msi_{'a' * 12}_..."


@every_database
def test_open_invitations_are_listed_in_pages(admin: Caller) -> None:
    for name in ("c1", "a1", "b1"):
        invite(admin, username=name)
    first = admin.studio("GET", "/invitations?max_results=2").json
    token = first["next_page_token"]
    rest = admin.studio("GET", f"/invitations?max_results=2&page_token={token}").json
    found = [one["username"] for one in first["invitations"] + rest["invitations"]]
    assert (found, rest["next_page_token"]) == (["a1", "b1", "c1"], "")
    assert {one["works"] for one in first["invitations"]} == {True}


@pytest.mark.parametrize(
    ("change", "status", "reason"),
    [
        ({"username": "Erin"}, 400, "invalid_username"),
        ({"username": "alice"}, 409, "already_exists"),
        ({"email": "@"}, 400, "invalid_email"),
        ({"expires_in_days": 31}, 400, "invalid_expiry"),
        ({"expires_in_days": 0}, 400, "invalid_expiry"),
        ({"project": "fraud"}, 400, "invalid_role"),
        ({"role": "viewer"}, 400, "invalid_role"),
        ({"project": "fraud", "role": "king"}, 400, "invalid_role"),
        ({"project": "nowhere", "role": "viewer"}, 404, "no_such_project"),
        ({"password": "x"}, 400, "invalid_fields"),
    ],
)
def test_a_wrong_invitation_is_refused_with_a_reason(
    admin: Caller, change: dict[str, Any], status: int, reason: str
) -> None:
    reply = admin.studio("POST", "/invitations", ERIN | change)
    assert (reply.status, reply.json["reason"]) == (status, reason)
    assert admin.studio("GET", "/invitations").json["invitations"] == []


@every_database
def test_a_name_is_invited_once_at_a_time(admin: Caller) -> None:
    invite(admin)
    reply = admin.studio("POST", "/invitations", ERIN)
    assert (reply.status, reply.json["reason"]) == (409, "already_invited")


@pytest.mark.parametrize("who", ["alice", "mallory", "admin's token"])
def test_only_administrators_invite(studio: Studio, admin: Caller, who: str) -> None:
    number = invite(admin).split("_")[1]
    caller = studio.program("admin") if "token" in who else studio.person(who)
    replies = [
        caller.studio("GET", "/invitations"),
        caller.studio("POST", "/invitations", ERIN | {"username": "frank"}),
        caller.studio("DELETE", f"/invitations/{number}"),
    ]
    assert [reply.status for reply in replies] == [403] * 3
    left = admin.studio("GET", "/invitations").json["invitations"]
    assert [one["username"] for one in left] == ["erin"]


def test_an_unknown_invitation_cannot_be_revoked(admin: Caller) -> None:
    reply = admin.studio("DELETE", "/invitations/nothing")
    assert (reply.status, reply.json["reason"]) == (404, "no_such_invitation")
