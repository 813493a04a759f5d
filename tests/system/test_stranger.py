"""Strangers get nothing of a project that alice filled and change nothing in it, however they ask.

mallory has an account and nothing else, olga a project of her own with one of everything, and bob
contributes to another project of alice's. Each open row of THE TABLE is asked by each of them with
alice's ids and names, alone and one at a time among their own, and written in many ways.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

import pytest

from conftest import Stack
from content import FILE, TEXT, artifact
from people import Person, Reply, add_people, session_of
from replay import OPEN, Ask, Estate, asks, furnish, new_estate, swaps
from replay.case import Case
from replay.spellings import KINDS
from replay.view import View, reading, view, writing
from uac_api.proxy.rules import Rule

NOBODYS = "no-such-project"
NOTHING = Ask("GET", "")
READING = reading()


@dataclass
class Stranger:
    """Somebody with a project of their own, if any, and what is there.

    `scrap` is a second one to write to: there, alice's names come back because they were sent.
    """

    person: Person
    own: Estate | None
    scrap: Estate | None = None
    wrote: str = ""

    @property
    def slug(self) -> str:
        """The project that they may name."""
        return self.own.slug if self.own else NOBODYS

    def note(self, rule: Rule, ask: Ask, reply: Reply) -> None:
        """Remember what was written: it may come back."""
        if rule not in READING and reply.status < 300:
            self.wrote += ask.text


@pytest.fixture(scope="module")
def hers(stack: Stack) -> Estate:
    """A project of alice's alone, with one of everything."""
    return new_estate(stack.person("alice"))


@pytest.fixture(scope="module", autouse=True)
def as_it_was(stack: Stack, hers: Estate) -> Iterator[View]:
    """All of it as alice saw it before anybody else came, and sees it after all of them."""
    alice = stack.person("alice")
    before = view(alice, hers)
    yield before
    assert view(alice, hers) == before


@pytest.fixture(scope="module")
def olga(stack: Stack) -> Stranger:
    """The owner of a project of her own, in which she may do everything."""
    person = _newcomer(stack, "olga")
    return Stranger(person, new_estate(person), new_estate(person))


@pytest.fixture(scope="module")
def strangers(stack: Stack, olga: Stranger) -> dict[str, Stranger]:
    """All of them, by who they are."""
    alice = stack.person("alice")
    elsewhere, scrap = (furnish(alice, stack.new_project()) for _ in range(2))
    return {
        "nobody": Stranger(_newcomer(stack, "mallory"), None),
        "owner": olga,
        "contributor": Stranger(stack.person("bob"), elsewhere, scrap),
    }


def _newcomer(stack: Stack, name: str) -> Person:
    username = f"{name}-{uuid.uuid4().hex[:6]}"
    add_people(stack.database, (username,))
    return session_of(stack.database, username, stack.uac.url)


def leaks(hers: Estate, by: Stranger, ask: Ask, reply: Reply) -> list[str]:
    """Words of alice's in the reply that were not in the request, and are not the asker's too."""
    text = reply.body.decode(errors="replace") + str(reply.headers)
    known = (*(by.own.words if by.own else ()), ask.text, by.wrote)
    return [w for w in hers.words if w in text and not any(w in one for one in known)]


def pairs(stranger: Stranger, hers: Estate) -> Iterator[tuple[Rule, Estate, Ask, Ask]]:
    """Every request for the stranger's own things and for alice's, and where it is made."""
    for rule in [*reading(), *writing()]:
        home = stranger.own if rule in READING else stranger.scrap
        assert home is not None
        for own, foreign in zip(asks(rule, home), asks(rule, hers), strict=True):
            yield rule, home, own, foreign


@pytest.mark.parametrize("rule", OPEN, ids=lambda rule: rule.operation)
@pytest.mark.parametrize("who", ["nobody", "owner", "contributor"])
def test_no_row_gives_a_stranger_anything(
    strangers: dict[str, Stranger], hers: Estate, who: str, rule: Rule
) -> None:
    stranger = strangers[who]
    home = stranger.own if rule in READING else stranger.scrap
    slugs = [hers.slug, "default", home.slug if home else NOBODYS]
    for ask, slug in product(asks(rule, hers), slugs):
        reply = ask.by(stranger.person, slug)
        assert leaks(hers, stranger, ask, reply) == [], (slug, ask)
        if home is None or slug != home.slug:
            assert rule.action is None or reply.status == 404, (slug, reply.body)
        stranger.note(rule, ask, reply)


@pytest.mark.parametrize("who", ["owner", "contributor"])
def test_no_foreign_thing_among_own_ones_gives_anything(
    alice: Person, strangers: dict[str, Stranger], hers: Estate, as_it_was: View, who: str
) -> None:
    stranger, found = strangers[who], []
    for rule, home, own, foreign in pairs(stranger, hers):
        for ask in swaps(own, foreign):
            reply = ask.by(stranger.person, home.slug)
            found += [(ask, word) for word in leaks(hers, stranger, ask, reply)]
            stranger.note(rule, ask, reply)
    assert found == []
    assert view(alice, hers) == as_it_was


@pytest.mark.parametrize("kind", KINDS)
def test_no_spelling_gives_a_stranger_anything(
    alice: Person, olga: Stranger, hers: Estate, as_it_was: View, kind: str
) -> None:
    found = []
    # The first way of each row: more of them made these tests slow and found nothing.
    firsts = {rule.operation: pair for pair in reversed([*pairs(olga, hers)]) for rule in pair[:1]}
    for rule, home, own, foreign in reversed(firsts.values()):
        case = Case(foreign, own, hers.slug, home.slug)
        for name, write in KINDS[kind].items():
            ask = write(case)
            reply = ask.sent(olga.person)
            found += [(name, rule.operation, word) for word in leaks(hers, olga, ask, reply)]
            olga.note(rule, ask, reply)
    assert found == []
    assert view(alice, hers) == as_it_was


@pytest.mark.parametrize(
    "path",
    [
        "/projects?query=",
        "/projects/{slug}",
        "/projects/{slug}/members",
        "/experiments?project={slug}",
        "/experiments?query=churn",
        "/experiments?max_results=1000",
        "/models?project={slug}",
        "/models?query=forest",
        "/models?max_results=1000",
        "/audit?project={slug}",
        "/audit",
        "/audit/timeline?project={slug}",
        "/audit/timeline",
        "/audit/verify",
        "/system",
        "/me",
        "/tokens",
        "/users",
        "/status",
    ],
)
def test_the_lists_for_people_show_a_stranger_nothing(
    mallory: Person, hers: Estate, path: str
) -> None:
    reply = mallory.studio("GET", path.format(slug=hers.slug))
    assert leaks(hers, Stranger(mallory, None), NOTHING, reply) == []
    if "{slug}" not in path:
        assert hers.slug not in reply.body.decode()


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_no_file_of_alices_is_read_changed_or_removed(
    alice: Person, hers: Estate, olga: Stranger, method: str
) -> None:
    for slug in (olga.slug, hers.slug, "default"):
        path = artifact(slug, f"{hers.artifacts}/{FILE}")
        ask = Ask(method, path, raw=b"changed" if method == "PUT" else None)
        reply = ask.sent(olga.person)
        assert reply.status in (400, 404)
        assert leaks(hers, olga, ask, reply) == []
    there = alice.ask("GET", artifact(hers.slug, f"{hers.artifacts}/{FILE}"))
    assert there.body == TEXT, "alice's file is as it was"


def test_mallory_makes_no_project_over_alices(mallory: Person, hers: Estate) -> None:
    reply = mallory.studio("POST", "/projects", {"slug": hers.slug, "name": "mine"})
    assert reply.status == 409
    assert mallory.studio("DELETE", f"/projects/{hers.slug}").status == 404
    added = mallory.studio("PUT", f"/projects/{hers.slug}/members/mallory", {"role": "owner"})
    assert added.status == 404
