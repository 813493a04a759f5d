"""What the calls of every noun stand on: asking the API for people, and parts of addresses."""

from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import quote

from studio_app.api.transport import Query

Json = dict[str, Any]


class Calls(Protocol):
    """Somebody who can ask the API for people."""

    def people(
        self,
        method: str,
        path: str,
        *,
        query: Query | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
    ) -> Json:
        """The decoded answer of a path below /studio/v1/; an empty document for an empty one."""


def segment(value: str) -> str:
    """One part of an address, whatever letters it has."""
    return quote(value, safe="")


def if_match(version: int | None) -> dict[str, str]:
    """The header that lets a change happen only to the version that was seen."""
    return {} if version is None else {"If-Match": f'"{version}"'}
