"""The page that a browser loads first: Streamlit's own, with our name and one script before its.

Streamlit looks for its server below the address of a page first (`/runs/_stcore/health`), then at
the root: two requests that fail, and two errors in the console, for each link that is opened. The
script says where the server is. It also saves the font and the description of interfaces that are
not used here.
"""

import html
import re
from functools import cache
from pathlib import Path

import streamlit
from starlette.requests import Request
from starlette.responses import HTMLResponse

from studio_app.brand import brand

BOOT_SCRIPT = "/boot.js"

_TITLE = re.compile(r"<title>.*?</title>", re.DOTALL)
_UNUSED = re.compile(r"<link\s+rel=\"(?:preload|service-desc)\"[^>]*/>\s*", re.DOTALL)
_FIRST_SCRIPT = re.compile(r"(?=<script type=\"module\")")


def index_page(_request: Request) -> HTMLResponse:
    """Answers with the first page, which a browser asks for anew each time."""
    return HTMLResponse(_page(), headers={"Cache-Control": "no-cache"})


@cache
def _page() -> str:
    found = Path(streamlit.__file__).parent / "static" / "index.html"
    title = f"<title>{html.escape(brand().name)}</title>"
    page = _TITLE.sub(lambda _found: title, found.read_text("utf-8"), count=1)
    page = _UNUSED.sub("", page)
    return _FIRST_SCRIPT.sub(f'<script src="{BOOT_SCRIPT}"></script>\n    ', page, count=1)
