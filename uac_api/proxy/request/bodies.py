"""What a JSON body costs whoever parses it, counted over its bytes before anybody does.

An empty object is three letters in a body and some hundred bytes in memory, at the proxy and again
in MLflow: ten million of them in a field that nobody reads took 770 MB here and 1.3 GB there. So
values and levels are counted first, at the speed of a search in bytes. The quick count takes what
stands in texts for structure and is only ever too high; where it is over a limit, the texts are
taken out.
"""

from __future__ import annotations

import re

from ...errors import BadRequest, TooLarge

MIB = 1024 * 1024
# What a body may have on a row that carries no batch, no trace and no records (`Rule.large`).
SMALL_BYTES = MIB
MOST_VALUES = 50_000
# 10,000 records of 20 fields.
MOST_VALUES_OF_LARGE = 250_000
MOST_DEEP = 100

# A text from its mark to its end, or to the end of the body: each byte is looked at once.
_TEXT = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"?', re.DOTALL)
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_AS_LISTS = bytes.maketrans(b"{}", b"[]")


def check(body: bytes, *, large: bool = False) -> None:
    """Raise TooLarge for more values, and BadRequest for more levels, than a body may have."""
    most = MOST_VALUES_OF_LARGE if large else MOST_VALUES
    plain = body
    # A value has one byte at least.
    if len(body) > most and _values(body) > most:
        plain = _TEXT.sub(b'"', body)
        if _values(plain) > most:
            raise too_many_values(most)
    if _opens(plain) > MOST_DEEP and _is_deep(plain) and _is_deep(_TEXT.sub(b'"', plain)):
        raise BadRequest(
            f"The JSON body is nested in more than {MOST_DEEP} levels. Send a flatter one.",
            reason="too_deep",
        )


def check_text(text: object) -> None:
    """Look at a text of a body that MLflow parses as JSON once more; raises as `check` does."""
    if isinstance(text, str) and len(text) > MOST_VALUES_OF_LARGE:
        check(text.encode(), large=True)


def too_many_values(most: int) -> TooLarge:
    """The refusal of a body with more than `most` values."""
    return TooLarge(
        f"The body has more than {most:,} values. Send it in parts.", reason="too_many_values"
    )


def _values(body: bytes) -> int:
    """How many values the body has at most: each but the first of its parent has a comma."""
    return body.count(b",") + _opens(body)


def _opens(body: bytes) -> int:
    return body.count(b"[") + body.count(b"{")


def _is_deep(body: bytes) -> bool:
    """Whether objects and lists are left when the innermost were taken away often enough."""
    left = body.translate(_AS_LISTS, _NO_BRACKETS)
    for _ in range(MOST_DEEP):
        before = len(left)
        left = left.replace(b"[]", b"")
        if not left:
            return False
        if len(left) == before:
            # Brackets that do not fit: none of JSON's, unless they stand in texts.
            return _opens(left) > MOST_DEEP
    return True
