"""carol reads a project of alice's and changes nothing in it, however she writes her requests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conftest import Stack
from people import Person, add_member
from replay import OPEN, Estate, asks, new_estate
from replay.case import Case
from replay.spellings import KINDS
from replay.view import View, view, writing
from uac_api.access.decisions.roles import Action, Role
from uac_api.proxy.rules import Rule

OWNERS = [rule for rule in OPEN if rule.action is Action.MANAGE]


@pytest.fixture(scope="module")
def hers(stack: Stack) -> Estate:
    """A project of alice's that carol may read."""
    estate = new_estate(stack.person("alice"))
    add_member(stack.database, estate.slug, "carol", Role.VIEWER)
    return estate


@pytest.fixture(scope="module", autouse=True)
def as_it_was(stack: Stack, hers: Estate) -> Iterator[View]:
    """All of it as alice saw it before carol came, and sees it after her."""
    alice = stack.person("alice")
    before = view(alice, hers)
    yield before
    assert view(alice, hers) == before


@pytest.mark.parametrize("rule", [*writing(), *OWNERS], ids=lambda rule: rule.operation)
def test_no_writing_row_is_a_viewers(carol: Person, hers: Estate, rule: Rule) -> None:
    for ask in asks(rule, hers):
        reply = ask.by(carol, hers.slug)
        assert (reply.status, reply.json["reason"]) == (403, "role_too_low")


@pytest.mark.parametrize("kind", KINDS)
def test_no_spelling_of_a_writing_row_is_a_viewers(
    alice: Person, carol: Person, hers: Estate, as_it_was: View, kind: str
) -> None:
    found = []
    for rule in writing():
        for ask in asks(rule, hers):
            case = Case(ask, ask, hers.slug, hers.slug)
            for name, write in KINDS[kind].items():
                spelled = write(case)
                reply = spelled.sent(carol)
                if spelled.method == ask.method and reply.status < 400:
                    found.append((name, rule.operation, reply.status, reply.body[:300]))
    assert found == []
    assert view(alice, hers) == as_it_was


def test_alice_still_changes_what_carol_may_not(alice: Person) -> None:
    other = new_estate(alice)
    before = view(alice, other)
    rule = next(one for one in writing() if one.path.endswith("runs/set-tag"))
    assert asks(rule, other)[0].by(alice, other.slug).status == 200
    assert view(alice, other) != before
