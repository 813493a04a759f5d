"""Other bodies and methods for one request, as data."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from urllib.parse import urlencode

from .ask import Ask
from .case import Case, Trick, at_home


def _raw(encode: Callable[[str, str], bytes], kind: str = "application/json") -> Trick:
    """The body in other bytes, made of the own and of alice's document."""

    def write(case: Case) -> Ask:
        own, hers = json.dumps(case.own.body or {}), json.dumps(case.hers.body or {})
        headers = {**case.hers.headers, "Content-Type": kind}
        return replace(case.hers, body=None, raw=encode(own, hers), headers=headers)

    return at_home(write)


def _inside(own: str, hers: str) -> bytes:
    return f"{own[:-1]}{', ' if own != '{}' and hers != '{}' else ''}{hers[1:]}".encode()


def _method(method: str, **headers: str) -> Trick:
    def write(case: Case) -> Ask:
        named = {n.replace("_", "-"): v.format(case.hers.method) for n, v in headers.items()}
        return replace(
            case.hers,
            method=method or case.hers.method,
            headers={**case.hers.headers, **named},
        )

    return at_home(write)


BODIES: dict[str, Trick] = {
    "names twice": _raw(_inside),
    "names twice the other way": _raw(lambda own, hers: _inside(hers, own)),
    "UTF-16": _raw(lambda _, hers: hers.encode("utf-16")),
    "byte order mark": _raw(lambda _, hers: hers.encode("utf-8-sig")),
    "in a string": _raw(lambda _, hers: json.dumps(hers).encode()),
    "in a list": _raw(lambda _, hers: f"[{hers}]".encode()),
    "two documents": _raw(lambda own, hers: f"{own}\n{hers}".encode()),
    "as text": _raw(lambda _, hers: hers.encode(), "text/plain"),
    "as a form": _raw(
        lambda _, hers: urlencode(json.loads(hers)).encode(), "application/x-www-form-urlencoded"
    ),
    "escaped names": _raw(lambda _, hers: hers.replace("_id", "_\\u0069d").encode()),
}
METHODS: dict[str, Trick] = {
    "HEAD": _method("HEAD"),
    "OPTIONS": _method("OPTIONS"),
    "small letters": lambda case: replace(
        at_home(lambda one: one.hers)(case), method=case.hers.method.lower()
    ),
    "GET for another": _method("GET", X_HTTP_Method_Override="{}", X_HTTP_Method="{}"),
    "POST for another": _method("POST", X_HTTP_Method_Override="{}", X_Method_Override="{}"),
    "another for POST": _method("", X_HTTP_Method_Override="POST"),
    "another for DELETE": _method("", X_HTTP_Method_Override="DELETE"),
    "PUT": _method("PUT"),
    "TRACE": _method("TRACE"),
}
