"""The words of ASGI, and the headers of a request."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]


def values(scope: Scope, name: bytes) -> list[bytes]:
    """Every value of a header; its name in lower case."""
    return [value for key, value in scope.get("headers", []) if key.lower() == name]


def header(scope: Scope, name: bytes) -> str:
    """The value of a header that stands there once; an empty text otherwise."""
    found = values(scope, name)
    return found[0].decode("latin-1") if len(found) == 1 else ""
