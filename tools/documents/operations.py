"""docs/reference/api.md has a table of all operations of the management API, written from them."""

from __future__ import annotations

from pathlib import Path

from uac_api.api import make_app
from uac_api.version import __version__

DOCS = Path(__file__).parents[2] / "docs"
API = DOCS / "reference" / "api.md"
PERMISSIONS = DOCS / "reference" / "permissions.md"
BEGIN = "<!-- operations: written by `make docs` -->\n"
END = "<!-- end of operations -->\n"


def operations() -> str:
    """A Markdown table with a row for each operation of the OpenAPI document."""
    lines = ["| method | path | |\n", "|---|---|---|\n"]
    for path, methods in sorted(make_app(__version__).api_doc["paths"].items()):
        for method, operation in methods.items():
            lines.append(f"| {method.upper()} | `{path}` | {operation['summary']} |\n")
    return "".join(lines)


def with_operations(text: str) -> str:
    """The document with its table replaced; raises ValueError if it has lost its marks."""
    before, found, rest = text.partition(BEGIN)
    _, closed, after = rest.partition(END)
    if not (found and closed):
        raise ValueError(f"{API} has lost its marks for the table of operations")
    return before + BEGIN + operations() + END + after
