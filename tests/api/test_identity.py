"""Who a request speaks as."""

from __future__ import annotations

import base64

import pytest

from api.conftest import Caller, Studio
from people import PASSWORD, basic

UNREADABLE = [
    "",
    "Basic",
    "Basic ",
    "Basic !!!!",
    "Basic " + base64.b64encode(b"no colon").decode(),
    "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
    basic("ali\0ce", PASSWORD),
    basic("alice", f"mls_{chr(0) * 12}_x"),
    basic("alice", ""),
    basic("", ""),
    basic("", PASSWORD),
    "Bearer",
    "Bearer null",
    "Bearer mls_",
    "Bearer mls__",
    f"Bearer mls_{'x' * 12}_",
    "Negotiate abc",
    "Bearer mss_x mls_y",
]


@pytest.mark.parametrize("credential", UNREADABLE)
def test_what_cannot_be_recognised_is_the_same_401(studio: Studio, credential: str) -> None:
    reply = studio.anonymous().studio("GET", "/me", headers={"Authorization": credential})
    assert reply.status == 401
    assert reply.json["message"] == "Sign in with a valid token or password."


@pytest.mark.parametrize("credential", UNREADABLE[:9])
def test_the_door_to_mlflow_says_the_same(studio: Studio, credential: str) -> None:
    path = "/projects/fraud/api/2.0/mlflow/experiments/search"
    reply = studio.anonymous().ask("GET", path, headers={"Authorization": credential})
    assert (reply.status, reply.json["error_code"]) == (401, "UNAUTHENTICATED")
    assert reply.json["message"] == "Sign in with a valid token or password."


def test_a_session_is_no_password(studio: Studio, alice: Caller) -> None:
    session = alice.credential.removeprefix("Bearer ")
    reply = studio.with_password("alice", session).studio("GET", "/me")
    assert reply.status == 401


def test_a_password_with_colons_and_letters_of_all_kinds_works(
    studio: Studio, admin: Caller
) -> None:
    password = "ä:ö:ü:🦊:pass:word"
    admin.studio("PATCH", "/users/alice", {"password": password})
    assert studio.with_password("alice", password).studio("GET", "/me").status == 200
    assert studio.with_password("alice", password[:-1]).studio("GET", "/me").status == 401
