"""What is shown in a cell is what was logged: every double and every text comes back from it."""

import math
import struct

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from playwright.sync_api import Browser

from studio_app.ui import cells, formats

finite = st.floats(allow_nan=False, allow_infinity=False)
numeric_looking = st.from_regex(r"[+-]?0*[0-9]{1,22}(\.[0-9]{0,20})?([eE][+-]?[0-9]{1,3})?\Z")
# Half a surrogate pair cannot be sent to MLflow, which wants UTF-8.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | numeric_looking

# What the issue names, and the edges of both ways to write a number.
ODD = [
    1234560.0,
    1234561.0,
    20240115.0,
    0.1 + 0.2,
    -0.0,
    5e-324,
    1e-7,
    1.2345678901234567e-05,
    123456789012345680000.0,
    1e21,
    1.7976931348623155e308,
    2.0**53 + 2,
]


@given(finite)
@example(1234560.0)
@example(-0.0)
def test_a_number_reads_back_as_the_double_that_it_was(value: float) -> None:
    back = float(formats.number(value))
    assert struct.pack(">d", back) == struct.pack(">d", value)


@given(st.integers())
def test_an_integer_keeps_all_its_digits(value: int) -> None:
    assert int(formats.number(value)) == value


@given(finite | st.integers(), st.integers(5, 20))
def test_a_shortened_number_says_so_and_begins_as_the_whole_one(value: float, length: int) -> None:
    whole, shown = formats.number(value), formats.abridged(value, length)
    if "…" not in shown:
        assert shown == whole
        return
    before, after = shown.split("…")
    assert whole.startswith(before)
    assert whole.endswith(after)
    digits = whole.partition("e")[0]
    assert "." in digits, "digits before the point are the size of a number"
    assert len(before) >= digits.index(".")


@given(st.lists(st.none() | texts, max_size=6))
@example(["00120", "120"])
@example(["1234560", "1234561"])
@example(["9007199254740993", "9007199254740992"])
@example(["1", "-0"])
@example(["1.0", "1"])
@example(["1e-05"])
@example(["١٢"])
def test_texts_stay_the_texts_that_they_were(logged: list[str | None]) -> None:
    shown = cells.exact(logged)
    for was, cell in zip(logged, shown, strict=True):
        if was is None:
            assert pd.isna(cell)
        elif isinstance(cell, str):
            assert cell == was
        else:
            # Drawn as a number: the browser must write exactly this text again.
            assert cells.written_by_the_browser(float(cell)) == was


@given(st.lists(st.none() | st.floats() | st.integers(), max_size=6))
@example([math.nan, None, 0.5])
@example([math.inf, 1.0])
@example([2**53 + 1, 2**53])
def test_numbers_stay_the_numbers_that_they_were(logged: list[float | None]) -> None:
    for was, cell in zip(logged, cells.exact(logged), strict=True):
        if was is None:
            assert pd.isna(cell)
        elif isinstance(cell, str):
            assert cell == formats.number(was)
        else:
            assert cell == was


def test_the_browser_writes_numbers_as_we_say_it_does(browser: Browser) -> None:
    page = browser.new_page()
    drawn = page.evaluate("values => values.map(String)", ODD)
    page.close()
    assert [float(text) for text in drawn] == ODD
    ours = [cells.written_by_the_browser(value) for value in ODD]
    assert [text.lstrip("-") for text in ours] == [text.lstrip("-") for text in drawn]


def test_nan_infinity_and_nothing_look_different() -> None:
    assert cells.exact([math.nan, math.inf, -math.inf, None]).tolist() == ["NaN", "∞", "-∞", None]


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        (["0.1", "1e-05", None], [0.1, 1e-05, math.nan]),
        (["1.0", "10", ".5"], [1.0, 10.0, 0.5]),
        (["00120", "120"], None),
        (["9007199254740993", "1"], None),
        (["1", "None"], None),
        (["inf", "1"], None),
        (["1_000"], None),
        (["٣"], None),
        ([None, None], None),
    ],
)
def test_an_axis_takes_texts_for_numbers_in_the_usual_notation_only(
    values: list[object], numbers: list[float] | None
) -> None:
    found = cells.numbers(pd.Series(values, dtype="object"))
    assert (None if found is None else pytest.approx(found.tolist(), nan_ok=True)) == numbers


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (True, "True"),
        (2**64, "18446744073709551616"),
        (b"\x00\xff", "00 ff"),
        ({"a": [1]}, '{"a": [1]}'),
        ("\udcff.txt", "?.txt"),
        ("x" * 5000, "x" * 1999 + "…"),
    ],
)
def test_any_value_has_a_text(value: object, text: str | None) -> None:
    assert cells.text(value) == text


@pytest.mark.parametrize("name", ["[a, b]", ' ["x"]', ":material/home: run", "two\nlines"])
def test_a_name_is_the_label_of_one_button(name: str) -> None:
    label = cells.button(name)
    assert not label.strip().startswith("[")
    assert ":material/" not in label
    assert "\n" not in label
    assert label.replace("\u200b", "") == name.replace("\n", " ")


def test_columns_of_one_name_and_of_none_are_drawn_beside_each_other() -> None:
    frame, config = cells.table(["a", "a", None, 3], [["00123"], [1], [2**60], [{"b": 1}]])
    assert frame.iloc[0].tolist() == ["00123", 1.0, str(2**60), '{"b": 1}']
    assert [config[name]["label"] for name in frame.columns] == ["a", "a", " ", "3"]


def test_a_column_is_as_wide_as_its_longest_number() -> None:
    narrow = cells.configuration(cells.exact([0.5]), "loss")
    wide = cells.configuration(cells.exact([0.5] * 100 + [-1.2345678901234567e-05]), "loss")
    assert narrow["width"] < 100
    assert wide["width"] >= 8 * len("-0.000012345678901234567")
    assert narrow["type_config"]["format"] == "%s"
    assert wide["type_config"]["type"] == "number"


@given(st.lists(st.sampled_from(["a", "b", "column 1", "column 2", "_index", "", " "]), max_size=6))
def test_every_column_has_a_name_of_its_own(labels: list[str]) -> None:
    frame, config = cells.table(labels, [["x"]] * len(labels))
    assert len(set(frame.columns)) == len(labels)
    assert [config[name]["label"].strip() for name in frame.columns] == [*map(str.strip, labels)]
    assert "_index" not in frame.columns
