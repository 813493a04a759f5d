"""The words of ASGI, and the headers of a request."""

import json
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
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


async def refuse(
    send: Send, status: int, document: object, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Answer with a JSON document, and end the connection.

    The body of the refused request is never read, so the connection cannot serve another.
    """
    content = json.dumps(document).encode()
    start = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(content)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": content})
