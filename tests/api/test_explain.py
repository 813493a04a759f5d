"""Decisions explained over REST, who may ask, and what stays hidden."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from api.conftest import Caller, Studio
from databases import every_database
from people import Reply
from uac_api.access.models import User


def why(caller: Caller, user: str, action: str = "log", project: str = "fraud") -> Reply:
    return caller.studio("GET", f"/explain?user={user}&action={action}&project={project}")


def test_a_yes_tells_its_chain(bob: Caller) -> None:
    reply = why(bob, "")
    assert reply.status == 200
    assert (reply.json["allowed"], reply.json["reason"]) == (True, "role_contributor")
    assert "given by 'alice'" in reply.json["message"]
    (chain,) = reply.json["chains"]
    assert (chain["role"], chain["through"], chain["granted_by"], chain["counts"]) == (
        "contributor",
        "",
        "alice",
        True,
    )


def test_a_no_tells_what_is_missing(carol: Caller) -> None:
    reply = why(carol, "carol")
    assert (reply.json["allowed"], reply.json["reason"]) == (False, "role_too_low")
    assert "this needs contributor" in reply.json["message"]


def test_an_owner_asks_about_their_project_and_an_administrator_about_all(
    alice: Caller, admin: Caller
) -> None:
    for caller in (alice, admin):
        reply = why(caller, "mallory")
        assert (reply.status, reply.json["reason"]) == (200, "no_such_project")
        assert (reply.json["allowed"], reply.json["chains"]) == (False, [])
        assert why(caller, "bob").json["allowed"]
        assert why(caller, "nobody").status == 404


def test_others_ask_about_themselves_only(bob: Caller, studio: Studio) -> None:
    reply = why(bob, "carol")
    assert (reply.status, reply.json["reason"]) == (403, "role_too_low")
    assert why(studio.program("admin"), "bob").status == 404


def test_a_hidden_project_stays_hidden(mallory: Caller) -> None:
    for user in ("", "mallory", "alice", "nobody"):
        hidden, missing = why(mallory, user), why(mallory, user, project="nothing")
        assert hidden.status == missing.status == 404
        assert hidden.json["message"].replace("fraud", "nothing") == missing.json["message"]
        assert hidden.json["reason"] == missing.json["reason"] == "no_such_project"
    hidden = mallory.studio("GET", "/projects/fraud/access")
    missing = mallory.studio("GET", "/projects/nothing/access")
    assert hidden.status == missing.status == 404


@pytest.mark.parametrize("action", ["", "write", "Read"])
def test_an_unknown_action_is_told(bob: Caller, action: str) -> None:
    reply = why(bob, "", action)
    assert (reply.status, reply.json["reason"]) == (400, "invalid_action")


def test_a_disabled_person_may_nothing(studio: Studio, alice: Caller) -> None:
    off = update(User).where(User.username == "bob").values(disabled=True)
    studio.database.write(lambda session: session.execute(off))
    reply = why(alice, "bob")
    assert (reply.json["allowed"], reply.json["reason"]) == (False, "account_disabled")
    listed = alice.studio("GET", "/projects/fraud/access").json["people"]
    (bob,) = (one for one in listed if one["username"] == "bob")
    assert (bob["disabled"], bob["may"], bob["role"]) == (True, [], None)


def test_members_see_who_may_do_what_and_through_what(
    carol: Caller, alice: Caller, admin: Caller
) -> None:
    admin.studio("POST", "/groups", {"name": "analysts"})
    for who in ("mallory", "carol"):
        admin.studio("PUT", f"/groups/analysts/people/{who}", {})
    alice.studio("PUT", "/projects/fraud/groups/analysts", {"role": "maintainer"})
    listed = carol.studio("GET", "/projects/fraud/access").json["people"]
    rows = {
        one["username"]: (
            one["role"],
            [(c["role"], c["through"], c["counts"]) for c in one["chains"]],
        )
        for one in listed
    }
    assert rows == {
        "alice": ("owner", [("owner", "", True)]),
        "bob": ("contributor", [("contributor", "", True)]),
        "carol": ("maintainer", [("viewer", "", False), ("maintainer", "analysts", True)]),
        "mallory": ("maintainer", [("maintainer", "analysts", True)]),
    }
    for row in listed:
        for action in ("read", "log", "register", "promote", "delete", "manage", "administer"):
            told = why(alice, row["username"], action).json["allowed"]
            assert told == (action in row["may"])


@every_database
def test_the_list_comes_in_pages(alice: Caller) -> None:
    seen, token = [], ""
    while True:
        path = f"/projects/fraud/access?max_results=2&page_token={token}"
        reply = alice.studio("GET", path).json
        seen += [one["username"] for one in reply["people"]]
        token = reply["next_page_token"]
        if not token:
            break
    assert seen == ["alice", "bob", "carol"]
    found = alice.studio("GET", "/projects/fraud/access?query=ARO").json["people"]
    assert [one["username"] for one in found] == ["carol"]


def test_the_matrix_is_for_administrators_in_person(studio: Studio, admin: Caller) -> None:
    for who in ("alice", "mallory"):
        assert studio.person(who).studio("GET", "/permissions").status == 403
    assert studio.program("admin").studio("GET", "/permissions").status == 403
    first = admin.studio("GET", "/permissions?max_results=3").json
    assert [row["username"] for row in first["people"]] == ["admin", "alice", "bob"]
    assert first["people"][1]["grants"] == [
        {"project": "fraud", "role": "owner", "expires_at": None, "expired": False, "version": 1}
    ]
    token = first["next_page_token"]
    rest = admin.studio("GET", f"/permissions?max_results=3&page_token={token}").json
    assert [row["username"] for row in rest["people"]] == ["carol", "mallory"]
    named = admin.studio("GET", "/permissions?user=ali&project=fraud").json
    assert [row["username"] for row in named["people"]] == ["alice"]
