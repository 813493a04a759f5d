"""Calls that hypothesis makes: a real request of a real row, with a few things wrong about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from hypothesis import strategies as st

from recording import request

from . import OPEN, Estate, asks

ODD_METHODS = ("get", "OPTIONS", "TRACE", "PROPFIND", "PATCH", "PUT", "DELETE", "HEAD", "POST")
ODD_PATHS = (
    "/./",
    "//",
    "/../",
    "%2f",
    "%2e%2e/",
    "%00",
    "%ff",
    ";a=b",
    "%25",
    "%5c",
    "\\",
    "%",
    " ",
)
ODD_VALUES: tuple[Any, ...] = (
    *(None, True, [], {}, "", [[]], [None], {"a": {"b": []}}, -1, 10**30, 10**400, 1.5, 1e308),
    *("\x00", "\ud800", "x" * 3000, "../..", "%2e", "🦊", "1; DROP TABLE runs", "{", "0x10"),
)
ODD_QUERIES = ("&a=%zz", "&&==", "&a;b=1", "&a=%ff", "&run_id=%00", "&%5b%5d=1", "&max_results=1e9")
ODD_KINDS = (
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json; charset=utf-16",
    "application/x-protobuf",
    "",
)
ODD_LINES = (
    "X-HTTP-Method-Override: DELETE",
    "X-MLFLOW-WORKSPACE: default",
    "X-Forwarded-Prefix: /projects/default",
    "Content-Encoding: gzip",
    "X-Request-ID: a b",
    "Range: bytes=5-1",
    "If-None-Match: *",
    "Cookie: a=b",
    "Accept: text/html",
    "Expect: 100-continue",
)


@dataclass(frozen=True)
class Made:
    """A call in the parts that are written one after the other."""

    method: str
    path: str
    query: str
    body: bytes
    lines: tuple[str, ...]
    chunked: bool = False
    kind: str = "application/json"

    def written(self, slug: str, credential: str) -> bytes:
        """The bytes of the request to a project."""
        target = f"/projects/{slug}{self.path}" + (f"?{self.query}" if self.query else "")
        lines, body = [*self.lines], self.body
        if body or self.method not in ("GET", "HEAD"):
            lines.append(f"Content-Type: {self.kind}")
            if self.chunked:
                lines.append("Transfer-Encoding: chunked")
                half = len(body) // 2
                pieces = [one for one in (body[:half], body[half:]) if one]
                body = b"".join(b"%x\r\n%b\r\n" % (len(one), one) for one in pieces) + b"0\r\n\r\n"
            else:
                lines.append(f"Content-Length: {len(body)}")
        return request(self.method, target, credential, *lines, body=body)


Change = Callable[[Made, st.DrawFn], Made]


def _method(made: Made, draw: st.DrawFn) -> Made:
    return replace(made, method=draw(st.sampled_from(ODD_METHODS)))


def _path(made: Made, draw: st.DrawFn) -> Made:
    at = draw(st.integers(1, len(made.path)))
    return replace(made, path=made.path[:at] + draw(st.sampled_from(ODD_PATHS)) + made.path[at:])


def _encoded(made: Made, draw: st.DrawFn) -> Made:
    if len(made.path) < 2:
        return made
    at = draw(st.integers(1, len(made.path) - 1))
    percent = draw(st.sampled_from(("%", "%25")))
    letter = f"{percent}{ord(made.path[at]):02x}"
    return replace(made, path=made.path[:at] + letter + made.path[at + 1 :])


def _twin(made: Made, _: st.DrawFn) -> Made:
    return replace(made, path=made.path.replace("/api/", "/ajax-api/", 1))


def _query(made: Made, draw: st.DrawFn) -> Made:
    return replace(made, query=made.query + draw(st.sampled_from(ODD_QUERIES)))


def _twice(made: Made, draw: st.DrawFn) -> Made:
    if not made.query:
        return replace(made, query="run_id=a&runId=b")
    name, _, value = draw(st.sampled_from(made.query.split("&"))).partition("=")
    name = draw(st.sampled_from((name, name.title().replace("_", ""), name.upper(), f"{name}%20")))
    return replace(made, query=f"{made.query}&{name}={draw(st.sampled_from((value, 'x', '')))}")


def _value(made: Made, draw: st.DrawFn) -> Made:
    document = _document(made)
    if not document:
        return replace(
            made, body=json.dumps({"run_id": draw(st.sampled_from(ODD_VALUES))}).encode()
        )
    document[draw(st.sampled_from(sorted(document)))] = draw(st.sampled_from(ODD_VALUES))
    return replace(made, body=json.dumps(document).encode())


def _partial(made: Made, draw: st.DrawFn) -> Made:
    """One value anywhere in the body that a protobuf parser may stop at, and a field behind it."""
    document = _document(made)
    places = list(_places(document))
    if not places:
        return made
    holder, key = draw(st.sampled_from(places))
    holder[key] = draw(st.sampled_from(ODD_VALUES))
    return replace(made, body=json.dumps(document).encode())


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    """Each member of each object and list of a document, outermost first."""
    members: list[Any] = []
    if isinstance(value, dict):
        members = sorted(value)
    elif isinstance(value, list):
        members = list(range(len(value)))
    for key in members:
        yield value, key
        yield from _places(value[key])


def _field(made: Made, draw: st.DrawFn) -> Made:
    document = _document(made)
    name = draw(st.sampled_from(sorted(document) or ["run_id"]))
    head, *rest = name.split("_")
    other = draw(st.sampled_from((head + "".join(map(str.title, rest)), name, name.upper())))
    inner = json.dumps(document)[1:]
    twin = f"{{{json.dumps(other)}: {json.dumps(draw(st.sampled_from(ODD_VALUES)))}"
    return replace(made, body=f"{twin}{', ' if document else ''}{inner}".encode())


def _bytes(made: Made, draw: st.DrawFn) -> Made:
    text = made.body.decode(errors="replace") or "{}"
    deep = 3000
    written = (
        text.encode("utf-16"),
        text.encode("utf-8-sig"),
        json.dumps(text).encode(),
        f"[{text}]".encode(),
        text[:-1].encode(),
        text.encode() + b"\x00",
        b"\xff\xfe",
        b"NaN",
        b'{"a": ' * deep + b"1" + b"}" * deep,
        b"[" * deep,
        b'{"run_id": Infinity, "a": 1e999}',
        text.replace("_", "\\u005f").encode(),
    )
    return replace(made, body=draw(st.sampled_from(written)))


def _random(made: Made, draw: st.DrawFn) -> Made:
    return replace(made, body=draw(st.binary(max_size=60)))


def _kind(made: Made, draw: st.DrawFn) -> Made:
    return replace(made, kind=draw(st.sampled_from(ODD_KINDS)))


def _line(made: Made, draw: st.DrawFn) -> Made:
    return replace(made, lines=(*made.lines, draw(st.sampled_from(ODD_LINES))))


def _chunked(made: Made, _: st.DrawFn) -> Made:
    return replace(made, chunked=True)


CHANGES: tuple[Change, ...] = (
    *(_method, _path, _encoded, _twin, _query, _twice, _value, _field, _bytes, _random),
    *(_kind, _line, _chunked, _partial),
)


def _document(made: Made) -> dict[str, Any]:
    try:
        found = json.loads(made.body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


@st.composite
def calls(draw: st.DrawFn, estate: Estate) -> Made:
    """A call for the things of a project."""
    ask = draw(st.sampled_from([one for rule in OPEN for one in asks(rule, estate)]))
    body = ask.raw or (b"" if ask.body is None else json.dumps(ask.body).encode())
    lines = tuple(f"{name}: {value}" for name, value in ask.headers.items())
    made = Made(ask.method, ask.path, urlencode(ask.query), body, lines)
    for change in draw(st.lists(st.sampled_from(CHANGES), max_size=3)):
        made = change(made, draw)
    return made
