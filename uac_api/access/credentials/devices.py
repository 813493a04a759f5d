"""What a caller's User-Agent means in words, such as "Firefox on Linux"."""

from __future__ import annotations

import re

LONGEST = 100
# The first that fits counts: browsers name their forerunners too, and Android names Linux.
PROGRAMS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("HeadlessChrome/", "Chrome without a window"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("mlflow-python-client/", "MLflow client"),
    ("curl/", "curl"),
    ("python-requests/", "Python"),
    ("python-urllib3/", "Python"),
    ("Python/", "Python"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)
PRODUCT = re.compile(r"[A-Za-z][\w.-]*")


def named(user_agent: str) -> str:
    """A program and the system it runs on, as far as it says so; empty if it says nothing."""
    program = _first(PROGRAMS, user_agent)
    if not program:
        product = PRODUCT.match(user_agent)
        program = product[0] if product else ""
    system = _first(SYSTEMS, user_agent)
    return f"{program} on {system}"[:LONGEST] if program and system else program[:LONGEST]


def _first(table: tuple[tuple[str, str], ...], text: str) -> str:
    return next((name for sign, name in table if sign in text), "")
