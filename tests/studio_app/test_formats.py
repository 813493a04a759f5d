"""How times, durations, numbers and sizes are written."""

import math
from datetime import UTC

import pytest

from studio_app.ui import formats


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (None, "–"),  # noqa: RUF001
        (math.nan, "–"),  # noqa: RUF001
        (-5, "–"),  # noqa: RUF001
        (0.04, "40 ms"),
        (0.001, "1 ms"),
        (8.84, "8.8 s"),
        (42.4, "42 s"),
        (90, "1 min 30 s"),
        (3_720, "1 h 2 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_a_duration_shows_its_two_largest_units(seconds: float | None, written: str) -> None:
    assert formats.duration(seconds) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, "–"),  # noqa: RUF001
        (math.nan, "NaN"),
        (math.inf, "∞"),
        (-math.inf, "-∞"),
        (0.0, "0"),
        (200.0, "200"),
        (12_000, "12000"),
        (1_234_560.0, "1234560"),
        (1_234_561.0, "1234561"),
        (0.97203123, "0.97203123"),
        (123456.789, "123456.789"),
        (1e-7, "1e-07"),
    ],
)
def test_a_number_is_whole_and_never_lies_about_nan(value: float | None, written: str) -> None:
    assert formats.number(value) == written


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (0.5, "0.5"),
        (0.9720312345678901, "0.972031…"),
        (-1.2345678901234567e-12, "-1.2…e-12"),
        (123456789012.25, "123456789012…"),
        (20240115.0, "20240115"),
        (math.nan, "NaN"),
    ],
)
def test_a_shortened_number_ends_in_an_ellipsis_and_keeps_its_size(
    value: float, written: str
) -> None:
    assert formats.abridged(value) == written


def test_counts_are_grouped() -> None:
    assert formats.grouped(12_000) == "12\u202f000"


@pytest.mark.parametrize(
    ("count", "written"), [(0, "0 bytes"), (224, "224 bytes"), (15_200, "15.2 kB"), (2e9, "2.0 GB")]
)
def test_a_size_has_a_unit(count: float, written: str) -> None:
    assert formats.size(count) == written


def test_a_moment_is_written_in_the_zone_of_the_reader() -> None:
    assert formats.moment(1_700_000_000_000) == "14 Nov 2023, 22:13"
    berlin = formats.zone("Europe/Berlin")
    assert formats.moment(1_700_000_000_000, berlin) == "14 Nov 2023, 23:13"
    assert formats.moment(None) == formats.MISSING
    assert formats.moment(9e18) == formats.MISSING


@pytest.mark.parametrize("name", [None, "", "Mars/Olympus", "../../etc/passwd"])
def test_a_zone_that_nobody_knows_is_utc(name: str | None) -> None:
    assert formats.zone(name) is UTC


def test_long_texts_are_cut_and_markdown_loses_its_signs() -> None:
    assert formats.short("one  two\nthree", 9) == "one two…"
    assert formats.excerpt("## Scores each **payment**") == "Scores each payment"
    assert formats.count(1, "run") == "1 run"
    assert formats.count(3, "run") == "3 runs"
