"""A text whose variables, values or differences are marked, whatever signs are in it.

marked_text(
    [Line([Part("Dear "), Part("{{name}}", "variable")])], key="text", label="Text of version 3"
)
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from ml_studio.component import mount

NAME = "marked_text"

# What happened to a line between two texts; `omitted` stands for equal lines that are left out.
Mark = Literal["", "added", "removed", "omitted"]
# A variable, the value in its place, one without a value, and words that differ.
Kind = Literal["", "variable", "value", "missing", "changed"]


@dataclass(frozen=True)
class Part:
    """A piece of a line."""

    text: str
    kind: Kind = ""


@dataclass(frozen=True)
class Line:
    """One line without its end."""

    parts: Sequence[Part]
    mark: Mark = ""


def marked_text(
    lines: Sequence[Line], *, key: str, label: str, copied: str = "", height: int = 480
) -> None:
    """Draw a text; `copied` is what its button copies, without one there is no button."""
    mount(
        NAME,
        key=key,
        data={
            "lines": [asdict(line) for line in lines],
            "label": label,
            "copied": copied,
            "height": height,
        },
        callbacks={},
    )
