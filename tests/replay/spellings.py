"""Other ways to write one request, as data: every trick is a function of what is asked.

A trick gets the request for alice's things, the same request for the caller's own, and the slugs
of both projects. What it gives is sent as it is.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

from uac_api.proxy.request.fields import spellings

from .ask import Ask
from .bodies import BODIES, METHODS
from .case import Case, Trick, at_home

WORKSPACE = "X-MLFLOW-WORKSPACE"
JSON = {"Content-Type": "application/json"}


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
    return f"/{percent}{ord(path[1]):02x}{path[2:]}" if path[1:] else path


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


def _query_in_body(case: Case) -> Ask:
    body = dict(case.hers.query) or {"x": "y"}
    return replace(case.hers, query=(), body={**body, **(case.hers.body or {})})


FIELDS: dict[str, Trick] = {
    "plain": at_home(lambda case: case.hers),
    "camelCase": at_home(lambda case: _renamed(case.hers, _camel)),
    "camelCase beside": at_home(lambda case: _both(case.own, _renamed(case.hers, _camel))),
    "beside camelCase": at_home(lambda case: _both(_renamed(case.own, _camel), case.hers)),
    "run_uuid": at_home(lambda case: _renamed(case.hers, _uuid)),
    "run_uuid beside": at_home(lambda case: _both(case.own, _renamed(case.hers, _uuid))),
    "beside run_uuid": at_home(lambda case: _both(_renamed(case.own, _uuid), case.hers)),
    "twice": at_home(lambda case: _both(case.own, case.hers)),
    "twice the other way": at_home(lambda case: _both(case.hers, case.own)),
    "body in the query": at_home(
        lambda case: replace(case.hers, query=_pairs(case.hers), body=None)
    ),
    "body also in the query": at_home(lambda case: replace(case.own, query=_pairs(case.hers))),
    "query in the body": at_home(_query_in_body),
    "query also in the body": at_home(
        lambda case: replace(_query_in_body(case), query=case.own.query)
    ),
}


KINDS: dict[str, dict[str, Trick]] = {
    "projects": PROJECTS,
    "paths": PATHS,
    "fields": FIELDS,
    "bodies": BODIES,
    "methods": METHODS,
}
