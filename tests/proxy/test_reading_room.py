"""What goes to the reading room and what comes back, over the wire, also when it is in trouble."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any, get_args

import pytest

from processes import SECRET, free_port
from recording import Recorder, Said
from uac_api.concurrency import ConcurrencyLimit
from uac_api.errors import BadRequest, BadUpstream, InvalidQuery, StudioError, Unavailable
from uac_api.mlflow.reading import (
    ColumnsQuestion,
    CurvesQuestion,
    ListKind,
    ListPage,
    ListQuestion,
    Reading,
    Rows,
    RunsQuestion,
)
from uac_api.mlflow.upstream import Upstream

ROOM = "/mlstudio/reading"
WORKSPACES = ("fraud", "risk")


def whole(ask: Callable[[ExitStack], Rows]) -> bytes:
    """Everything of an answer."""
    with ExitStack() as resources:
        return b"".join(ask(resources).body)


def runs(room: Reading) -> bytes:
    question = RunsQuestion(workspaces=WORKSPACES)
    return whole(lambda resources: room.runs(question, resources))


def curves(room: Reading) -> bytes:
    question = CurvesQuestion(workspaces=WORKSPACES, metrics=("loss",))
    return whole(lambda resources: room.curves(question, resources))


def columns(room: Reading) -> dict[str, Any]:
    return room.columns(ColumnsQuestion(workspaces=WORKSPACES))


def page(kind: ListKind) -> Callable[[Reading], object]:
    return lambda room: room.page(kind, ListQuestion(workspaces=WORKSPACES))


ASKS: dict[str, Callable[[Reading], object]] = {
    "runs/query": runs,
    "metrics/curves": curves,
    "runs/columns": columns,
    **{f"lists/{kind}": page(kind) for kind in get_args(ListKind)},
}
TABLES = ("runs/query", "metrics/curves")
every_question = pytest.mark.parametrize("what", ASKS)


@pytest.fixture
def mlflow() -> Iterator[Recorder]:
    """A stand-in for MLflow's process."""
    recorder = Recorder()
    recorder.said = Said(body=b'{"runs": 0, "columns": [], "rows": [], "next": null}')
    recorder.start()
    yield recorder
    recorder.stop()


@pytest.fixture
def upstream(mlflow: Recorder) -> Iterator[Upstream]:
    """The way there."""
    made = Upstream(mlflow.url, SECRET, timeout=1)
    yield made
    made.close()


@pytest.fixture
def room(upstream: Upstream) -> Reading:
    """What asks it."""
    return Reading(upstream)


@every_question
def test_a_question_names_its_workspaces_in_the_body_and_only_reads(
    mlflow: Recorder, room: Reading, what: str
) -> None:
    ASKS[what](room)
    seen = mlflow.last()
    assert (seen.method, seen.target) == ("POST", f"{ROOM}/{what}")
    assert json.loads(seen.body)["workspaces"] == list(WORKSPACES)
    assert seen.headers["X-MLStudio-Reads"] == "1"
    assert seen.headers["X-MLStudio-Upstream"] == SECRET
    assert seen.headers["X-MLFLOW-WORKSPACE"] is None


def test_a_table_comes_with_its_total_and_the_place_to_go_on(
    mlflow: Recorder, room: Reading
) -> None:
    position = [[0, 0.5], 17, "run-1"]
    there = base64.urlsafe_b64encode(json.dumps(position).encode()).decode().rstrip("=")
    headers = {"X-MLStudio-Total": "10000+", "X-MLStudio-Next": there}
    mlflow.said = Said(headers=headers, body=b"rows")
    with ExitStack() as resources:
        rows = room.runs(RunsQuestion(workspaces=WORKSPACES), resources)
        assert (rows.total, rows.further) == ("10000+", position)
        assert b"".join(rows.body) == b"rows"
        room.runs(RunsQuestion(workspaces=WORKSPACES, after=rows.further), resources)
    assert json.loads(mlflow.last().body)["after"] == position


@pytest.mark.parametrize(
    ("status", "document", "told"),
    [
        (400, {"reason": "limit", "message": "At most 10,000."}, (400, "limit")),
        (504, {"reason": "too_slow", "message": "Narrow it."}, (504, "too_slow")),
        (
            503,
            {"reason": "database", "message": "MLflow's database is away."},
            (503, "mlflow_unavailable"),
        ),
        (429, {"message": "Too many."}, (429, "too_many_calls")),
        (404, {}, (502, "reading_missing")),
        (400, {}, (502, "mlflow_bad_answer")),
        (500, {"message": "secret-detail"}, (502, "mlflow_bad_answer")),
        (302, {}, (502, "mlflow_bad_answer")),
    ],
)
@every_question
def test_an_error_of_the_room_is_told_in_its_words(
    mlflow: Recorder,
    room: Reading,
    what: str,
    status: int,
    document: dict[str, Any],
    told: tuple[int, str],
) -> None:
    mlflow.said = Said(status=status, body=json.dumps(document).encode())
    with pytest.raises(StudioError) as refused:
        ASKS[what](room)
    assert (refused.value.status, refused.value.reason) == told
    assert "secret-detail" not in refused.value.message
    if told[0] != 502:
        assert refused.value.message == document["message"]


@every_question
def test_a_mistake_keeps_its_place_and_the_nearest_name(
    mlflow: Recorder, room: Reading, what: str
) -> None:
    facts = {"position": 0, "found": "acuracy", "expected": "a metric", "near": "accuracy"}
    document = {"reason": "filter", "message": "There is 'accuracy'.", **facts, "detail": "x"}
    mlflow.said = Said(status=400, body=json.dumps(document).encode())
    with pytest.raises(InvalidQuery) as refused:
        ASKS[what](room)
    assert refused.value.facts == facts
    body = json.loads(refused.value.body("an-id"))
    assert (body["near"], body["request_id"], body["reason"]) == ("accuracy", "an-id", "filter")


@every_question
@pytest.mark.parametrize("nonsense", [b"<h1>hello</h1>", b"[]", b'{"columns": 1, "rows": {}}'])
def test_nonsense_about_columns_or_lists_or_in_place_of_an_error_is_502(
    mlflow: Recorder, room: Reading, what: str, nonsense: bytes
) -> None:
    mlflow.said = Said(status=500 if what in TABLES else 200, body=nonsense)
    with pytest.raises(BadUpstream):
        ASKS[what](room)


def test_a_position_that_is_none_is_502(mlflow: Recorder, room: Reading) -> None:
    for text in ("%%%", "AAAA", "x"):
        mlflow.said = Said(headers={"X-MLStudio-Next": text})
        with pytest.raises(BadUpstream):
            ASKS["runs/query"](room)


@every_question
def test_a_room_that_nobody_reaches_is_503(what: str) -> None:
    away = Reading(Upstream(f"http://127.0.0.1:{free_port()}", SECRET, timeout=1))
    with pytest.raises(Unavailable):
        ASKS[what](away)


@every_question
def test_an_answer_that_breaks_off_is_never_taken_for_a_whole_one(
    mlflow: Recorder, room: Reading, what: str
) -> None:
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    mlflow.said = Said(raw=head + b"3\r\nrow\r\n")
    with pytest.raises(StudioError):
        ASKS[what](room)


def test_an_answer_that_nobody_reads_to_its_end_leaves_no_connection(
    mlflow: Recorder, room: Reading, upstream: Upstream
) -> None:
    mlflow.said = Said(body=b"x" * 1024 * 1024)
    with ExitStack() as resources:
        rows = room.runs(RunsQuestion(workspaces=WORKSPACES), resources)
        assert next(rows.body)
    assert not upstream._resting
    assert mlflow.is_left_alone(within=5)


@pytest.mark.parametrize(
    "text", ["x" * 70_000, f"metrics.a IN ({'1,' * 2000}1)"], ids=["", "words"]
)
def test_a_filter_that_takes_long_to_read_is_not_sent(
    mlflow: Recorder, room: Reading, text: str
) -> None:
    with pytest.raises(BadRequest) as refused:
        room.columns(ColumnsQuestion(workspaces=WORKSPACES, filter=text))
    assert refused.value.reason == "filter_too_large"
    assert mlflow.seen == []
    room.columns(ColumnsQuestion(workspaces=WORKSPACES, filter=f"metrics.a IN ({'1,' * 1990}1)"))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (Said(body=b'{"revision": "abc", "tested": true}'), ""),
        (Said(body=b'{"revision": "abc", "tested": false}'), "reading_schema"),
        (Said(body=b"{}"), "mlflow_bad_answer"),
        (Said(status=404), "reading_missing"),
    ],
)
def test_a_schema_that_was_not_tested_is_named(
    mlflow: Recorder, room: Reading, said: Said, reason: str
) -> None:
    mlflow.said = said
    if not reason:
        room.check_schema()
    else:
        with pytest.raises(BadUpstream) as warned:
            room.check_schema()
        assert warned.value.reason == reason
        assert (reason == "reading_schema") == ("abc" in warned.value.message)
    assert (mlflow.last().method, mlflow.last().target) == ("GET", ROOM)


def test_a_page_of_a_list_comes_with_the_place_to_go_on(mlflow: Recorder, room: Reading) -> None:
    mlflow.said = Said(body=b'{"rows": [{"name": "fox"}], "next": [17, "fraud", "fox"]}')
    found = room.page("models", ListQuestion(workspaces=WORKSPACES, query="o", limit=1))
    assert found == ListPage([{"name": "fox"}], [17, "fraud", "fox"])
    room.page("models", ListQuestion(workspaces=WORKSPACES, after=found.further))
    assert json.loads(mlflow.last().body) == {
        "workspaces": list(WORKSPACES),
        "query": "",
        "filter": "",
        "order": "created",
        "limit": 100,
        "after": [17, "fraud", "fox"],
    }


@pytest.mark.parametrize("kind", get_args(ListKind))
def test_a_filter_that_mlflows_parser_takes_long_to_read_is_not_sent(
    mlflow: Recorder, room: Reading, kind: ListKind
) -> None:
    many = " AND ".join(["tags.a = 'b'"] * 61)
    question = ListQuestion(workspaces=WORKSPACES, filter=many)
    if kind == "runs":
        # The grammar of the room has its own limit.
        room.page(kind, question)
        return
    with pytest.raises(BadRequest) as refused:
        room.page(kind, question)
    assert refused.value.reason == "filter_too_large"
    assert mlflow.seen == []


def test_no_more_lists_than_their_limit_are_under_way(upstream: Upstream) -> None:
    limit = ConcurrencyLimit(1, queue=0, seconds=0.1, refusal=lambda: Unavailable("Busy."))
    room = Reading(upstream, limit)
    with limit.hold():
        with pytest.raises(Unavailable):
            ASKS["lists/runs"](room)
        ASKS["runs/columns"](room)
    ASKS["lists/runs"](room)
