"""Letters that nobody sees, or that turn the text around them."""

# ruff: noqa: RUF001 (names in other scripts are what this is about)

from __future__ import annotations

import unicodedata

import pytest

from uac_api.access import invisible, validation
from uac_api.access.errors import Invalid

# By hand: what was named in attacks on names and on source code, and what scripts need.
TURN = "\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
NO_WIDTH = "\u00ad\u034f\u180e\u200b\u2060\u2061\u2064\u206a\ufeff\U000e0041\U000e0100"
BLANK = "\u115f\u1160\u2800\u3164\uffa0"
SEEN = [
    "Zoë Ångström",
    "Анна",
    "李小龍",
    "محمد",
    "עברית",
    # Persian and Hindi write words with joiners.
    "می\u200cخواهم",
    "क्\u200dष",
    "ක්\u200dෂ",
    "عدد\u0600٣",
    # A sign drawn as an emoji.
    "❤\ufe0f",
    "🦊 & co.",
    "e\u0301",
]


@pytest.mark.parametrize("letter", [*TURN, *NO_WIDTH, *BLANK, "\u2028", "\u2029"], ids=ascii)
def test_a_letter_that_hides_or_turns_is_found_anywhere_and_named(letter: str) -> None:
    for value in (f"{letter}alice", f"ali{letter}ce", f"alice{letter}", f"مح{letter}مد", letter):
        assert f"U+{ord(letter):04X}" in invisible.objection(value)
        assert letter not in invisible.without(value)
    with pytest.raises(Invalid):
        validation.title(f"ali{letter}ce", "A name", longest=20)


@pytest.mark.parametrize("value", SEEN, ids=ascii)
def test_what_people_are_called_is_left_as_it_is(value: str) -> None:
    assert invisible.objection(value) == ""
    assert invisible.without(value) == value
    assert validation.title(value, "A name", longest=20) == unicodedata.normalize("NFC", value)


@pytest.mark.parametrize(
    "value",
    ["ali\u200cce", "ali\u200dce", "\u200d", "क\u200d", "a\ufe0f", "1\ufe0f", "\ufe0f"],
    ids=ascii,
)
def test_a_joiner_or_selector_where_no_script_needs_it_is_refused(value: str) -> None:
    assert "has no width" in invisible.objection(value)


def test_every_letter_of_the_category_of_formats_is_judged() -> None:
    formats = {chr(code) for code in range(0x110000) if unicodedata.category(chr(code)) == "Cf"}
    passes = {letter for letter in formats if not invisible.objection(f"a{letter}b")}
    assert passes == {chr(code) for code in invisible.SEEN}


def test_the_table_is_in_order_and_names_no_letter_twice() -> None:
    ends = [end for first, last, _ in invisible.INVISIBLE for end in (first, last)]
    assert ends == sorted(ends)
    between = zip(ends[1::2], ends[2::2], strict=False)
    assert all(last < first for last, first in between)


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        (" Zoe\u202e\u200b\tZ\n ", "Zoe Z"),
        ("x" * 30, "x" * 20),
        ("\u202e", ""),
        ("\0\ud800", ""),
        ("می\u200cخواهم", "می\u200cخواهم"),
    ],
    ids=ascii,
)
def test_a_line_of_somebody_else_is_cleaned_into_one_that_would_be_taken(
    value: str, cleaned: str
) -> None:
    assert validation.cleaned(value, longest=20) == cleaned
    assert validation.title(cleaned, "A name", longest=20, optional=True) == cleaned
