"""Templates of prompts: messages, `{{variables}}`, and values in their place.

Nothing here runs what is in a template. MLflow fills `{{name}}`; a template with `{% %}` is a
program in Jinja2, which is shown and never run.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ml_studio.marked_text import Kind, Line, Part

# As MLflow finds them (mlflow.prompt.constants of 3.17).
_VARIABLE = re.compile(r"\{\{\s*([a-zA-Z_][a-zA-Z0-9_]*(?:\.[a-zA-Z_][a-zA-Z0-9_]*)*)\s*\}\}")
_ENDS = re.compile(r"\r\n|\n|\r")


@dataclass(frozen=True)
class Message:
    """One message of a chat; a text prompt is one without a role.

    `more` is JSON of what a message has beyond a role and a text, such as images or tool calls.
    """

    role: str
    content: str
    more: str = ""


def read_messages(text: str) -> list[Message] | None:
    """The messages of a chat as MLflow stores them, JSON; None for what is no such list."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or not found:
        return None
    return [_message(one) for one in found] if all(map(_is_message, found)) else None


def write_messages(messages: Sequence[Message]) -> str:
    """Messages that have a role and a text as MLflow stores them."""
    return json.dumps([{"role": one.role, "content": one.content} for one in messages])


def variables(messages: Sequence[Message]) -> list[str]:
    """The names of the variables in the order in which they come, each once."""
    texts = [text for one in messages for text in (one.content, one.more)]
    return list(dict.fromkeys(name for text in texts for name in _VARIABLE.findall(text)))


def is_program(messages: Sequence[Message]) -> bool:
    """Whether MLflow takes this for a template in Jinja2."""
    return any("{%" in one.content and "%}" in one.content for one in messages)


def fill(text: str, values: Mapping[str, str]) -> str:
    """A text with values in the place of its variables; one without a value stays."""
    # Not as a pattern: what a person types may hold variables and back references.
    return _VARIABLE.sub(lambda found: values.get(found[1]) or found[0], text)


def mark_variables(text: str) -> list[Line]:
    """A text in lines, its variables marked."""
    return _lines(_named(text))


def mark_values(text: str, values: Mapping[str, str]) -> list[Line]:
    """A text in lines with values in the place of its variables; both are marked."""
    return _lines(_filled(text, values))


def _named(text: str) -> Iterator[tuple[str, Kind]]:
    for part in _pieces(text):
        yield part, "variable" if _VARIABLE.fullmatch(part) else ""


def _filled(text: str, values: Mapping[str, str]) -> Iterator[tuple[str, Kind]]:
    for part in _pieces(text):
        found = _VARIABLE.fullmatch(part)
        if found is None:
            yield part, ""
        elif value := values.get(found[1]):
            yield value, "value"
        else:
            yield part, "missing"


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces: its variables with their braces, and what stands between them."""
    end = 0
    for found in _VARIABLE.finditer(text):
        yield from (text[end : found.start()], found[0])
        end = found.end()
    yield text[end:]


def _lines(pieces: Iterator[tuple[str, Kind]]) -> list[Line]:
    lines: list[list[Part]] = [[]]
    for text, kind in pieces:
        first, *others = _ENDS.split(text)
        lines[-1].append(Part(first, kind))
        lines += [[Part(one, kind)] for one in others]
    return [Line([part for part in parts if part.text]) for parts in lines]


def _is_message(found: object) -> bool:
    return isinstance(found, dict) and isinstance(found.get("role"), str)


def _message(found: dict[str, object]) -> Message:
    content = found.get("content")
    text = content if isinstance(content, str) else ""
    told = {"role", "content"} if isinstance(content, str) else {"role"}
    more = {key: value for key, value in found.items() if key not in told and value is not None}
    return Message(
        str(found["role"]), text, json.dumps(more, ensure_ascii=False, indent=2) if more else ""
    )
