"""Other ways to write one request, as data: every trick is a function of what is asked.

A trick gets the request for alice's things, the same request for the caller's own, and the slugs
of both projects. What it gives is sent as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from uac_api.proxy.fields import spellings

from .ask import Ask

WORKSPACE = "X-MLFLOW-WORKSPACE"
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Case:
    """What a trick works on."""

    hers: Ask
    own: Ask
    her_slug: str
    own_slug: str

    @property
    def here(self) -> str:
        """The address of the caller's own project."""
        return f"/projects/{self.own_slug}"

    @property
    def there(self) -> str:
        """The address of alice's project."""
        return f"/projects/{self.her_slug}"

    def at(self, path: str, **more: Any) -> Ask:
        """Alice's request at another address."""
        return replace(self.hers, path=path, **more)

    def headed(self, path: str, **headers: str) -> Ask:
        """Alice's request at another address, with more headers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.at(path, headers={**self.hers.headers, **named})


Trick = Callable[[Case], Ask]


def _slug(prefix: str, workspace: str) -> Trick:
    """The project told by prefix and header; {own} and {her} stand for the slugs."""

    def write(case: Case) -> Ask:
        slugs = {"own": case.own_slug, "her": case.her_slug, "HER": case.her_slug.upper()}
        return case.headed(
            prefix.format(**slugs) + case.hers.path, **{WORKSPACE: workspace.format(**slugs)}
        )

    return write


def _path(change: Callable[[str], str]) -> Trick:
    """The path spelled in another way, within the caller's own project."""
    return lambda case: case.at(case.here + change(case.hers.path))


def _twin(path: str) -> str:
    if path.startswith("/ajax-api/"):
        return path.replace("/ajax-api/", "/api/", 1)
    return path.replace("/api/", "/ajax-api/", 1) if path.startswith("/api/") else "/api" + path


def _letter(path: str, percent: str = "%") -> str:
    return f"/{percent}{ord(path[1:2] or 'x'):02x}{path[2:]}"


def _joined(path: str) -> str:
    head, _, last = path.rpartition("/")
    return f"{head}%2f{last}"


def _up_and_down(path: str) -> str:
    first, _, rest = path[1:].partition("/")
    return f"/{first}/{rest.partition('/')[0]}/../{rest}"


PROJECTS: dict[str, Trick] = {
    "prefix": _slug("/projects/{own}", "{own}"),
    "header": _slug("", "{own}"),
    "her prefix": _slug("/projects/{her}", "{her}"),
    "her header": _slug("", "{her}"),
    "her slug in capitals": _slug("/projects/{HER}", "{her}"),
    "default by prefix": _slug("/projects/default", "default"),
    "default by header": _slug("", "default"),
    "empty header": _slug("", ""),
    "empty prefix": _slug("/projects/", ""),
    "empty header and prefix": _slug("/projects/{own}", ""),
    "prefix against header": _slug("/projects/{own}", "{her}"),
    "header against prefix": _slug("/projects/{her}", "{own}"),
    "two in one header": _slug("", "{own},{her}"),
    "two prefixes": _slug("/projects/{own}/projects/{her}", "{own}"),
    "up from the prefix": _slug("/projects/{own}/../{her}", "{own}"),
    "encoded up": _slug("/projects/{own}%2f..%2f{her}", "{own}"),
    "up from the api": _slug("/studio/v1/../../projects/{her}", "{own}"),
    "no project": lambda case: case.hers,
    "forwarded prefix": lambda case: case.headed(
        case.hers.path, X_Forwarded_Prefix=case.there, X_Original_URL=case.there + case.hers.path
    ),
}
PATHS: dict[str, Trick] = {
    "ajax twin": _path(_twin),
    "doubled slash": _path(lambda path: "/" + path),
    "doubled inside": _path(
        lambda path: "/".join(path.rsplit("/", 1)).replace("/mlflow", "//mlflow")
    ),
    "dot": _path(lambda path: "/." + path),
    "encoded letter": _path(_letter),
    "encoded twice": _path(lambda path: _letter(path, "%25")),
    "encoded slash": _path(_joined),
    "slash at the end": _path(lambda path: path + "/"),
    "capitals": _path(str.upper),
    "capital at the end": _path(lambda path: path[:-1] + path[-1].swapcase()),
    "parameter": _path(lambda path: path + ";x=1"),
    "up and down": _path(_up_and_down),
    "other version": _path(
        lambda path: path.replace("2.0", "3.0") if "2.0" in path else path.replace("3.0", "2.0")
    ),
    "through another version": _path(
        lambda path: path.replace("/2.0", "/3.0/../2.0").replace("/3.0/ml", "/2.0/../3.0/ml")
    ),
    "null at the end": _path(lambda path: path + "%00"),
    "line break at the end": _path(lambda path: path + "%0d%0a"),
    "backslash": _path(lambda path: path.replace("/mlflow/", "/mlflow%5c")),
    "fragment": _path(lambda path: path + "%23"),
    "wide letters": _path(lambda path: path.replace("mlflow", "mlfl%ef%bd%8fw")),
}


def _camel(name: str) -> str:
    return spellings(name)[-1]


def _renamed(ask: Ask, rename: Callable[[str], str]) -> Ask:
    body = {rename(name): value for name, value in ask.body.items()} if ask.body else ask.body
    return replace(ask, query=tuple((rename(n), v) for n, v in ask.query), body=body)


def _uuid(name: str) -> str:
    return {"run_id": "run_uuid", "run_uuid": "run_id"}.get(name, name)


def _both(one: Ask, other: Ask) -> Ask:
    """Both requests in one: fields of the same name in the body are the other's."""
    body = {**(one.body or {}), **(other.body or {})} or None
    return replace(other, query=(*one.query, *other.query), body=body)


def _pairs(ask: Ask) -> tuple[tuple[str, str], ...]:
    listed = [(n, v if isinstance(v, list) else [v]) for n, v in (ask.body or {}).items()]
    return tuple(
        (name, one if isinstance(one, str) else json.dumps(one)) for name, v in listed for one in v
    )


def _named(write: Callable[[Case], Ask]) -> Trick:
    """A trick with fields, within the caller's own project."""

    def at_home(case: Case) -> Ask:
        ask = write(case)
        return replace(ask, path=case.here + ask.path)

    return at_home


def _query_in_body(case: Case) -> Ask:
    body = dict(case.hers.query) or {"x": "y"}
    return replace(case.hers, query=(), body={**body, **(case.hers.body or {})})


FIELDS: dict[str, Trick] = {
    "plain": _named(lambda case: case.hers),
    "camelCase": _named(lambda case: _renamed(case.hers, _camel)),
    "camelCase beside": _named(lambda case: _both(case.own, _renamed(case.hers, _camel))),
    "beside camelCase": _named(lambda case: _both(_renamed(case.own, _camel), case.hers)),
    "run_uuid": _named(lambda case: _renamed(case.hers, _uuid)),
    "run_uuid beside": _named(lambda case: _both(case.own, _renamed(case.hers, _uuid))),
    "beside run_uuid": _named(lambda case: _both(_renamed(case.own, _uuid), case.hers)),
    "twice": _named(lambda case: _both(case.own, case.hers)),
    "twice the other way": _named(lambda case: _both(case.hers, case.own)),
    "body in the query": _named(
        lambda case: replace(case.hers, query=_pairs(case.hers), body=None)
    ),
    "body also in the query": _named(lambda case: replace(case.own, query=_pairs(case.hers))),
    "query in the body": _named(_query_in_body),
    "query also in the body": _named(
        lambda case: replace(_query_in_body(case), query=case.own.query)
    ),
}


def _raw(encode: Callable[[str, str], bytes], kind: str = "application/json") -> Trick:
    """The body in other bytes, made of the own and of alice's document."""

    def write(case: Case) -> Ask:
        own, hers = json.dumps(case.own.body or {}), json.dumps(case.hers.body or {})
        headers = {**case.hers.headers, "Content-Type": kind}
        return replace(case.hers, body=None, raw=encode(own, hers), headers=headers)

    return _named(write)


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

    return _named(write)


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
    "small letters": lambda case: replace(FIELDS["plain"](case), method=case.hers.method.lower()),
    "GET for another": _method("GET", X_HTTP_Method_Override="{}", X_HTTP_Method="{}"),
    "POST for another": _method("POST", X_HTTP_Method_Override="{}", X_Method_Override="{}"),
    "another for POST": _method("", X_HTTP_Method_Override="POST"),
    "another for DELETE": _method("", X_HTTP_Method_Override="DELETE"),
    "PUT": _method("PUT"),
    "TRACE": _method("TRACE"),
}
KINDS: dict[str, dict[str, Trick]] = {
    "projects": PROJECTS,
    "paths": PATHS,
    "fields": FIELDS,
    "bodies": BODIES,
    "methods": METHODS,
}
