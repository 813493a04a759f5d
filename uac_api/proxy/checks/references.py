"""Ids named beside the main one must live in the same project.

MLflow's workspaces scope the main id of each request; these do not hold for ids inside it (a
metric's `model_id`, a version's `source`). They are looked up in the call's own project, with one
question per kind of thing where MLflow can answer several.

A hit is remembered where MLflow makes the id at random: such a thing never leaves its project, and
no other project ever has one of that id. Experiments are numbered (SQLite gives the number of one
that was purged to the next one, in whatever project), and a trace has the id that its client gave
it: these are looked up each time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from http import HTTPStatus
from threading import Lock
from urllib.parse import quote

from ...errors import BadRequest, BadUpstream
from ...mlflow.upstream import Upstream
from ..request import fields
from ..request.call import Call
from ..rules import Rule, Thing

REMEMBERED = 20_000
MOST_IDS = 100
# Whose ids can come up again, in another project.
REUSED = (Thing.EXPERIMENT, Thing.TRACE)
LOOKUP = {
    Thing.MODEL: "/api/2.0/mlflow/logged-models/{}",
    Thing.RUN: "/api/2.0/mlflow/runs/get?run_id={}",
    Thing.DATASET: "/api/3.0/mlflow/datasets/{}",
    Thing.ISSUE: "/api/3.0/mlflow/issues/{}",
    Thing.ENDPOINT: "/api/3.0/mlflow/gateway/endpoints/get?endpoint_id={}",
}
TRACE_LOOKUP = "/api/3.0/mlflow/traces/batchGetInfos"
EXPERIMENT_LOOKUP = "/api/2.0/mlflow/experiments/search"


class References:
    """Looks up ids in a project, and remembers those it found there."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str, str], None] = OrderedDict()
        self._lock = Lock()

    def check(
        self,
        upstream: Upstream,
        call: Call,
        rule: Rule,
        slug: str,
        named: Iterable[tuple[Thing, str]],
    ) -> None:
        """Raise BadRequest unless all that the call names is in the project.

        `named` are ids that a check found besides those of the rule's `names`.
        """
        wanted: dict[Thing, set[str]] = {}
        for ref in rule.names:
            wanted.setdefault(ref.thing, set()).update(fields.texts(call, ref.field))
        for thing, one in named:
            wanted.setdefault(thing, set()).add(one)
        for thing, ids in wanted.items():
            if ids:
                self._require(upstream, slug, thing, ids)

    def _require(self, upstream: Upstream, slug: str, thing: Thing, ids: set[str]) -> None:
        if len(ids) > MOST_IDS:
            raise BadRequest(f"Name at most {MOST_IDS} different ids in one request.")
        unknown = [one for one in sorted(ids) if not self._remembers((slug, thing, one))]
        if not unknown:
            return
        if thing is Thing.TRACE:
            there = traces(upstream, slug, unknown)
        elif thing is Thing.EXPERIMENT:
            there = _experiments(upstream, slug, unknown)
        else:
            there = {one for one in unknown if _is_there(upstream, slug, thing, one)}
        for one in unknown:
            if one not in there:
                raise BadRequest(
                    f"There is no {thing} '{one[:200]}' in project '{slug}'. "
                    "Name one of this project.",
                    reason="foreign_reference",
                )
            if thing not in REUSED:
                self._remember((slug, thing, one))

    def _remembers(self, key: tuple[str, str, str]) -> bool:
        with self._lock:
            if key not in self._seen:
                return False
            self._seen.move_to_end(key)
            return True

    def _remember(self, key: tuple[str, str, str]) -> None:
        with self._lock:
            self._seen[key] = None
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)


def traces(upstream: Upstream, slug: str, ids: list[str]) -> set[str]:
    """Those of the ids that are traces of the project; raises what Upstream raises."""
    body = {"trace_ids": ids}
    status, document = upstream.ask("POST", TRACE_LOOKUP, workspace=slug, body=body)
    require_said(status)
    found = document.get("trace_infos", []) if status == 200 else []
    return {str(info.get("trace_id")) for info in found}


def _experiments(upstream: Upstream, slug: str, ids: list[str]) -> set[str]:
    # Only decimal digits: the ids go into a filter.
    listed = ", ".join(f"'{one}'" for one in ids if one.isascii() and one.isdecimal())
    if not listed:
        return set()
    body = {"filter": f"experiment_id IN ({listed})", "max_results": 1000, "view_type": "ALL"}
    status, document = upstream.ask("POST", EXPERIMENT_LOOKUP, workspace=slug, body=body)
    require_said(status)
    found = document.get("experiments", []) if status == 200 else []
    return {str(one.get("experiment_id")) for one in found}


def _is_there(upstream: Upstream, slug: str, thing: Thing, one: str) -> bool:
    target = LOOKUP[thing].format(quote(one, safe=""))
    status, _ = upstream.fetch("GET", target, workspace=slug)
    require_said(status)
    return status == HTTPStatus.OK


def require_said(status: int) -> None:
    """Raise BadUpstream where MLflow failed, which does not say that it has found nothing."""
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise BadUpstream(
            "MLflow failed to say whether what the request names is in this project, so nothing "
            "was done. Try again in a moment."
        )
