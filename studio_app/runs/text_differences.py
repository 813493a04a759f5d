"""How the longer texts of two runs differ, line by line: code, prompts, JSON, YAML."""

import json
import re
from difflib import unified_diff

import pyarrow as pa

# The most differences, and lines of one of them, that a page shows.
MOST = 40
MOST_LINES = 400

# A shorter text on one line is read at a glance in the table.
_SHORT = 60
# MLflow keeps what it needs for itself in tags of this name, such as how a model was logged.
_MLFLOW = "tags.mlflow."
_CONTEXT = 3
_INDENT = "  "
_PARTS = re.compile(r'"(?:\\.|[^"\\])*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def of(rows: pa.Table) -> dict[str, str]:
    """The differences in the parameters and tags of two rows, by column."""
    found: dict[str, str] = {}
    for name in rows.column_names:
        if not name.startswith(("params.", "tags.")) or name.startswith(_MLFLOW):
            continue
        one, other = (str(value or "") for value in rows[name].to_pylist())
        if one != other and (_is_long(one) or _is_long(other)):
            found[name] = between(one, other)
        if len(found) == MOST:
            break
    return found


def between(one: str, other: str) -> str:
    """The difference of two texts, JSON with a line for each value."""
    before, after = in_lines(one).splitlines(), in_lines(other).splitlines()
    # The first two lines would name files.
    lines = list(unified_diff(before, after, lineterm="", n=_CONTEXT))[2:]
    if not lines:
        # White space between the values of a JSON text, or at the ends of lines.
        return "The texts differ in their white space only."
    more = len(lines) - MOST_LINES
    return "\n".join([*lines[:MOST_LINES], *([f"… {more} more lines"] if more > 0 else [])])


def in_lines(text: str) -> str:
    """A JSON object or list with a line for each of its values, each as it was logged.

    Written again by `json`, a number could become another text.
    """
    if not _is_json(text):
        return text
    lines, line, depth = [], "", 0
    for part in _PARTS.findall(text):
        match part:
            case "}" | "]":
                lines += [line] * bool(line)
                depth -= 1
                line = _INDENT * depth + part
            case "{" | "[":
                lines.append((line or _INDENT * depth) + part)
                depth += 1
                line = ""
            case ",":
                lines.append(line + part)
                line = ""
            case ":":
                line += ": "
            case _:
                line = (line or _INDENT * depth) + part
    return "\n".join([*lines, line])


def _is_long(text: str) -> bool:
    return "\n" in text or len(text) > _SHORT or _is_json(text)


def _is_json(text: str) -> bool:
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True
