"""Everything that was logged is read back and held against what was acknowledged."""

from __future__ import annotations

import json
from urllib.parse import quote

from ops.demo.client import DemoError
from tools.drill.load import BATCH
from tools.drill.record import Point
from tools.drill.stage import Desk

KEYS = ("one", *(f"batch-{key}" for key in range(BATCH)))
PAGE = 25_000


def read_back(desks: list[Desk]) -> set[Point]:
    """Every point that is there. Raises DemoError if a history cannot be read."""
    found: set[Point] = set()
    for desk in desks:
        for key in KEYS:
            found |= {(desk.number, key, step) for step in _steps(desk, key)}
    return found


def _steps(desk: Desk, key: str) -> set[int]:
    steps: set[int] = set()
    token = ""
    connection = desk.connect()
    while True:
        path = f"metrics/get-history?run_id={desk.run_id}&metric_key={key}&max_results={PAGE}"
        status, content = desk.send(connection, "GET", f"{path}&page_token={quote(token)}")
        if status != 200:
            raise DemoError(f"The history of {key} cannot be read: {status} {content[:200]!r}")
        document = json.loads(content)
        # Where the value is not the step's own, it is not what was logged.
        steps |= {m["step"] for m in document.get("metrics", []) if m["value"] == m["step"]}
        token = document.get("next_page_token") or ""
        if not token:
            connection.close()
            return steps
