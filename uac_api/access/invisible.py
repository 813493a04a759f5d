"""Letters of a name that nobody sees, or that turn the text around them.

Two names that differ by such a letter look alike, and one with an override reads as something that
it is not. People choose whom and what to trust by these names. `INVISIBLE` is the table, after
Unicode's property Default_Ignorable_Code_Point and UAX #9; what no table needs to say is the rest
of the category Cf.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

from idna.core import valid_contextj

TURNS, NO_WIDTH, BLANK = "turns the text around it", "has no width", "looks like a space"

# (first, last, what it does), in the order of the code points.
INVISIBLE: tuple[tuple[int, int, str], ...] = (
    (0x00AD, 0x00AD, NO_WIDTH),
    (0x034F, 0x034F, NO_WIDTH),
    (0x061C, 0x061C, TURNS),
    (0x115F, 0x1160, BLANK),
    (0x17B4, 0x17B5, NO_WIDTH),
    (0x180B, 0x180F, NO_WIDTH),
    (0x200B, 0x200B, NO_WIDTH),
    (0x200E, 0x200F, TURNS),
    (0x2028, 0x2029, "begins a line"),
    (0x202A, 0x202E, TURNS),
    (0x2060, 0x2065, NO_WIDTH),
    (0x2066, 0x2069, TURNS),
    (0x206A, 0x206F, NO_WIDTH),
    (0x2800, 0x2800, BLANK),
    (0x3164, 0x3164, BLANK),
    (0xFEFF, 0xFEFF, NO_WIDTH),
    (0xFFA0, 0xFFA0, BLANK),
    (0xFFF0, 0xFFF8, NO_WIDTH),
    (0xE0000, 0xE0FFF, NO_WIDTH),
)
# Of the category Cf and drawn all the same: signs of Arabic, Syriac and Kaithi before a number.
SEEN = frozenset((*range(0x0600, 0x0606), 0x06DD, 0x070F, 0x0890, 0x0891, 0x08E2, 0x110BD, 0x110CD))
# Persian and the scripts of India write words with these, where RFC 5892 (A.1, A.2) says.
JOINERS = "\u200c\u200d"
# They choose how the sign before them is drawn. After a letter they are nothing.
SELECTORS = range(0xFE00, 0xFE10)

_WHAT = {code: what for first, last, what in INVISIBLE for code in range(first, last + 1)}


def objection(value: str) -> str:
    """What is wrong with the first such letter, such as `U+202E turns the text around it`."""
    return next((f"U+{ord(letter):04X} {what}" for letter, what in _found(value) if what), "")


def without(value: str) -> str:
    """The text without them."""
    return "".join(letter for letter, what in _found(value) if not what)


def _found(value: str) -> Iterator[tuple[str, str]]:
    """Each letter, and what is wrong with it, if something is."""
    if value.isascii():
        yield from ((letter, "") for letter in value)
        return
    for place, letter in enumerate(value):
        yield letter, _wrong(value, place)


def _wrong(value: str, place: int) -> str:
    letter = value[place]
    code = ord(letter)
    if letter in JOINERS:
        return "" if _joins(value, place) else NO_WIDTH
    if code in SELECTORS:
        before = value[place - 1 : place]
        return "" if before and unicodedata.category(before).startswith("S") else NO_WIDTH
    if what := _WHAT.get(code):
        return what
    hidden = unicodedata.category(letter) == "Cf" and code not in SEEN
    return NO_WIDTH if hidden else ""


def _joins(value: str, place: int) -> bool:
    # A letter that has no name beside it is none of a script that joins.
    try:
        return valid_contextj(value, place)
    except ValueError:
        return False
