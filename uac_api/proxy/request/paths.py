"""The path of a file, read as MLflow reads it.

MLflow decodes such a path again and again until it stops changing, and only then looks at it
(`mlflow.utils.uri.validate_path_is_safe`). A name such as `50%.txt` comes out as it went in;
`dog%step%25%t.png`, which `log_image(step=25)` of mlflow 2 and early 3 writes, becomes
`dog%step%%t.png`, there as here. What must not happen is that decoding changes *where* the file is.
"""

from __future__ import annotations

from urllib.parse import unquote, urlparse, urlunparse

from ...errors import BadRequest

ROUNDS = 10
# What a name may have on every file system, and so on the disk of whoever downloads the file.
# MLflow would make the folders above a longer one before its own disk refuses it.
NAME_BYTES = 255


def require_plain(path: str) -> str:
    """The last reading of a path; raises BadRequest unless both are plain and in one folder.

    Also where a name in it is longer than a file can have.
    """
    parts = path.rstrip("/").split("/")
    read = as_mlflow_reads(path.rstrip("/"))
    if read is None or not all(map(_is_plain, parts)):
        raise ambiguous()
    *folders, name = read.split("/")
    if folders != parts[:-1] or not _is_plain(name):
        raise ambiguous()
    if any(len(part.encode(errors="replace")) > NAME_BYTES for part in (*folders, name)):
        raise BadRequest(
            f"A name in the path is longer than {NAME_BYTES} bytes, which no file can have. "
            "Shorten it.",
            reason="name_too_long",
        )
    return read


def as_mlflow_reads(path: str) -> str | None:
    """What MLflow makes of the path of a file; None where it finds no end of decoding."""
    for _ in range(ROUNDS):
        try:
            read = urlunparse(urlparse(unquote(path)))
        except ValueError:
            return None
        if read == path:
            # An address of the server's own disk, which MLflow would turn into a path once more.
            if urlparse(path).scheme == "file":
                return None
            return "".join(f"%{ord(c):02x}" if c < " " or c == "\x7f" else c for c in path)
        path = read
    return None


def ambiguous() -> BadRequest:
    """The refusal of a path that could lead two readers to two places."""
    return BadRequest(
        "The path holds a segment that can be read in two ways (., .., an encoded slash, "
        "backslash, percent or control character). Rename it, or write it plainly.",
        reason="path",
    )


def _is_plain(segment: str) -> bool:
    return segment not in ("", ".", "..") and "\\" not in segment and "\0" not in segment
