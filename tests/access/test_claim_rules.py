"""Rules from claims to groups, while others change them."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from access.conftest import Fraud, Said, overlapping
from databases import every_database
from uac_api.access.errors import NotFound
from uac_api.access.models import Group, GroupPerson
from uac_api.access.people import claim_rules, users

pytestmark = every_database


def rule(session: Session, group: str = "analysts", **more: str) -> str:
    if session.scalar(select(Group).where(Group.name == group)) is None:
        session.add(Group(name=group, description="", created_by="admin"))
        session.flush()
    named = {"claim": "groups", "value": "physics", "created_by": "admin", **more}
    return str(claim_rules.create(session, group_name=group, **named).id)


def come(session: Session, said: Said, *, partly: bool = False) -> claim_rules.Moved:
    return claim_rules.apply(session, users.get(session, "carol"), said, partly=partly)


def members(fraud: Fraud) -> int:
    return len(fraud.database.read(lambda session: list(session.scalars(select(GroupPerson)))))


PHYSICS = Said({"groups": ["physics", "other"]})


def test_who_comes_twice_at_once_is_in_the_group_once(fraud: Fraud) -> None:
    fraud.database.write(rule)
    assert overlapping(fraud.database, lambda s: come(s, PHYSICS), lambda s: come(s, PHYSICS)) is (
        None
    )
    assert members(fraud) == 1


def test_a_rule_that_goes_meanwhile_leaves_nobody_behind(fraud: Fraud) -> None:
    number = fraud.database.write(rule)
    failed = overlapping(
        fraud.database,
        lambda session: come(session, PHYSICS),
        lambda session: claim_rules.remove(session, number),
    )
    assert failed is None
    assert members(fraud) == 0


def test_who_comes_while_the_rule_goes_is_not_let_in(fraud: Fraud) -> None:
    number = fraud.database.write(rule)
    failed = overlapping(
        fraud.database,
        lambda session: claim_rules.remove(session, number),
        lambda session: come(session, PHYSICS),
    )
    assert failed is None
    assert members(fraud) == 0


def test_a_token_without_a_claim_moves_nobody_by_rules_about_it(fraud: Fraud) -> None:
    fraud.database.write(rule)
    fraud.database.write(lambda s: rule(s, "readers", claim="roles", value="reader"))
    both = Said({"groups": ["physics"], "roles": ["reader"]})
    moved = fraud.database.write(lambda s: come(s, both))
    assert (moved.into, moved.out_of) == (["analysts", "readers"], [])
    moved = fraud.database.write(lambda s: come(s, Said({"roles": []}), partly=True))
    assert (moved.into, moved.out_of, str(moved)) == ([], ["readers"], "-readers")
    moved = fraud.database.write(lambda s: come(s, Said({"roles": []})))
    assert moved.out_of == ["analysts"]


def test_a_rule_goes_once(fraud: Fraud) -> None:
    number = fraud.database.write(rule)
    fraud.database.write(lambda session: claim_rules.remove(session, number))
    with pytest.raises(NotFound):
        fraud.database.write(lambda session: claim_rules.remove(session, number))
