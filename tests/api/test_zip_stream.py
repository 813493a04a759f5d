"""A zip that is written while it is sent."""

from __future__ import annotations

import io
import tracemalloc
import zipfile
from collections.abc import Iterator

import pytest

from uac_api.api import zip_stream
from uac_api.api.zip_stream import Member

MEGABYTE = b"0123456789abcdef" * 65_536


def pieces(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield MEGABYTE


def test_what_is_sent_is_a_zip_of_the_files() -> None:
    members = [
        Member("a/é ü.txt", 2, [b"o", b"k"]),
        Member("empty", 0, []),
        Member("unknown", None, pieces(1)),
    ]
    with zipfile.ZipFile(io.BytesIO(b"".join(zip_stream.stream(members)))) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["a/é ü.txt", "empty", "unknown"]
        assert archive.read("a/é ü.txt") == b"ok"
        assert archive.read("unknown") == MEGABYTE


def test_a_zip_of_nothing_is_a_zip() -> None:
    with zipfile.ZipFile(io.BytesIO(b"".join(zip_stream.stream([])))) as archive:
        assert archive.namelist() == []


def test_a_large_zip_takes_little_memory() -> None:
    members = (Member(f"{number}.bin", 32 << 20, pieces(32)) for number in range(4))
    tracemalloc.start()
    try:
        sent = sum(map(len, zip_stream.stream(members)))
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sent > 128 << 20
    assert most < 8 << 20


def test_what_breaks_off_is_no_zip() -> None:
    def broken() -> Iterator[bytes]:
        yield MEGABYTE
        raise RuntimeError("gone")

    sent: list[bytes] = []
    with pytest.raises(RuntimeError, match="gone"):
        sent.extend(zip_stream.stream([Member("a", 1, [b"1"]), Member("b", None, broken())]))
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(b"".join(sent)))
