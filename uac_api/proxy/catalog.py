"""What the people's door needs of MLflow: opening projects, and lists over several of them."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import structlog

from ..errors import AlreadyExists, BadRequest, BadUpstream
from .upstream import Upstream

_log = structlog.get_logger("uac.catalog")

PROBE_SECONDS = 3.0
OPEN_SECONDS = 10.0
WORKSPACES = "/api/3.0/mlflow/workspaces"
EXPERIMENTS = "/api/2.0/mlflow/experiments/search"
MODELS = "/api/2.0/mlflow/registered-models/search"


@dataclass(slots=True)
class Source:
    """How far one project's list has been read: MLflow's token for the page, and what is used."""

    slug: str
    page_token: str = ""
    used: int = 0
    rows: list[dict[str, Any]] = field(default_factory=list)
    next_token: str = ""
    loaded: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of list: where MLflow keeps it and which field orders it, newest first."""

    path: str
    rows: str
    moment: str
    identity: str


EXPERIMENT_LIST = Kind(EXPERIMENTS, "experiments", "last_update_time", "experiment_id")
MODEL_LIST = Kind(MODELS, "registered_models", "last_updated_timestamp", "name")

# Where a list goes on: the page size, and for each unfinished project (slug, token, used).
Position = tuple[int, list[tuple[str, str, int]]]


class Catalog:
    """MLflow as the REST for people sees it."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def ping(self) -> None:
        """Raise Unavailable, TooSlow or BadUpstream unless MLflow answers us behind its gate."""
        target = "/api/3.0/mlflow/server-info"
        answer = self._upstream.send("GET", target, workspace=None, timeout=PROBE_SECONDS)
        content = answer.body.read()
        if answer.status != 200 or b'"workspaces_enabled":true' not in content.replace(b" ", b""):
            raise BadUpstream(
                "MLflow answers, but not as ours. Start it by mlflow_server.start.",
                reason="mlflow_unfit",
            )

    def open_project(self, slug: str) -> None:
        """Make MLflow's side of a new project; raises AlreadyExists if it holds something.

        An empty one is taken over: it is what a creation leaves that was cut off half way.
        """
        status, document = self._upstream.ask(
            "POST",
            WORKSPACES,
            workspace=None,
            body={"name": slug, "description": "A project of ML Studio"},
            timeout=OPEN_SECONDS,
        )
        if status in (200, 201):
            return
        if document.get("error_code") != "RESOURCE_ALREADY_EXISTS":
            raise BadUpstream("MLflow would not open the project. Try again in a moment.")
        for kind in (EXPERIMENT_LIST, MODEL_LIST):
            if self._page(kind, Source(slug), "", 1):
                raise AlreadyExists(
                    f"MLflow already holds content under '{slug}'. Choose another slug."
                )

    def experiments(
        self, slugs: Iterable[str], query: str, limit: int, position: Position | None
    ) -> tuple[list[dict[str, Any]], Position | None]:
        """Experiments of several projects, latest change first, and where to go on."""
        return self._merged(EXPERIMENT_LIST, slugs, query, limit, position)

    def models(
        self, slugs: Iterable[str], query: str, limit: int, position: Position | None
    ) -> tuple[list[dict[str, Any]], Position | None]:
        """Registered models of several projects, latest change first, and where to go on."""
        return self._merged(MODEL_LIST, slugs, query, limit, position)

    def _merged(
        self,
        kind: Kind,
        slugs: Iterable[str],
        query: str,
        limit: int,
        position: Position | None,
    ) -> tuple[list[dict[str, Any]], Position | None]:
        size = position[0] if position else limit
        allowed = set(slugs)
        # A project that the caller lost meanwhile is left out; one they gained waits for page one.
        sources = (
            [Source(s, token, used) for s, token, used in position[1] if s in allowed]
            if position
            else [Source(slug) for slug in sorted(allowed)]
        )
        streams = [self._rows(kind, source, query, size) for source in sources]
        merged = heapq.merge(*streams, key=lambda row: _order(kind, row))
        found: list[dict[str, Any]] = []
        for row in merged:
            if len(found) == limit:
                break
            source = next(one for one in sources if one.slug == row["project"])
            source.used += 1
            found.append(row)
        else:
            return found, None
        left = [(one.slug, one.page_token, one.used) for one in sources if _unfinished(one)]
        return found, (size, left) if left else None

    def _rows(self, kind: Kind, source: Source, query: str, size: int) -> Iterator[dict[str, Any]]:
        while True:
            source.rows = self._page(kind, source, query, size)
            source.loaded = True
            for row in source.rows[source.used :]:
                yield {**row, "project": source.slug}
            if not source.next_token:
                return
            source.page_token, source.used = source.next_token, 0

    def _page(self, kind: Kind, source: Source, query: str, size: int) -> list[dict[str, Any]]:
        fields = {"max_results": size, "order_by": f"{kind.moment} DESC"}
        if query:
            fields["filter"] = f"name ILIKE {_quoted(query)}"
        if source.page_token:
            fields["page_token"] = source.page_token
        status, document = self._upstream.ask(
            "GET",
            f"{kind.path}?{urlencode(fields)}",
            workspace=source.slug,
            timeout=OPEN_SECONDS,
        )
        if status == 404:
            # MLflow has lost this project. That must not take the lists of all others away.
            _log.error("project_unknown_to_mlflow", project=source.slug)
            source.next_token = ""
            return []
        if status != 200:
            raise BadUpstream("MLflow would not list the project. Try again in a moment.")
        source.next_token = document.get("next_page_token", "")
        rows = document.get(kind.rows, [])
        return rows if isinstance(rows, list) else []


def _order(kind: Kind, row: dict[str, Any]) -> tuple[int, str, str]:
    return -int(row.get(kind.moment, 0)), str(row["project"]), str(row.get(kind.identity, ""))


def _unfinished(source: Source) -> bool:
    return not source.loaded or source.used < len(source.rows) or bool(source.next_token)


def _quoted(query: str) -> str:
    """`query` as a LIKE literal of MLflow's filter language, which knows no escapes."""
    if "'" in query and '"' in query:
        raise BadRequest("Search for a text with one kind of quotation mark only.")
    mark = '"' if "'" in query else "'"
    return f"{mark}%{query}%{mark}"
