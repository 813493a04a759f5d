"""The compose files as Compose reads them: joined, with the defaults of their variables."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[1]
FILES = ("docker-compose.yml", "docker-compose.postgresql.yml")
SINGLE_SIGN_ON = "docker-compose.single-sign-on.yml"
MONITORING = "docker-compose.monitoring.yml"
# What `${NAME:-default}` names.
VARIABLE = re.compile(r"\$\{([A-Z_]+)(?::-([^}]*))?\}")

Document = dict[str, Any]


def read(name: str) -> Document:
    """One file as it stands."""
    document: Document = yaml.safe_load((ROOT / name).read_text())
    return document


def merged(base: Document, over: Document) -> Document:
    """The services as Compose joins two files, as far as these files need it."""
    services = {name: dict(service) for name, service in base["services"].items()}
    for name, service in over["services"].items():
        known = services.setdefault(name, {})
        for key, value in service.items():
            joined = {**known[key], **value} if isinstance(value, dict) and key in known else value
            known[key] = joined
    return services


def services_on(kind: str) -> Document:
    """What runs with that database, as it is written."""
    base = read(FILES[0])
    services = merged(base, read(FILES[1])) if kind == "postgresql" else base["services"]
    return {name: service for name, service in services.items() if "profiles" not in service}


def configuration(kind: str, **settings: str) -> Document:
    """What `docker-compose config` says with that database and these settings."""

    def value(found: re.Match[str]) -> str:
        return settings.get(found[1]) or found[2] or ""

    texts = [VARIABLE.sub(value, (ROOT / file).read_text()) for file in FILES]
    base, over = (yaml.safe_load(text) for text in texts)
    if kind != "postgresql":
        return dict(base)
    volumes = {**base["volumes"], **over["volumes"]}
    return {**base, "services": merged(base, over), "volumes": volumes}


def environments() -> dict[str, set[str]]:
    """What each service is given by name, with all files together; `_FILE` stands for the value."""
    found: dict[str, set[str]] = {}
    for file in (*FILES, SINGLE_SIGN_ON, MONITORING):
        for name, service in read(file)["services"].items():
            given = {key.removesuffix("_FILE") for key in service.get("environment", {})}
            found.setdefault(name, set()).update(given)
    return found


def example() -> dict[str, str]:
    """The settings of .env.example with their defaults, also those that are commented out."""
    text = (ROOT / ".env.example").read_text()
    return dict(re.findall(r"^#?([A-Z0-9_]+)=(.*)$", text, re.MULTILINE))
