"""The compose files as documents."""

from __future__ import annotations

import re
from typing import Any

import yaml

from processes import ROOT

MONITORING = "docker-compose.monitoring.yml"
# What `${NAME:-default}` names.
VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::-([^}]*))?\}")

Document = dict[str, Any]


def read(name: str) -> Document:
    """One of the files."""
    document: Document = yaml.safe_load((ROOT / name).read_text())
    return document
