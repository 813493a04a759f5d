"""Nobody gives more than they have: attacks by a token, by an owner for a time, and by names."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from api.conftest import Caller, Studio
from people import Reply, basic
from uac_api.access.decisions.operations import OPERATIONS, Need
from uac_api.access.decisions.roles import Role
from uac_api.access.models import now
from uac_api.access.people import users
from uac_api.access.projects import members, projects
from uac_api.access.projects.grants import End, Terms

DOCS = Path(__file__).parents[2] / "docs" / "reference" / "api.md"
FRAUD, TRASH = "/projects/fraud", "/deleted-projects/fraud/restore"


def text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


def give(studio: Studio, who: str, role: Role, ends: End) -> None:
    """A role in `fraud`, as an administrator gives it."""

    def work(session: Any) -> None:
        project, user = projects.get(session, "fraud"), users.get(session, who)
        members.put(session, project, user, Terms(role, "admin", ends))

    studio.database.write(work)


# What needs a person, by hand.


def by_hand() -> dict[str, str]:
    """The table in the docs: each operation in it, and what a token needs for it."""
    section = DOCS.read_text().partition("## What needs the person\n")[2].partition("\n## ")[0]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("| ")]
    found: dict[str, str] = {}
    for _, operations, token in rows[1:]:
        for operation in re.findall(r"`([\w.]+)`", operations):
            assert operation not in found, operation
            found[operation] = token.strip()
    return found


def test_the_table_in_the_docs_is_what_the_code_says() -> None:
    never = {Need.ACCOUNT, Need.ADMINISTRATOR, Need.GIVER}
    said = {name: "never" for name, need in OPERATIONS.items() if need in never}
    said |= {
        name: "made with `administer`"
        for name, need in OPERATIONS.items()
        if need is Need.AUTHORITY
    }
    assert by_hand() == said


# A token.


def grant(who: Caller) -> Reply:
    """Grant the first request that waits."""
    waiting = who.studio("GET", f"{FRAUD}/requests").json["requests"]
    path = f"{FRAUD}/requests/{waiting[0]['id']}/grant"
    return who.studio("POST", path, {"role": "viewer"})


ACTS: dict[str, Callable[[Caller], Reply]] = {
    "an owner": lambda who: who.studio("PUT", f"{FRAUD}/members/mallory", {"role": "owner"}),
    "a maintainer": lambda who: who.studio("PUT", f"{FRAUD}/members/bob", {"role": "maintainer"}),
    "an owning group": lambda who: who.studio("PUT", f"{FRAUD}/groups/gang", {"role": "owner"}),
    "a maintaining group": lambda who: who.studio(
        "PUT", f"{FRAUD}/groups/gang", {"role": "maintainer"}
    ),
    "a request granted": lambda who: grant(who),
    "the project deleted": lambda who: who.studio("DELETE", f"{FRAUD}?name=fraud"),
}


@pytest.fixture
def gang(studio: Studio, admin: Caller, mallory: Caller) -> None:
    """A group with mallory in it, and a request of mallory's."""
    assert admin.studio("POST", "/groups", {"name": "gang"}).status == 201
    assert admin.studio("PUT", "/groups/gang/people/mallory", {}).status == 201
    assert mallory.studio("POST", f"{FRAUD}/requests", {"role": "viewer"}).status == 202
    studio.services.trail.flush()


@pytest.mark.usefixtures("gang")
@pytest.mark.parametrize("what", ACTS)
@pytest.mark.parametrize(
    "limits", [{}, {"actions": ["manage"]}, {"actions": ["read", "delete", "manage"]}], ids=str
)
def test_a_stolen_token_of_an_owner_makes_nobody_mightier(
    studio: Studio, alice: Caller, mallory: Caller, what: str, limits: dict[str, Any]
) -> None:
    stolen = studio.program("alice", **limits)
    reply = ACTS[what](stolen)
    assert (reply.status, reply.json["reason"]) == (403, "token_too_narrow"), reply.body
    assert "in person" in reply.json["message"]
    assert "'administer'" in reply.json["message"]
    assert mallory.studio("GET", FRAUD).status == 404
    assert alice.studio("GET", FRAUD).json["role"] == "owner"
    # It is no way round to be told what would happen.
    if "role" in what or "group" in what:
        preview = stolen.studio("PUT", f"{FRAUD}/groups/gang?preview=true", {"role": "owner"})
        assert preview.status == 403


@pytest.mark.usefixtures("gang")
@pytest.mark.parametrize("what", ACTS)
def test_a_token_that_was_made_for_it_and_the_person_may(
    studio: Studio, alice: Caller, what: str
) -> None:
    by_token = ACTS[what](studio.program("alice", actions=["manage", "administer"]))
    assert by_token.status < 300, by_token.body
    if what == "the project deleted":
        assert alice.studio("POST", TRASH, {}).status == 200
    if what != "a request granted":
        assert ACTS[what](alice).status < 300
        assert ACTS[what](studio.with_password("alice")).status in (200, 201, 204, 404)


def test_the_action_alone_is_not_enough_for_what_needs_manage(studio: Studio) -> None:
    narrow = studio.program("alice", actions=["administer"])
    reply = narrow.studio("PUT", f"{FRAUD}/members/mallory", {"role": "viewer"})
    assert (reply.status, reply.json["reason"]) == (403, "token_too_narrow")


def test_a_token_with_manage_still_gives_and_takes_lower_roles(
    studio: Studio, mallory: Caller
) -> None:
    managing = studio.program("alice", actions=["manage"])
    path = f"{FRAUD}/members/mallory"
    assert managing.studio("PUT", path, {"role": "contributor"}).status == 201
    assert mallory.studio("GET", FRAUD).json["role"] == "contributor"
    assert managing.studio("DELETE", path).status == 204


def test_no_token_makes_another_even_if_it_may_administer(studio: Studio) -> None:
    mighty = studio.program("alice", actions=["manage", "administer"])
    wanted = {"name": "more", "actions": ["administer"]}
    assert mighty.studio("POST", "/tokens", wanted).json["reason"] == "session_required"
    account = {"name": "nightly", "role": "maintainer"}
    reply = mighty.studio("POST", f"{FRAUD}/service-accounts", account)
    assert reply.json["reason"] == "session_required"


@pytest.mark.parametrize("who", ["bob", "carol"])
def test_a_token_to_administer_is_worth_no_more_than_its_role(studio: Studio, who: str) -> None:
    program = studio.program(who, actions=["read", "manage", "administer"])
    reply = ACTS["an owner"](program)
    assert (reply.status, reply.json["reason"]) == (403, "role_too_low")


def test_an_administrators_token_administers_nothing(studio: Studio) -> None:
    program = studio.program("admin", actions=["manage", "administer"])
    assert ACTS["an owner"](program).status == 404
    reply = program.studio("POST", "/users", {"username": "eve", "password": "x" * 20})
    assert reply.json["reason"] == "session_required"


# An owner for a time.


@pytest.fixture
def friday() -> datetime:
    """When bob's role as an owner ends."""
    return (now() + timedelta(days=5)).replace(microsecond=0)


@pytest.fixture
def owner_for_a_time(studio: Studio, friday: datetime) -> Caller:
    """bob, an owner until Friday."""
    give(studio, "bob", Role.OWNER, friday)
    return studio.person("bob")


def too_late(reply: Reply) -> bool:
    """Whether it was refused because the giver's own role ends before."""
    return (reply.status, reply.json["reason"]) == (400, "later_than_giver")


def test_everybody_is_told_when_their_own_role_ends(
    owner_for_a_time: Caller, alice: Caller, friday: datetime
) -> None:
    assert owner_for_a_time.studio("GET", FRAUD).json["role_expires_at"] == text(friday)
    assert owner_for_a_time.studio("GET", "/me").json["projects"][0]["role_expires_at"] == text(
        friday
    )
    assert alice.studio("GET", FRAUD).json["role_expires_at"] is None


@pytest.mark.parametrize("preview", ["", "?preview=true"])
@pytest.mark.parametrize("ends", [None, timedelta(seconds=1), timedelta(days=3650)], ids=str)
@pytest.mark.parametrize("who", ["bob", "mallory", "carol"])
def test_an_owner_for_a_time_makes_nobody_lasting(
    owner_for_a_time: Caller,
    admin: Caller,
    friday: datetime,
    who: str,
    ends: timedelta | None,
    preview: str,
) -> None:
    later = None if ends is None else text(friday + ends)
    path = f"{FRAUD}/members/{who}{preview}"
    reply = owner_for_a_time.studio("PUT", path, {"role": "owner", "expires_at": later})
    assert too_late(reply), reply.body
    assert f"{friday:%Y-%m-%d %H:%M} UTC" in reply.json["message"]
    listed = admin.studio("GET", f"{FRAUD}/members").json["members"]
    assert {one["username"]: one["role"] for one in listed}.get(who) in {None, "owner", "viewer"}
    assert "mallory" not in {one["username"] for one in listed}


def test_what_an_owner_for_a_time_gives_ends_with_their_role_or_before(
    owner_for_a_time: Caller, friday: datetime
) -> None:
    unsaid = owner_for_a_time.studio("PUT", f"{FRAUD}/members/mallory", {"role": "owner"})
    assert (unsaid.status, unsaid.json["expires_at"]) == (201, text(friday))
    earlier = text(friday - timedelta(days=1))
    said = {"role": "maintainer", "expires_at": earlier}
    reply = owner_for_a_time.studio("PUT", f"{FRAUD}/members/mallory", said)
    assert (reply.status, reply.json["expires_at"]) == (200, earlier)


@pytest.mark.usefixtures("gang")
def test_not_by_a_group(
    owner_for_a_time: Caller, alice: Caller, admin: Caller, friday: datetime
) -> None:
    path = f"{FRAUD}/groups/gang"
    assert too_late(owner_for_a_time.studio("PUT", path, {"role": "owner", "expires_at": None}))
    made = owner_for_a_time.studio("PUT", path, {"role": "owner"})
    assert (made.status, made.json["expires_at"]) == (201, text(friday))
    # Nor later, once it is there, nor through whom it has made an owner.
    assert admin.studio("PUT", "/groups/gang/people/bob", {}).status == 201
    assert too_late(owner_for_a_time.studio("PUT", path, {"role": "owner", "expires_at": None}))
    assert alice.studio("PUT", path, {"role": "owner", "expires_at": None}).status == 200
    # From now on bob is one for good, through the group.
    body = {"role": "owner", "expires_at": None}
    assert owner_for_a_time.studio("PUT", f"{FRAUD}/members/bob", body).status == 200


def test_not_by_an_ally(studio: Studio, owner_for_a_time: Caller, friday: datetime) -> None:
    assert owner_for_a_time.studio("PUT", f"{FRAUD}/members/mallory", {"role": "owner"}).status
    ally = studio.person("mallory")
    for who in ("bob", "mallory"):
        reply = ally.studio("PUT", f"{FRAUD}/members/{who}", {"role": "owner", "expires_at": None})
        assert too_late(reply)
    assert ally.studio("GET", FRAUD).json["role_expires_at"] == text(friday)


def test_not_by_raising_somebody_whose_lower_role_does_not_end(
    owner_for_a_time: Caller, alice: Caller, friday: datetime
) -> None:
    path = f"{FRAUD}/members/carol"
    assert too_late(owner_for_a_time.studio("PUT", path, {"role": "maintainer"}))
    raised = owner_for_a_time.studio(
        "PUT", path, {"role": "maintainer", "expires_at": text(friday)}
    )
    assert raised.status == 200
    # To take away, and to leave as it is, needs no end.
    assert alice.studio("PUT", path, {"role": "maintainer", "expires_at": None}).status == 200
    same = owner_for_a_time.studio("PUT", path, {"role": "maintainer", "reason": "The audit"})
    assert (same.status, same.json["expires_at"]) == (200, None)
    lower = owner_for_a_time.studio("PUT", path, {"role": "viewer"})
    assert (lower.status, lower.json["expires_at"]) == (200, None)


def test_not_by_a_request(owner_for_a_time: Caller, mallory: Caller, friday: datetime) -> None:
    assert mallory.studio("POST", f"{FRAUD}/requests", {"role": "viewer"}).status == 202
    (asked,) = owner_for_a_time.studio("GET", f"{FRAUD}/requests").json["requests"]
    path = f"{FRAUD}/requests/{asked['id']}/grant"
    body = {"role": "owner", "expires_at": None}
    assert too_late(owner_for_a_time.studio("POST", path, body))
    assert owner_for_a_time.studio("POST", path, {"role": "owner"}).status == 200
    assert mallory.studio("GET", FRAUD).json["role_expires_at"] == text(friday)


def test_not_by_a_program(owner_for_a_time: Caller, alice: Caller, friday: datetime) -> None:
    accounts = f"{FRAUD}/service-accounts"
    made = owner_for_a_time.studio("POST", accounts, {"name": "mine", "role": "maintainer"})
    assert (made.status, made.json["expires_at"]) == (201, text(friday))
    lasting = alice.studio("POST", accounts, {"name": "nightly", "role": "viewer"})
    assert (lasting.status, lasting.json["expires_at"]) == (201, None)
    mine, nightly = f"{accounts}/svc-fraud-mine", f"{accounts}/svc-fraud-nightly"
    assert too_late(owner_for_a_time.studio("PATCH", mine, {"expires_at": None}))
    assert too_late(owner_for_a_time.studio("PATCH", nightly, {"role": "maintainer"}))
    assert owner_for_a_time.studio("PATCH", nightly, {"disabled": True}).status == 200
    assert too_late(owner_for_a_time.studio("PATCH", nightly, {"disabled": False}))
    assert alice.studio("PATCH", nightly, {"disabled": False}).status == 200
    # A token of one that lasts ends with the role of who made it, and so does its successor.
    body = {"name": "cron", "expires_in_days": 90}
    token = owner_for_a_time.studio("POST", f"{nightly}/tokens", body).json
    assert token["expires_at"] == text(friday)
    path = f"{nightly}/tokens/{token['id']}/rotate"
    after = owner_for_a_time.studio("POST", path, {"overlap_hours": 0, "expires_in_days": 90})
    assert after.json["expires_at"] == text(friday)
    long = alice.studio("POST", f"{nightly}/tokens", body).json["expires_at"]
    assert datetime.fromisoformat(long) > friday + timedelta(days=80)
    assert alice.studio("PATCH", mine, {"expires_at": None}).json["expires_at"] is None


def test_whose_role_is_shortened_later_leaves_what_they_gave(
    studio: Studio, owner_for_a_time: Caller, mallory: Caller, friday: datetime
) -> None:
    assert owner_for_a_time.studio("PUT", f"{FRAUD}/members/mallory", {"role": "viewer"}).status
    give(studio, "bob", Role.OWNER, now() + timedelta(hours=1))
    assert mallory.studio("GET", FRAUD).json["role_expires_at"] == text(friday)


def test_an_administrator_gives_a_role_for_good_also_as_an_owner_for_a_time(
    studio: Studio, admin: Caller, friday: datetime
) -> None:
    give(studio, "admin", Role.OWNER, friday)
    body = {"role": "owner", "expires_at": None}
    assert admin.studio("PUT", f"{FRAUD}/members/mallory", body).status == 201
    # Their token is no administrator.
    token = studio.program("admin", actions=["manage", "administer"])
    assert too_late(token.studio("PUT", f"{FRAUD}/members/carol", body))


# Names.

HIDDEN = ["ali\u202ece", "ali\u200bce", "al\u2066ice", "alice\ufeff", "a\u00adlice", "ali\u200dce"]


@pytest.mark.parametrize("name", HIDDEN, ids=ascii)
def test_no_name_hides_or_turns_a_letter(
    alice: Caller, admin: Caller, bob: Caller, name: str
) -> None:
    def refused(reply: Reply) -> bool:
        return (reply.status, reply.json["reason"]) == (400, "invisible_letter")

    person = {"username": "eve", "password": "a long enough one", "display_name": name}
    replies = [
        admin.studio("POST", "/users", person),
        admin.studio("PATCH", "/users/bob", {"display_name": name}),
        admin.studio("POST", "/invitations", {"username": "eve", "display_name": name}),
        bob.studio("PATCH", "/me", {"display_name": name}),
        bob.studio("POST", "/tokens", {"name": name}),
        alice.studio("POST", "/projects", {"slug": "risk", "name": name}),
        alice.studio("PATCH", FRAUD, {"name": name}),
        alice.studio("PUT", f"{FRAUD}/members/bob", {"role": "viewer", "reason": name}),
    ]
    assert [refused(reply) for reply in replies] == [True] * len(replies)
    mail = admin.studio("PATCH", "/users/bob", {"email": f"{name}@example.org"})
    assert (mail.status, mail.json["reason"]) == (400, "invalid_email")


@pytest.mark.parametrize("username", ["svc-fraud-nightly", "svc-", "svc-x"])
def test_no_way_makes_a_person_with_the_name_of_a_program(admin: Caller, username: str) -> None:
    made = admin.studio("POST", "/users", {"username": username, "password": "a long enough one"})
    invited = admin.studio("POST", "/invitations", {"username": username})
    for reply in (made, invited):
        assert (reply.status, reply.json["reason"]) == (400, "invalid_username")


# A password reset.


def test_a_reset_ends_sessions_always_and_tokens_when_it_is_said(
    studio: Studio, admin: Caller, bob: Caller
) -> None:
    tokens = [studio.program("bob") for _ in range(2)]
    account = studio.program("alice")
    reply = admin.studio("PATCH", "/users/bob", {"password": "another long one"})
    assert reply.status == 200
    assert bob.studio("GET", "/me").status == 401
    assert [one.studio("GET", "/me").status for one in tokens] == [200, 200]
    both = {"password": "yet another long one", "end_tokens": True}
    assert admin.studio("PATCH", "/users/bob", both).status == 200
    assert [one.studio("GET", "/me").status for one in tokens] == [401, 401]
    assert account.studio("GET", "/me").status == 200, "of somebody else"
    (event, *_) = studio.events(operation="users.update")
    assert event.target == "bob: end_tokens, password; tokens ended: 2"
    again = studio.with_password("bob", "yet another long one")
    assert again.credential == basic("bob", "yet another long one")
    assert again.studio("GET", "/me").status == 200


@pytest.mark.parametrize("who", ["alice", "bob", "mallory"])
def test_only_administrators_in_person_end_the_tokens_of_others(studio: Studio, who: str) -> None:
    token = studio.program("carol")
    reply = studio.person(who).studio("PATCH", "/users/carol", {"end_tokens": True})
    assert (reply.status, reply.json["reason"]) == (403, "administrators_only")
    by_token = studio.program("admin").studio("PATCH", "/users/carol", {"end_tokens": True})
    assert by_token.json["reason"] == "session_required"
    assert token.studio("GET", "/me").status == 200


def test_an_end_is_read_in_every_zone(owner_for_a_time: Caller, friday: datetime) -> None:
    there = friday.astimezone(UTC).replace(tzinfo=None) + timedelta(hours=2)
    said = {"role": "viewer", "expires_at": f"{there.isoformat()}+02:00"}
    reply = owner_for_a_time.studio("PUT", f"{FRAUD}/members/mallory", said)
    assert (reply.status, reply.json["expires_at"]) == (201, text(friday))
