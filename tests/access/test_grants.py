"""Ends and reasons of roles."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from access.conftest import Fraud
from databases import every_database
from uac_api.access.credentials import authenticate
from uac_api.access.decisions.roles import Role, action_named
from uac_api.access.errors import Invalid
from uac_api.access.models import Member, now

pytestmark = every_database


def ended(fraud: Fraud, username: str) -> None:
    statement = (
        update(Member)
        .where(Member.user_id == fraud.user_id(username))
        .values(expires_at=now() - timedelta(seconds=1))
    )
    fraud.database.write(lambda session: session.execute(statement))


def test_a_role_ends_at_its_moment(fraud: Fraud) -> None:
    fraud.put("bob", Role.CONTRIBUTOR, expires_at=now() + timedelta(hours=1))
    before = authenticate.by_username(fraud.database, "bob")
    ended(fraud, "bob")
    after = authenticate.by_username(fraud.database, "bob")
    assert before is not None
    assert before.principal is not None
    assert after is not None
    assert after.principal is not None
    assert list(before.principal.grants) == ["fraud"]
    assert after.principal.grants == {}


def test_an_end_that_has_passed_is_refused(fraud: Fraud) -> None:
    for who in ("bob", "mallory"):
        with pytest.raises(Invalid) as refusal:
            fraud.put(who, Role.VIEWER, expires_at=now())
        assert refusal.value.reason == "expires_in_the_past"
    assert fraud.roles()["bob"] == "contributor"


def test_a_new_role_neither_lengthens_nor_explains_anew(fraud: Fraud) -> None:
    ends = now() + timedelta(days=1)
    fraud.put("bob", Role.VIEWER, expires_at=ends, reason="Holiday cover")
    member, _ = fraud.put("bob", Role.CONTRIBUTOR)
    assert (member.expires_at, member.reason, member.version) == (ends, "Holiday cover", 3)


def test_an_end_and_a_reason_are_taken_away_by_name(fraud: Fraud) -> None:
    fraud.put("bob", Role.VIEWER, expires_at=now() + timedelta(days=1), reason="Holiday cover")
    member, _ = fraud.put("bob", Role.VIEWER, expires_at=None, reason="")
    assert (member.expires_at, member.reason) == (None, "")


def test_a_role_that_has_ended_is_given_again_only_with_a_new_end(fraud: Fraud) -> None:
    ended(fraud, "bob")
    with pytest.raises(Invalid) as refusal:
        fraud.put("bob", Role.MAINTAINER)
    assert "Send expires_at as well" in refusal.value.message
    assert fraud.put("bob", Role.MAINTAINER, expires_at=None)[0].role == "maintainer"


def test_only_what_is_new_counts_the_version_up(fraud: Fraud) -> None:
    ends = now() + timedelta(days=1)
    assert fraud.put("bob", Role.CONTRIBUTOR, expires_at=ends)[0].version == 2
    assert fraud.put("bob", Role.CONTRIBUTOR, expires_at=ends)[0].version == 2
    assert fraud.put("bob", Role.CONTRIBUTOR, reason="Cover")[0].version == 3


@pytest.mark.parametrize("reason", ["x" * 301, "two\nlines", "\0"])
def test_a_reason_is_one_line(fraud: Fraud, reason: str) -> None:
    with pytest.raises(Invalid):
        fraud.put("bob", Role.VIEWER, reason=reason)


def test_an_unknown_action_is_refused_with_those_there_are() -> None:
    with pytest.raises(Invalid) as refusal:
        action_named("write")
    assert "read, log, register, promote, delete, manage, administer" in refusal.value.message
