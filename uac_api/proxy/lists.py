"""Lists over several projects: MLflow is asked for each, several at a time."""

from __future__ import annotations

import base64
import json
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Executor
from contextvars import copy_context
from typing import Any, TypeVar
from urllib.parse import urlencode

import structlog

from ..concurrency import ConcurrencyLimit
from ..errors import BadRequest, BadUpstream, TooSlow
from . import listing
from .experiment_ids import ExperimentIds
from .kinds import EXPERIMENTS_PATH, KINDS, Kind, Order, field_of, milliseconds
from .listing import Found, Key, Stream, Unsettled
from .upstream import Upstream

_log = structlog.get_logger("uac.lists")
T = TypeVar("T")

# How many projects one page asks at a time, and how long.
PARALLEL = 8
CALL_SECONDS = 10.0
PAGE_SECONDS = 30.0


class Lists:
    """Pages of what MLflow holds in several projects; `threads` ask it.

    `limit` bounds the pages, and their number and that of the threads the calls of all.
    """

    def __init__(self, upstream: Upstream, threads: Executor, limit: ConcurrencyLimit) -> None:
        self._upstream = upstream
        self._threads = threads
        self._limit = limit
        self._experiment_ids = ExperimentIds()

    def page(
        self,
        what: str,
        projects: Iterable[str],
        *,
        query: str,
        condition: str,
        order: str,
        limit: int,
        after: Sequence[Any] | None,
    ) -> tuple[list[dict[str, Any]], Key | None]:
        """Up to `limit` rows newest first, each with its `project`, and where to go on.

        `query` is a part of the name, `condition` a text in MLflow's filter language; raises
        BadRequest for one that MLflow does not take, Unavailable when too many pages are under way.
        """
        kind = KINDS[what]
        conditions = [f"{kind.name} ILIKE {_quoted(query)}"] if query else []
        conditions += [condition] if condition.strip() else []
        reading = _Reading(
            self._upstream,
            self._experiment_ids,
            kind,
            kind.orders[order],
            conditions,
        )
        sources = listing.streams(
            sorted(set(projects)),
            limit,
            (int(after[0]), str(after[1]), str(after[2])) if after else None,
            bounded=bool(kind.orders[order].bound),
            most=kind.most,
        )
        try:
            with self._limit.hold():
                return listing.page(sources, limit, lambda short: self._each(reading.read, short))
        except Unsettled:
            raise BadUpstream(
                "The list changes faster than it can be read. Try again in a moment."
            ) from None

    def _each(self, work: Callable[[T], None], items: Sequence[T]) -> None:
        """Do the work for each item, in this thread and in others that are free."""
        todo = deque(items)

        def share() -> None:
            while todo:
                try:
                    item = todo.popleft()
                except IndexError:  # another thread was faster
                    return
                try:
                    work(item)
                except BaseException:
                    todo.clear()
                    raise

        # Each thread waits for MLflow in the name of this request.
        others = [
            self._threads.submit(copy_context().run, share)
            for _ in range(min(PARALLEL, len(items)) - 1)
        ]
        share()
        for other in others:
            if not other.cancel():
                other.result()


class _Reading:
    """One page in the making: the same question to each project, against one clock."""

    def __init__(
        self,
        upstream: Upstream,
        experiment_ids: ExperimentIds,
        kind: Kind,
        order: Order,
        conditions: list[str],
    ) -> None:
        self._upstream = upstream
        self._experiment_ids = experiment_ids
        self._kind = kind
        self._order = order
        self._conditions = conditions
        self._until = time.monotonic() + PAGE_SECONDS

    def read(self, stream: Stream) -> None:
        """Ask the stream's question, and let it take the answer."""
        asked = stream.question
        bound = [] if asked.until is None else [f"{self._order.bound} <= {asked.until}"]
        fields: dict[str, Any] = {
            "max_results": asked.size,
            "order_by": [f"{self._order.clause} DESC"],
            # Ours comes first: a filter may end in a comment.
            "filter": " AND ".join(bound + self._conditions),
        }
        if asked.skip:
            fields["page_token"] = _offset(asked.skip)
        if self._kind.inside is not None:
            ids = self._experiments_of(stream.project)
            if not ids:
                return stream.take([], more=False)
            fields |= self._kind.inside(ids)
        method = "GET" if self._kind.inside is None else "POST"
        document = self._ask(stream.project, method, self._kind.path, fields)
        more = bool(document.get("next_page_token"))
        return stream.take([self._found(row) for row in _rows(document, self._kind.rows)], more)

    def _found(self, row: dict[str, Any]) -> Found:
        return Found(
            str(field_of(row, self._kind.identity)),
            milliseconds(field_of(row, self._order.moment)),
            milliseconds(field_of(row, self._order.sorted_by)),
            row,
        )

    def _experiments_of(self, project: str) -> list[str]:
        def changed(since: int) -> list[dict[str, Any]]:
            fields = {
                "max_results": KINDS["experiments"].most,
                "view_type": "ALL",
                "filter": f"last_update_time >= {since}" if since else "",
            }
            found: list[dict[str, Any]] = []
            while True:
                document = self._ask(project, "GET", EXPERIMENTS_PATH, fields)
                found += _rows(document, "experiments")
                if not document.get("next_page_token"):
                    return found
                fields["page_token"] = document["next_page_token"]

        return self._experiment_ids.of(project, changed)

    def _ask(self, project: str, method: str, path: str, fields: dict[str, Any]) -> dict[str, Any]:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TooSlow("MLflow did not answer in time. Ask for fewer projects at once.")
        status, document = self._upstream.ask(
            method,
            path if method == "POST" else f"{path}?{urlencode(fields, doseq=True)}",
            workspace=project,
            body=fields if method == "POST" else None,
            timeout=min(CALL_SECONDS, left),
        )
        if status == 200:
            return document
        if status == 404:
            # MLflow has lost this project. That must not take the lists of all others away.
            _log.error("project_unknown_to_mlflow", project=project)
            return {}
        if status == 400 and self._conditions and path == self._kind.path:
            raise BadRequest(
                f"MLflow does not take this filter: {document.get('message', '')}", reason="filter"
            )
        raise BadUpstream("MLflow would not list the project. Try again in a moment.")


def _rows(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    rows = document.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise BadUpstream("MLflow's list is not one. Try again in a moment.")
    return rows


def _offset(skip: int) -> str:
    """MLflow's page token for the place after `skip` rows: the only place that knows its form."""
    return base64.b64encode(json.dumps({"offset": skip}).encode()).decode()


def _quoted(query: str) -> str:
    """`query` as a LIKE literal of MLflow's filter language, which knows no escapes."""
    if "'" in query and '"' in query:
        raise BadRequest("Search for a text with one kind of quotation mark only.")
    mark = '"' if "'" in query else "'"
    return f"{mark}%{query}%{mark}"
