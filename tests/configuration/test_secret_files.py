"""A secret is a value or the content of a file, and is in no error."""

from __future__ import annotations

from pathlib import Path

import pytest

from configuration.secret_files import BothSet, read_secret

VALUE = {"STUDIO_KEY": "of-the-value"}


@pytest.fixture
def file(tmp_path: Path) -> dict[str, str]:
    path = tmp_path / "key"
    path.write_text("  of-the-file\n")
    return {"STUDIO_KEY_FILE": str(path)}


def test_a_secret_is_the_value_or_the_content_of_the_file(file: dict[str, str]) -> None:
    assert read_secret("STUDIO_KEY", VALUE) == "of-the-value"
    assert read_secret("STUDIO_KEY", file) == "of-the-file"
    assert read_secret("STUDIO_KEY", {}) == ""


def test_a_service_says_what_counts_where_both_are_set(file: dict[str, str]) -> None:
    both = VALUE | file
    assert read_secret("STUDIO_KEY", both, BothSet.VALUE_WINS) == "of-the-value"
    assert read_secret("STUDIO_KEY", both, BothSet.FILE_WINS) == "of-the-file"
    with pytest.raises(ValueError, match=r"are both set\. Keep one of them") as caught:
        read_secret("STUDIO_KEY", both)
    assert "of-the" not in str(caught.value)


@pytest.mark.parametrize("both_set", BothSet)
def test_an_empty_value_beside_a_file_is_none(file: dict[str, str], both_set: BothSet) -> None:
    assert read_secret("STUDIO_KEY", {"STUDIO_KEY": "", **file}, both_set) == "of-the-file"


def test_white_space_round_a_value_stays_only_if_that_is_asked_for() -> None:
    padded = {"STUDIO_KEY": " key "}
    assert read_secret("STUDIO_KEY", padded) == "key"
    assert read_secret("STUDIO_KEY", padded, strip=False) == " key "


def test_a_file_that_cannot_be_read_is_named_without_its_content(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"STUDIO_KEY_FILE names /nowhere, .*No such file"):
        read_secret("STUDIO_KEY", {"STUDIO_KEY_FILE": "/nowhere"})
    (tmp_path / "bytes").write_bytes(b"hunter2\xff")
    with pytest.raises(ValueError, match="no text in UTF-8") as caught:
        read_secret("STUDIO_KEY", {"STUDIO_KEY_FILE": str(tmp_path / "bytes")})
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None
