"""A click means the row that was drawn, whatever rows there are by the time it arrives."""

from typing import Any

import pytest

from studio_app.ui import drawn


@pytest.fixture
def state(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The session state of a tab, without Streamlit."""
    kept: dict[str, Any] = {}
    monkeypatch.setattr("streamlit.session_state", kept)
    return kept


def test_a_click_opens_what_was_drawn_though_a_row_came_before_it(state: dict[str, Any]) -> None:
    before = drawn.Buttons("open", ["b", "a"])
    # A new row is drawn, but the click that was on its way is one of the older drawing.
    after = drawn.Buttons("open", ["c", "b", "a"])
    assert before.key != after.key
    state[before.key] = {"row": 0, "label": "b"}
    before.on_click()
    assert drawn.clicked("open") == "b"
    assert drawn.clicked("open") is None


def test_a_click_beyond_the_rows_opens_nothing(state: dict[str, Any]) -> None:
    buttons = drawn.Buttons("open", ["a"])
    state[buttons.key] = {"row": 7, "label": "a"}
    buttons.on_click()
    state[buttons.key] = None
    buttons.on_click()
    assert drawn.clicked("open") is None


def test_keys_tell_lists_of_the_same_letters_apart() -> None:
    lists = [["ab", "c"], ["a", "bc"], ["abc"], ["c", "ab"], []]
    assert len({drawn.key("t", ids) for ids in lists}) == len(lists)
    assert drawn.key("t", ["a"]) == drawn.key("t", ["a"])
