"""A secret `NAME` is also read from the file that `NAME_FILE` names: the one rule for all services.

read_secret("STUDIO_UPSTREAM_SECRET", os.environ)
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto
from pathlib import Path

ENDING = "_FILE"


class BothSet(Enum):
    """What counts where the value and the file are set."""

    REFUSED = auto()
    VALUE_WINS = auto()
    FILE_WINS = auto()


def file_variable(name: str) -> str:
    """The variable that names the secret's file."""
    return f"{name}{ENDING}"


def secret_file(name: str, environment: Mapping[str, str]) -> Path | None:
    """The file that `NAME_FILE` names; None if it names none."""
    path = environment.get(file_variable(name), "").strip()
    return Path(path) if path else None


def read_secret(
    name: str,
    environment: Mapping[str, str],
    both_set: BothSet = BothSet.REFUSED,
    *,
    strip: bool = True,
) -> str:
    """The value of `NAME`, or the content of the file that `NAME_FILE` names; "" without both.

    White space round a file's content is always removed, as editors end files with a line break,
    and round a value unless `strip` is False. Raises ValueError, which never has the secret in it,
    if both are set and that is refused, or the file cannot be read.
    """
    value, file = environment.get(name, ""), secret_file(name, environment)
    if file is None or (value and both_set is BothSet.VALUE_WINS):
        return value.strip() if strip else value
    if value.strip() and both_set is BothSet.REFUSED:
        raise ValueError(f"{name} and {file_variable(name)} are both set. Keep one of them.")
    return _content(name, file)


def _content(name: str, file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        # What a decoder complains of has the content in it.
        why = error.strerror if isinstance(error, OSError) else "It is no text in UTF-8"
        raise ValueError(
            f"{file_variable(name)} names {file}, which cannot be read: {why}. "
            "Name a readable text file."
        ) from None
