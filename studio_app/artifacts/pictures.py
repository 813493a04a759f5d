"""Foreign images: looked at as a whole before Streamlit shows them."""

import io
import warnings

import numpy as np
from PIL import Image

# A small file may unfold to an image that fills the memory.
MOST_PIXELS = 40_000_000
# How TIFF files begin, which browsers do not show.
TIFF = (b"II*\x00", b"MM\x00*")


def shown(content: bytes) -> bytes | None:
    """An image as a browser takes it: itself, of a TIFF its first page as PNG; None for neither."""
    if not readable(content):
        return None
    if not content.startswith(TIFF):
        return content
    file = io.BytesIO()
    try:
        with Image.open(io.BytesIO(content)) as picture:
            _eight_bits(picture).save(file, "PNG")
    except Exception:
        return None
    return file.getvalue()


def _eight_bits(picture: Image.Image) -> Image.Image:
    """An image of 8 bits a colour; of one with deeper grey values the least is black."""
    if picture.mode not in ("F", "I") and not picture.mode.startswith("I;16"):
        return picture.convert("RGBA" if "A" in picture.mode else "RGB")
    values = np.nan_to_num(np.asarray(picture, dtype=np.float32), posinf=0.0, neginf=0.0)
    least = values.min()
    span = max(float(values.max() - least), 1e-30)
    return Image.fromarray(((values - least) * (255 / span)).astype(np.uint8))


def readable(content: bytes) -> bool:
    """Whether this is a whole image of a size that can be shown.

    What Pillow raises on broken bytes is not one kind of error (OSError, SyntaxError, ValueError,
    struct.error, DecompressionBombError among others), so each means: not readable.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content)) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    return False
                picture.load()
    except Exception:
        return False
    return True
