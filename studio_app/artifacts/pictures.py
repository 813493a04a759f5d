"""Foreign images: looked at as a whole before Streamlit shows them."""

import io
import warnings

from PIL import Image

# A small file may unfold to an image that fills the memory.
MOST_PIXELS = 40_000_000


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
