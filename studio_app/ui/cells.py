"""Columns of a table whose every cell shows what was logged: no other number, no other text.

Streamlit's own formats for numbers round to four decimals, its `plain` prints digits that a
double does not have, and the browser reads integers beyond 2**53 as their neighbours. What
cannot be drawn as a number of the browser without a change is drawn as text.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import pandas as pd
import streamlit as st

from studio_app.ui import formats

# The printf format that writes a number as JavaScript's `String` does: the shortest digits that
# give the same double back (ECMAScript, Number::toString).
EXACT = "%s"

# Beyond this two integers share one double (Number.MAX_SAFE_INTEGER + 1).
SAFE_INTEGER = 2**53

# Decimal texts that the browser would write again sign by sign: no leading zero or plus, no
# trailing zero, no exponent. `_is_plain` counts the digits.
_PLAIN = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d*[1-9])?", re.ASCII)
# Up to this many digits every decimal survives the way into a double and back.
_DIGITS = 15
# What programs write for a number: an exponent is one, a leading zero is not.
_NOTATION = re.compile(r"[+-]?(?:(?:0|[1-9]\d*)(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?", re.ASCII)
# JavaScript writes smaller numbers with an exponent.
_SMALLEST = 1e-6

_CHARACTER = 8
_PADDING = 26
_NARROWEST, _WIDEST = 60, 400
# A longer text in a cell is cut, with an ellipsis.
_LONGEST = 2_000


def exact(values: Iterable[object]) -> "pd.Series[Any]":
    """Cells to draw: numbers where the browser writes each as it was, else texts.

    None is a cell without a value. A NaN is a value: put None where nothing was logged.
    """
    cells = list(values)
    present = [cell for cell in cells if cell is not None]
    if present and (
        all(_is_exact_number(cell) for cell in present) or all(_is_plain(cell) for cell in present)
    ):
        numbers = [math.nan if cell is None else float(str(cell)) for cell in cells]
        return pd.Series(numbers, dtype="float64")
    return pd.Series([text(cell) for cell in cells], dtype="object")


def written_by_the_browser(value: float) -> str:
    """A finite double as JavaScript's `String` writes it, for the width of its column.

    The digits are those of Python's `repr`, but exponents begin below 1e-6 and from 1e21 on,
    and have no leading zero (ECMAScript, Number::toString).
    """
    if value == 0 or _SMALLEST <= abs(value) < 1e21:
        return f"{Decimal(repr(value)):f}".removesuffix(".0")
    digits, _, power = repr(value).partition("e")
    return f"{digits.removesuffix('.0')}e{power[0]}{power[1:].lstrip('0')}"


def numbers(cells: "pd.Series[Any]") -> "pd.Series[float] | None":
    """The numbers of a column for an axis; None unless every cell is one or is missing.

    A text is a number in the usual notation only: `00120` is a name, and so are integers that
    would share a double with their neighbour.
    """
    if pd.api.types.is_numeric_dtype(cells):
        return pd.to_numeric(cells).astype("float64").replace([math.inf, -math.inf], math.nan)
    present = cells[cells.notna()]
    if present.empty or not all(_in_usual_notation(cell) for cell in present):
        return None
    return pd.to_numeric(cells.where(cells.notna(), None)).astype("float64")


def text(value: object) -> str | None:
    """The text of one cell; None for a cell without a value."""
    if value is None:
        return None
    if isinstance(value, str):
        found = value
    elif isinstance(value, bool):
        found = str(value)
    elif isinstance(value, int | float):
        found = formats.number(value)
    elif isinstance(value, bytes):
        found = value.hex(" ")
    elif isinstance(value, dict | list | tuple):
        found = json.dumps(value, default=str, ensure_ascii=False)
    else:
        found = str(value)
    found = encodable(found)
    return found if len(found) <= _LONGEST else found[: _LONGEST - 1] + "…"


def button(label: str) -> str:
    """A foreign text as the label of a button column, on one line.

    Streamlit takes `[a, b]` for two buttons and `:material/x:` for an icon: a sign without
    width keeps them texts.
    """
    line = encodable(" ".join(label.splitlines())) or " "
    if line.strip().startswith("["):
        line = "\u200b" + line
    return line.replace(":material/", ":\u200bmaterial/")


def encodable(value: str) -> str:
    """A text that can be sent to a browser: half a surrogate pair becomes a question mark."""
    return value.encode("utf-8", errors="replace").decode()


def configuration(cells: "pd.Series[Any]", label: str, *, about: str | None = None) -> Any:
    """How Streamlit draws a column of `exact`: wide enough for its longest cell, numbers right.

    A number that does not fit would lose its first digits and look like another one.
    """
    numbers = pd.api.types.is_numeric_dtype(cells)
    written = [
        written_by_the_browser(cell) if numbers else str(cell) for cell in cells[cells.notna()]
    ]
    longest = max([len(label) + 2, *(len(cell) for cell in written)])
    width = min(max(longest * _CHARACTER + _PADDING, _NARROWEST), _WIDEST)
    if numbers:
        return st.column_config.NumberColumn(label, format=EXACT, help=about, width=width)
    numeric = bool(written) and all(_reads_as_number(cell) for cell in written)
    return st.column_config.TextColumn(
        label, help=about, width=width, alignment="right" if numeric else None
    )


def table(
    labels: Sequence[object], columns: Sequence[Iterable[object]]
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """A frame to draw and its configuration, whatever the columns are called.

    Streamlit refuses columns of one name and names that are no texts: the frame calls those by
    their place, and their labels may be the same.
    """
    written = [text(label) or " " for label in labels]
    names = _unique(written)
    frame = pd.DataFrame(
        {name: exact(cells) for name, cells in zip(names, columns, strict=True)}, columns=names
    )
    pairs = zip(names, written, strict=True)
    return frame, {name: configuration(frame[name], label) for name, label in pairs}


def _unique(labels: Sequence[str]) -> list[str]:
    """A name for each column: its label where no other has it, else its place."""
    times = Counter(labels)
    # `_index` is Streamlit's name for the index.
    usual = [bool(label.strip()) and times[label] == 1 and label != "_index" for label in labels]
    taken = {label for label, own in zip(labels, usual, strict=True) if own}
    names = []
    for place, (label, own) in enumerate(zip(labels, usual, strict=True), 1):
        name = label if own else f"column {place}"
        while not own and name in taken:
            name += "'"
        names.append(name)
    return names


def _is_exact_number(value: object) -> bool:
    if isinstance(value, bool):
        return False
    if isinstance(value, int):
        return abs(value) < SAFE_INTEGER
    return isinstance(value, float) and math.isfinite(value)


def _in_usual_notation(value: object) -> bool:
    if not isinstance(value, str):
        return _is_exact_number(value)
    if not _NOTATION.fullmatch(value) or not math.isfinite(float(value)):
        return False
    whole = value.lstrip("+-").isdigit()
    return not whole or abs(int(value)) < SAFE_INTEGER


def _is_plain(value: object) -> bool:
    if not isinstance(value, str) or not _PLAIN.fullmatch(value) or value == "-0":
        return False
    digits = sum(sign.isdigit() for sign in value)
    return digits <= _DIGITS and (value == "0" or abs(float(value)) >= _SMALLEST)


def _reads_as_number(cell: str) -> bool:
    if cell in {"∞", "-∞"}:
        return True
    try:
        float(cell)
    except ValueError:
        return False
    return True
