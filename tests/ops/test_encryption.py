"""An encrypted file opens with its key, whole and where it belongs, or not at all."""

from __future__ import annotations

import pytest

from ops.backup.errors import BackupError, Damaged
from ops.backup.storage.encryption import HEADER_BYTES, PIECE, TAG_BYTES, Seal

KEY = "Zr4kXw8QyVt1nq3gL0RpUe5hJmAs7Fb2cD"
SIZES = (0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE)


def sealed(content: bytes, about: str = "file", key: str = KEY) -> bytes:
    return b"".join(Seal(key).closed([content], about))


def opened(kept: bytes, about: str = "file", key: str = KEY) -> bytes:
    return b"".join(Seal(key).opened([kept], about))


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("key", [KEY, ""])
def test_what_was_closed_opens_again(size: int, key: str) -> None:
    content = b"ab" * (size // 2) + b"c" * (size % 2)
    kept = sealed(content, key=key)
    assert opened(kept, key=key) == content
    # However it is cut on the way.
    cut = [kept[start : start + 1000] for start in range(0, len(kept), 1000)]
    assert b"".join(Seal(key).opened(cut, "file")) == content


@pytest.mark.parametrize("place", [0, 7, 20, HEADER_BYTES, HEADER_BYTES + PIECE + TAG_BYTES, -1])
def test_a_flipped_bit_is_found(place: int) -> None:
    kept = bytearray(sealed(bytes(2 * PIECE)))
    kept[place] ^= 1
    with pytest.raises(BackupError):
        opened(bytes(kept))


def test_pieces_cannot_be_left_out_moved_or_cut_off() -> None:
    kept = sealed(bytes(3 * PIECE))
    header, size = kept[:HEADER_BYTES], PIECE + TAG_BYTES
    one, two, three = (kept[HEADER_BYTES + at * size :][:size] for at in range(3))
    for pieces in (
        (one, two),
        (two, three),
        (one, three),
        (two, one, three),
        (one, two, three, three),
    ):
        with pytest.raises(Damaged):
            opened(header + b"".join(pieces))
    with pytest.raises(Damaged):
        opened(kept[:-1])
    with pytest.raises(Damaged):
        opened(header)


def test_a_file_in_the_place_of_another_does_not_open() -> None:
    with pytest.raises(Damaged, match="backups/2/manifest"):
        opened(sealed(b"old", "backups/1/manifest"), "backups/2/manifest")


def test_the_key_is_told_from_damage() -> None:
    kept = sealed(b"content")
    with pytest.raises(BackupError, match="another STUDIO_BACKUP_KEY"):
        opened(kept, key=KEY[::-1])
    with pytest.raises(BackupError, match="Set STUDIO_BACKUP_KEY"):
        opened(kept, key="")
    with pytest.raises(BackupError, match="not encrypted"):
        opened(b"content")


def test_two_files_of_one_content_share_nothing() -> None:
    first, second = sealed(b"content" * 100), sealed(b"content" * 100)
    assert first[HEADER_BYTES:] != second[HEADER_BYTES:]


def test_names_tell_the_content_to_nobody_without_the_key() -> None:
    digest = "ab" * 32
    assert Seal("").name_of(digest) == digest
    names = {Seal(key).name_of(digest) for key in (KEY, KEY[::-1], "")}
    assert len(names) == 3
    assert Seal(KEY).name_of(digest) == Seal(KEY).name_of(digest)
