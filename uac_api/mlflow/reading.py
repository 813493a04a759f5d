"""The reading room: our own read-only queries on MLflow's database (mlflow_server/reading/).

Whoever asks has decided which workspaces may be read and names them; the room filters by them in
every statement. Its tables go on as they come: nothing here holds a whole one. Columns and pages of
lists are small, and read at once.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from http import HTTPStatus
from typing import Any, Literal

from ..concurrency import ConcurrencyLimit
from ..errors import BadUpstream, InvalidQuery, StudioError, TooMany, TooSlow, Unavailable
from . import filters
from .upstream import Answer, Upstream

ROOM = "/mlstudio/reading"
TOTAL_HEADER = "x-mlstudio-total"
NEXT_HEADER = "x-mlstudio-next"
SCHEMA_SECONDS = 3.0
# What an error of the room may say besides its sentence and its reason.
FACTS = ("position", "found", "expected", "near")
AGAIN = "Try again in a moment."
# So many workspaces one question may name, and what is named for who may read none: no project has
# this name.
MOST_WORKSPACES = 1000
NOBODYS = ("~",)

ListKind = Literal["experiments", "runs", "models", "traces"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which runs: None is every one of the workspaces, an empty tuple is none."""

    workspaces: tuple[str, ...]
    experiments: tuple[str, ...] | None = None
    runs: tuple[str, ...] | None = None
    filter: str = ""
    view: str = "active"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsQuestion(Selection):
    """A table of runs, or of groups of them; `after` is the `further` of an earlier answer."""

    order: tuple[dict[str, Any], ...] = ()
    columns: tuple[str, ...] | None = None
    limit: int = 100
    after: Any = None
    all: bool = False
    group_by: tuple[str, ...] | None = None
    metrics: tuple[str, ...] = ()
    baseline: str | None = None
    format: str = "arrow"


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnsQuestion(Selection):
    """What the runs have; of more than `exact_up_to` a sample tells."""

    exact_up_to: int = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvesQuestion(Selection):
    """Histories of metrics, in at most `points` buckets of an x axis."""

    metrics: tuple[str, ...]
    x: str = "step"
    range: tuple[float, float] | None = None
    points: int = 1000
    group_by: tuple[str, ...] | None = None
    models: tuple[str, ...] | None = None
    format: str = "arrow"


@dataclass(frozen=True, slots=True, kw_only=True)
class ListQuestion:
    """A page of a list, newest first; `after` is the `further` of an earlier page.

    `query` is a part of the name, `order` "created" or, for experiments and models, "updated".
    """

    workspaces: tuple[str, ...]
    query: str = ""
    filter: str = ""
    order: str = "created"
    limit: int = 100
    after: Any = None


@dataclass(frozen=True, slots=True)
class ListPage:
    """Rows of a list; `further` is where the next page begins, None at the end."""

    rows: list[dict[str, Any]]
    further: Any


@dataclass(frozen=True, slots=True)
class Rows:
    """An answer under way: `total` is a number, with a plus sign where there are more.

    `further` is where the next page begins, None at the end.
    """

    body: Iterator[bytes]
    total: str
    further: Any


class Reading:
    """Asks the reading room; `lists` bounds the pages of lists that are under way.

    Raises InvalidQuery for a question that it does not take, TooSlow for one that the database had
    to end, TooMany, Unavailable and BadUpstream.
    """

    def __init__(self, upstream: Upstream, lists: ConcurrencyLimit | None = None) -> None:
        self._upstream = upstream
        self._lists = upstream.within(lists)

    def runs(self, question: RunsQuestion, resources: ExitStack) -> Rows:
        """The rows of runs or groups; `resources` owns the answer until it was read."""
        return self._rows("runs/query", question, resources)

    def curves(self, question: CurvesQuestion, resources: ExitStack) -> Rows:
        """The points of curves; `resources` owns the answer until it was read."""
        return self._rows("metrics/curves", question, resources)

    def columns(self, question: ColumnsQuestion) -> dict[str, Any]:
        """`runs`, `sampled`, `looked_at`, and `columns`: which ones the runs have."""
        with ExitStack() as resources:
            content = self._ask(self._upstream, "runs/columns", question, resources).body.read()
        document = _document(content)
        if not isinstance(document.get("columns"), list):
            raise BadUpstream(f"MLflow did not say which columns there are. {AGAIN}")
        return document

    def page(self, kind: ListKind, question: ListQuestion) -> ListPage:
        """A page of a list over workspaces."""
        if kind != "runs":
            # MLflow's own parser reads it there, which takes its time.
            filters.check(question.filter)
        with ExitStack() as resources:
            content = self._ask(self._lists, f"lists/{kind}", question, resources).body.read()
        document = _document(content)
        rows = document.get("rows")
        if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
            raise BadUpstream(f"MLflow's list is not one. {AGAIN}")
        return ListPage(rows, document.get("next"))

    def check_schema(self) -> None:
        """Raise BadUpstream unless MLflow's database has a schema that the room was tested on."""
        status, document = self._upstream.ask(
            "GET",
            ROOM,
            workspace=None,
            timeout=SCHEMA_SECONDS,
            probe=True,
        )
        if status != HTTPStatus.OK or "tested" not in document:
            raise _unknown(status)
        if not document["tested"]:
            raise BadUpstream(
                f"The schema of MLflow's database is at revision {document.get('revision')}; the "
                "reading room was tested on others. What it reads may be wrong or missing. Install "
                "the mlflow that requirements.txt pins.",
                reason="reading_schema",
            )

    def _rows(self, what: str, question: Selection, resources: ExitStack) -> Rows:
        answer = self._ask(self._upstream, what, question, resources)
        return Rows(
            iter(answer.body),
            answer.headers.get(TOTAL_HEADER, ""),
            _position(answer.headers.get(NEXT_HEADER, "")),
        )

    @staticmethod
    def _ask(
        upstream: Upstream, what: str, question: Selection | ListQuestion, resources: ExitStack
    ) -> Answer:
        # The room reads the filter itself, and says where a mistake is.
        filters.check_size(question.filter)
        answer = upstream.send(
            "POST",
            f"{ROOM}/{what}",
            resources=resources,
            workspace=None,
            headers={"Content-Type": "application/json"},
            body=json.dumps(asdict(question)).encode(),
            reads=True,
        )
        if answer.status == HTTPStatus.OK:
            return answer
        raise _refusal(answer.status, _document(answer.body.read()))


def _position(text: str) -> Any:
    if not text:
        return None
    try:
        return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except ValueError:
        raise BadUpstream(f"MLflow did not say where its answer goes on. {AGAIN}") from None


def _document(content: bytes) -> dict[str, Any]:
    try:
        document = json.loads(content)
    except ValueError:
        return {}
    return document if isinstance(document, dict) else {}


def _refusal(status: int, document: dict[str, Any]) -> StudioError:
    said, reason = str(document.get("message", "")), str(document.get("reason", ""))
    match status:
        case HTTPStatus.BAD_REQUEST if said:
            facts = {name: document[name] for name in FACTS if document.get(name) is not None}
            return InvalidQuery(said, reason=reason or "invalid", facts=facts)
        case HTTPStatus.GATEWAY_TIMEOUT:
            return TooSlow(
                said or "This took too long in MLflow's database. Narrow it.",
                reason=reason or "too_slow",
            )
        case HTTPStatus.TOO_MANY_REQUESTS:
            return TooMany(said or f"MLflow reads too much just now. {AGAIN}")
        case HTTPStatus.SERVICE_UNAVAILABLE:
            return Unavailable(said or f"MLflow's database does not answer. {AGAIN}")
    return _unknown(status)


def _unknown(status: int) -> BadUpstream:
    if status == HTTPStatus.NOT_FOUND:
        return BadUpstream(
            "This MLflow has no reading room. Start the one of this version by "
            "mlflow_server.start.",
            reason="reading_missing",
        )
    return BadUpstream(f"MLflow would not read this. {AGAIN}")
