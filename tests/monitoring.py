"""What the files for Prometheus and Grafana ask for, as PromQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml


def alerts(file: Path) -> list[dict[str, Any]]:
    """The alert rules of a file."""
    groups = yaml.safe_load(file.read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]


def panels(file: Path) -> list[dict[str, Any]]:
    """The panels of a dashboard that show something."""
    found: list[dict[str, Any]] = json.loads(file.read_text())["panels"]
    return [panel for panel in found if panel["type"] != "row"]


def expressions(file: Path) -> Iterator[str]:
    """Every expression of a file of alerts, or of a dashboard."""
    if file.suffix == ".yml":
        yield from (str(rule["expr"]) for rule in alerts(file))
        return
    for panel in panels(file):
        yield from (str(target["expr"]) for target in panel["targets"])
