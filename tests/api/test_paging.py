"""Page tokens."""

from __future__ import annotations

import pytest

from processes import SECRET_KEY
from uac_api.api import paging
from uac_api.api.paging import PageTokens
from uac_api.errors import BadRequest

QUESTION = ("users", {"query": "a"})


@pytest.fixture
def tokens() -> PageTokens:
    """Page tokens of one installation."""
    return PageTokens(SECRET_KEY)


def test_a_page_token_gives_its_position_back(tokens: PageTokens) -> None:
    text = tokens.write("alice", QUESTION, [20, ["fraud", "x", 3]])
    assert tokens.read("alice", QUESTION, text) == [20, ["fraud", "x", 3]]


def test_no_token_is_the_first_page(tokens: PageTokens) -> None:
    assert tokens.read("alice", QUESTION, "") is None


def test_a_page_token_shows_nothing_of_what_it_holds(tokens: PageTokens) -> None:
    assert "fraud" not in tokens.write("alice", QUESTION, "fraud")


@pytest.mark.parametrize(
    ("username", "question"),
    [("bob", QUESTION), ("alice", ("users", {"query": "b"})), ("alice", ("projects", "a"))],
)
def test_another_person_or_question_is_refused(
    tokens: PageTokens, username: str, question: object
) -> None:
    text = tokens.write("alice", QUESTION, 1)
    with pytest.raises(BadRequest) as refusal:
        tokens.read(username, question, text)
    assert refusal.value.reason == "page_token"


def test_another_installations_token_is_refused(tokens: PageTokens) -> None:
    text = PageTokens(SECRET_KEY[::-1]).write("alice", QUESTION, 1)
    with pytest.raises(BadRequest):
        tokens.read("alice", QUESTION, text)


def test_a_token_of_the_other_day_is_refused(
    tokens: PageTokens, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = tokens.write("alice", QUESTION, 1)
    monkeypatch.setattr(paging, "SECONDS", -1)
    with pytest.raises(BadRequest):
        tokens.read("alice", QUESTION, text)


@pytest.mark.parametrize("text", ["x", "é", "gAAAAA==", "[]", "1" * 5000])
def test_an_invented_token_is_refused(tokens: PageTokens, text: str) -> None:
    with pytest.raises(BadRequest):
        tokens.read("alice", QUESTION, text)
