"""Broken and gigantic images are not handed to the page."""

import io
import math
import struct
import zlib

import numpy as np
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


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "1", "P", "CMYK", "I;16", "I", "F"])
def test_a_tiff_is_shown_as_png_whatever_its_colours(mode: str) -> None:
    file = io.BytesIO()
    Image.new(mode, (8, 8), 1).save(file, "TIFF")
    shown = pictures.shown(file.getvalue())
    assert shown is not None
    with Image.open(io.BytesIO(shown)) as picture:
        assert (picture.format, picture.size) == ("PNG", (8, 8))


def test_deep_grey_values_are_spread_over_what_can_be_seen() -> None:
    deep = np.array([[1000.0, 3000.0], [2000.0, math.nan]], dtype=np.float32)
    file = io.BytesIO()
    Image.fromarray(deep).save(file, "TIFF")
    with Image.open(io.BytesIO(pictures.shown(file.getvalue()) or b"")) as picture:
        assert picture.getpixel((1, 0)) == 255


def test_other_images_go_on_as_they_are_and_broken_ones_do_not() -> None:
    assert pictures.shown(PIXEL) == PIXEL
    assert pictures.shown(saved("TIFF")[:200]) is None
