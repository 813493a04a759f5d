"""Broken and gigantic images are not handed to the page."""

import io
import struct
import zlib

import pytest
from PIL import Image

from laboratory import PIXEL
from studio_app.artifacts import pictures


def saved(form: str, size: tuple[int, int] = (64, 64)) -> bytes:
    """An image file."""
    file = io.BytesIO()
    Image.effect_noise(size, 90).save(file, form)
    return file.getvalue()


@pytest.mark.parametrize("content", [PIXEL, *map(saved, ("PNG", "JPEG", "GIF", "BMP", "WEBP"))])
def test_whole_images_are_readable(content: bytes) -> None:
    assert pictures.readable(content)


def bomb() -> bytes:
    """A PNG of a few bytes that says to have 10 thousand million points."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 0, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "content",
    [b"", b"\x89PNG\r\n\x1a\n", PIXEL[:30], saved("PNG")[:300], saved("JPEG")[:200], bomb()],
)
def test_broken_and_gigantic_images_are_not(content: bytes) -> None:
    assert not pictures.readable(content)
