"""A backup that holds much less than those before it is seen."""

from __future__ import annotations

from functools import partial

import pytest

from databases import every_database
from uac_api.access.database import Database
from uac_api.access.installation import backups
from uac_api.access.models import Backup


def held(number: int, *, rows: int = 1000, files: int | None = 104, size: int = 5000) -> Backup:
    """The backup of a day."""
    bytes_ = None if files is None else size
    return Backup(name=f"2026-01-{number:02}", rows=rows, files=files, bytes=bytes_)


def shortfall(*found: Backup) -> str:
    """What is said of these, the oldest first."""
    return backups.shortfall(found[::-1])


def test_backups_of_a_size_are_well() -> None:
    assert shortfall() == ""
    assert shortfall(held(1, files=0, size=0)) == ""
    assert shortfall(held(1), held(2, files=90, size=4000, rows=800)) == ""
    assert shortfall(held(1, files=1), held(2)) == ""


@pytest.mark.parametrize(
    ("last", "words"),
    [
        (
            held(3, files=0, size=0),
            "The backup 2026-01-03 holds 0 files, that of 2026-01-02 holds 104",
        ),
        (held(3, files=51), "51 files"),
        (held(3, size=2000), "2,000 bytes of files"),
        (held(3, rows=12), "12 rows"),
    ],
)
def test_one_that_holds_less_than_half_of_what_another_held_is_told(
    last: Backup, words: str
) -> None:
    assert words in shortfall(held(1), held(2), last)


def test_it_is_told_until_the_large_ones_are_long_past() -> None:
    small = [held(number, files=0, size=0) for number in range(2, 20)]
    assert "holds 0 files" in shortfall(held(1), *small[:13])


def test_backups_without_artifacts_are_compared_by_their_rows() -> None:
    assert shortfall(held(1), held(2, files=None)) == ""
    assert "rows" in shortfall(held(1), held(2, files=None, rows=1))


@every_database
def test_the_newest_are_remembered(database: Database) -> None:
    for number in range(1, 70):
        database.write(partial(backups.record, backup=held(number)))
    found = database.read(backups.newest)
    assert [one.name for one in found][:2] == ["2026-01-69", "2026-01-68"]
    assert len(found) == backups.COMPARED + 1
    assert database.read(lambda s: s.query(Backup).count()) == backups.REMEMBERED
