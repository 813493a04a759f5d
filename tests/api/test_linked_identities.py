"""Administrators link accounts to subjects of the identity provider."""

from __future__ import annotations

import pytest

from api.conftest import Caller, Studio
from api.provided import Provided, make, provider, running, sso

__all__ = ["make", "provider", "running", "sso"]

SUBJECT = {"subject": "subject-of-zoe"}


@pytest.fixture
def admin(sso: Provided) -> Caller:
    return sso.person("admin")


def test_a_linked_person_signs_in_as_the_account_that_was_there(
    sso: Provided, admin: Caller
) -> None:
    made = admin.studio("PUT", "/users/bob/identities", SUBJECT)
    assert (made.status, made.json["issuer"]) == (201, sso.provider.issuer)
    assert admin.studio("PUT", "/users/bob/identities", SUBJECT).status == 200
    assert admin.studio("GET", "/users/bob/identities").json["identities"] == [made.json]
    assert sso.exchange().json["user"]["username"] == "bob"
    told = next(event for event in sso.events() if event.operation == "identities.link")
    assert told.target == "bob: subject-of-zoe"


def test_without_the_link_the_person_is_a_stranger_and_signed_out(
    sso: Provided, admin: Caller
) -> None:
    made = admin.studio("PUT", "/users/bob/identities", SUBJECT).json
    session = sso.bearer(sso.exchange().json["token"])
    by_password = sso.person("bob")
    assert admin.studio("DELETE", f"/users/bob/identities/{made['id']}").status == 204
    assert session.studio("GET", "/me").status == 401
    assert by_password.studio("GET", "/me").status == 200
    assert sso.script().studio("GET", "/me").status == 401
    assert admin.studio("DELETE", f"/users/bob/identities/{made['id']}").status == 404


def test_a_subject_is_linked_to_one_person_only(admin: Caller) -> None:
    admin.studio("PUT", "/users/bob/identities", SUBJECT)
    reply = admin.studio("PUT", "/users/carol/identities", SUBJECT)
    assert (reply.status, reply.json["reason"]) == (409, "identity_linked")


def test_everybody_sees_their_own_links_in_person_and_nobody_elses(
    sso: Provided, admin: Caller
) -> None:
    made = admin.studio("PUT", "/users/bob/identities", SUBJECT).json
    assert sso.person("bob").studio("GET", "/me/identities").json["identities"] == [made]
    assert sso.person("alice").studio("GET", "/me/identities").json["identities"] == []
    refused = sso.program("bob").studio("GET", "/me/identities")
    assert (refused.status, refused.json["reason"]) == (403, "session_required")


def test_others_may_not_link_anybody_not_even_themselves(sso: Provided, admin: Caller) -> None:
    made = admin.studio("PUT", "/users/bob/identities", SUBJECT).json
    for caller in (sso.person("alice"), sso.person("bob"), sso.program("admin"), sso.script()):
        assert caller.studio("PUT", "/users/bob/identities", {"subject": "mine"}).status == 403
        assert caller.studio("GET", "/users/bob/identities").status == 403
        assert caller.studio("DELETE", f"/users/bob/identities/{made['id']}").status == 403


def test_a_link_of_somebody_else_is_missing(admin: Caller) -> None:
    made = admin.studio("PUT", "/users/bob/identities", SUBJECT).json
    assert admin.studio("DELETE", f"/users/carol/identities/{made['id']}").status == 404
    assert admin.studio("PUT", "/users/nobody/identities", SUBJECT).status == 404


@pytest.mark.parametrize("subject", ["", "x" * 256, "a\nb", 7])
def test_a_subject_that_is_not_right_is_refused(admin: Caller, subject: object) -> None:
    reply = admin.studio("PUT", "/users/bob/identities", {"subject": subject})
    assert reply.status == 400


def test_without_single_sign_on_the_issuer_must_be_named(studio: Studio) -> None:
    admin = studio.person("admin")
    reply = admin.studio("PUT", "/users/bob/identities", SUBJECT)
    assert (reply.status, reply.json["reason"]) == (400, "no_single_sign_on")
    named = {**SUBJECT, "issuer": "https://id.example.org"}
    assert admin.studio("PUT", "/users/bob/identities", named).status == 201
