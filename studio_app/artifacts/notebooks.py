"""Jupyter notebooks: their cells and what they gave out, as texts and images."""

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Literal

# A browser draws so many cells at once, and so much of a text.
MOST_CELLS = 200
MOST_SIGNS = 20_000

# The colours of a terminal in the words of an error.
_COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


@dataclass(frozen=True)
class Part:
    """Something to draw: Markdown, code, text that was given out, or an image."""

    kind: Literal["markdown", "code", "output", "error", "image"]
    text: str = ""
    content: bytes = b""


@dataclass(frozen=True)
class Notebook:
    """The parts of a notebook in order; `cut` when it has more cells."""

    language: str
    parts: list[Part]
    cut: bool = False


def from_json(value: object) -> Notebook | None:
    """The notebook in a JSON value; None where it is none (nbformat 4)."""
    if not isinstance(value, dict) or not isinstance(value.get("cells"), list):
        return None
    if not isinstance(value.get("nbformat"), int):
        return None
    cells = [cell for cell in value["cells"] if isinstance(cell, dict)]
    parts = [part for cell in cells[:MOST_CELLS] for part in _parts(cell)]
    return Notebook(_language(value.get("metadata")), parts, cut=len(cells) > MOST_CELLS)


def _parts(cell: dict[str, object]) -> list[Part]:
    source = _text(cell.get("source"))
    match cell.get("cell_type"):
        case "markdown":
            return [Part("markdown", source)] if source else []
        case "code":
            outputs = cell.get("outputs")
            given = outputs if isinstance(outputs, list) else []
            shown = [_output(one) for one in given if isinstance(one, dict)]
            code = [Part("code", source)] if source else []
            return [*code, *(part for part in shown if part is not None)]
    return [Part("output", source)] if source else []


def _output(output: dict[str, object]) -> Part | None:
    """The part of an output that says most: an image, else its text. HTML is not drawn."""
    if output.get("output_type") == "error":
        trace = output.get("traceback")
        lines = "\n".join(map(str, trace)) if isinstance(trace, list) else ""
        return Part("error", _COLOURS.sub("", lines)[:MOST_SIGNS] or str(output.get("evalue", "")))
    data = output.get("data")
    bundle = data if isinstance(data, dict) else {}
    for kind in ("image/png", "image/jpeg"):
        if image := _text(bundle.get(kind), most=None):
            try:
                return Part("image", content=base64.b64decode(image))
            except (binascii.Error, ValueError):
                break
    text = _text(output.get("text")) or _text(bundle.get("text/plain"))
    return Part("output", _COLOURS.sub("", text)) if text else None


def _text(value: object, most: int | None = MOST_SIGNS) -> str:
    """A text of a notebook, which may be a list of lines."""
    if isinstance(value, list):
        value = "".join(line for line in value if isinstance(line, str))
    return value[:most] if isinstance(value, str) else ""


def _language(metadata: object) -> str:
    about = metadata.get("language_info") if isinstance(metadata, dict) else None
    name = about.get("name") if isinstance(about, dict) else None
    return name if isinstance(name, str) else "python"
