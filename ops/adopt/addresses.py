"""Addresses of artifacts, as MLflow keeps them, and the places where their files lie."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

PROXIED = "mlflow-artifacts:/"
_BEHIND_A_SERVER = re.compile(r"/api/2\.0/mlflow-artifacts/artifacts(/.*)?$")


class Located(NamedTuple):
    """A place, as `--artifacts` names it, and a path below it; the path "" is the place itself."""

    place: str
    path: str


def plain(address: str) -> str:
    """One spelling for the spellings of an address: file: is a path, a server's is PROXIED."""
    parts = urlsplit(address)
    if parts.scheme == "file":
        return unquote(parts.path).rstrip("/")
    if parts.scheme in ("http", "https") and (found := _BEHIND_A_SERVER.search(parts.path)):
        return PROXIED + (found[1] or "").strip("/")
    if parts.scheme == "mlflow-artifacts":
        return PROXIED + parts.path.strip("/")
    return address.rstrip("/")


class Roots:
    """Where the files of addresses lie: the address that begins like it, longest first."""

    def __init__(self, places: Mapping[str, str]) -> None:
        self._places = sorted(
            ((plain(address).rstrip("/"), place) for address, place in places.items()),
            key=lambda one: -len(one[0]),
        )

    def locate(self, address: str | None) -> Located | None:
        """Where it is; None if no root has it, or if it could lead out of its root."""
        if not address:
            return None
        asked = plain(address)
        for root, place in self._places:
            if asked != root and not asked.startswith(f"{root}/"):
                continue
            path = asked[len(root) :].strip("/")
            if any(part in ("", ".", "..") or "\\" in part for part in path.split("/")[:-1]):
                return None
            last = path.rsplit("/", 1)[-1]
            return None if last in (".", "..") else Located(place, path)
        return None


def proxied(path: str) -> str:
    """The address of a path of the target's artifacts."""
    return PROXIED + path


def path_of(address: str) -> str:
    """The path of an address of the target; "" for any other."""
    return address.removeprefix(PROXIED) if address.startswith(PROXIED) else ""
