"""Questions to the reading room over REST, the formats of its answers, and their pages."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest

from api.conftest import Caller, Studio
from api.reading_room import BODIES, COLUMNS, CURVES, QUERY, a_run, ask, rows
from people import add_member
from uac_api.access.decisions.roles import Role
from uac_api.errors import InvalidQuery

every_operation = pytest.mark.parametrize("path", BODIES)


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize(
    ("form", "media_type"),
    [
        ("arrow", "application/vnd.apache.arrow.stream"),
        ("parquet", "application/vnd.apache.parquet"),
        ("csv", "text/csv"),
        ("json", "application/json"),
    ],
)
def test_a_table_comes_in_the_format_that_the_address_or_the_header_names(
    alice: Caller, form: str, media_type: str
) -> None:
    for path, headers in (
        (f"{QUERY}?format={form}", {"Accept": "text/html"}),
        (QUERY, {"Accept": media_type}),
        (QUERY, {"Accept": f"text/html, {media_type};q=0.9"}),
    ):
        body = {"columns": ["metrics.loss"]}
        reply = alice.studio("POST", path, body, headers=headers)
        assert reply.status == 200
        assert reply.headers["content-type"].partition(";")[0] == media_type
        assert reply.headers["x-total-count"] == "2"
        read = READERS[form](reply.body)
        assert [row["run_id"] for row in read] == ["run-1", "run-2"]
        assert [float(row["metrics.loss"]) for row in read] == [0.5, 0.25]


READERS: dict[str, Callable[[bytes], list[dict[str, Any]]]] = {
    "arrow": lambda body: pa.ipc.open_stream(body).read_all().to_pylist(),
    "parquet": lambda body: parquet.read_table(io.BytesIO(body)).to_pylist(),
    "csv": lambda body: _csv(body.decode()),
    "json": lambda body: json.loads(body)["rows"],
}


def _csv(text: str) -> list[dict[str, Any]]:
    first, *others = text.splitlines()
    return [dict(zip(first.split(","), one.split(","), strict=True)) for one in others]


@pytest.mark.parametrize("headers", [{}, {"Accept": "*/*"}])
def test_who_names_no_format_gets_arrow(
    secret: Studio, alice: Caller, headers: dict[str, str]
) -> None:
    reply = alice.studio("POST", QUERY, {}, headers=headers)
    assert reply.headers["content-type"] == "application/vnd.apache.arrow.stream"
    assert secret.reading.asked


@pytest.mark.parametrize("path", [QUERY, CURVES])
def test_a_format_that_there_is_not_is_refused(alice: Caller, path: str) -> None:
    reply = alice.studio("POST", path, BODIES[path], headers={"Accept": "text/html"})
    assert (reply.status, reply.json["reason"]) == (400, "format")
    assert "application/vnd.apache.parquet" in reply.json["message"]
    reply = alice.studio("POST", f"{path}?format=xlsx", BODIES[path])
    assert (reply.status, reply.json["reason"]) == (400, "invalid_fields")


@pytest.mark.usefixtures("secret")
def test_pages_go_on_by_header_or_in_the_document(alice: Caller) -> None:
    first = alice.studio("POST", QUERY, {"limit": 1})
    token = first.headers["x-next-page-token"]
    assert "run-" not in token
    second = alice.studio("POST", QUERY, {"limit": 1, "page_token": token})
    assert [READERS["arrow"](one.body)[0]["run_id"] for one in (first, second)] == [
        "run-1",
        "run-2",
    ]
    assert "x-next-page-token" not in second.headers
    document = ask(alice, QUERY, limit=1).json
    assert (document["total"], document["total_is_exact"]) == (2, True)
    last = ask(alice, QUERY, limit=1, page_token=document["next_page_token"]).json
    assert ([row["run_id"] for row in last["rows"]], last["next_page_token"]) == (["run-2"], "")


@pytest.mark.parametrize(
    "change",
    [
        {"projects": ["fraud"]},
        {"filter": "metrics.loss < 1"},
        {"order": [{"by": "metrics.loss"}]},
        {"columns": ["metrics.loss"]},
        {"view": "all"},
        {"runs": ["run-1"]},
        {"experiments": ["1"]},
        {"group_by": ["params.lr"]},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_page_token_is_of_one_person_and_one_question(
    secret: Studio, alice: Caller, bob: Caller, change: dict[str, Any]
) -> None:
    token = ask(alice, QUERY, limit=1).json["next_page_token"]
    for reply in (
        ask(bob, QUERY, page_token=token),
        ask(alice, QUERY, page_token=token, **change),
        ask(alice, QUERY, page_token=token[:-4] + "AAAA"),
    ):
        assert (reply.status, reply.json["reason"]) == (400, "page_token")
    listed = alice.studio("GET", f"/runs?page_token={token}")
    assert (listed.status, listed.json["reason"]) == (400, "page_token")
    # Another size of the page is the same question.
    assert ask(alice, QUERY, limit=2, page_token=token).status == 200
    assert len(secret.reading.asked) == 2


def test_a_page_token_gives_no_project_that_was_lost_meanwhile(
    secret: Studio, alice: Caller, mallory: Caller
) -> None:
    add_member(secret.database, "secret", "alice", Role.VIEWER)
    first = ask(alice, QUERY, limit=2)
    assert first.json["total"] == 3
    mallory.studio("DELETE", "/projects/secret/members/alice")
    second = ask(alice, QUERY, limit=2, page_token=first.json["next_page_token"])
    assert (second.json["total"], second.json["rows"]) == (2, [])


def test_a_page_token_gives_a_token_of_one_project_that_one(secret: Studio, alice: Caller) -> None:
    add_member(secret.database, "secret", "alice", Role.VIEWER)
    token = ask(alice, QUERY, limit=2).json["next_page_token"]
    one = secret.program("alice", project_id=secret.project_id())
    assert ask(one, QUERY, limit=2, page_token=token).json["rows"] == []
    assert secret.reading.asked[-1].workspaces == ("fraud",)


@pytest.mark.usefixtures("secret")
def test_all_rows_come_in_one_answer_without_pages(alice: Caller) -> None:
    token = ask(alice, QUERY, limit=1, all=False).json["next_page_token"]
    reply = ask(alice, QUERY, limit=1, all=True)
    assert (len(rows(reply)), reply.json["next_page_token"]) == (2, "")
    assert ask(alice, QUERY, limit=1, all=True, page_token=token).status == 400


def test_a_token_too_long_for_a_header_is_refused_and_goes_in_a_document(
    secret: Studio, alice: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uac_api.api.reading.LONGEST_HEADER", 20)
    reply = alice.studio("POST", QUERY, {"limit": 1})
    assert (reply.status, reply.json["reason"]) == (400, "order")
    assert ask(alice, QUERY, limit=1).json["next_page_token"]
    assert secret.reading.released == 2


def test_automatic_columns_are_those_that_differ_first_and_stay_from_page_to_page(
    secret: Studio, alice: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = ask(alice, QUERY, limit=1, columns="auto")
    assert secret.reading.asked[-1].columns == ("metrics.loss", "metrics.accuracy")  # type: ignore[attr-defined]
    secret.reading.runs_there.append(a_run("fraud", "run-3", zeta=1.0))
    token = first.json["next_page_token"]
    second = ask(alice, QUERY, limit=1, columns="auto", page_token=token)
    assert list(rows(first)[0]) == list(rows(second)[0])
    monkeypatch.setattr("uac_api.api.reading.AUTO_COLUMNS", 1)
    (name,) = set(rows(ask(alice, QUERY, columns="auto"))[0]) - {"run_id", "project"}
    assert name == "metrics.accuracy", "of as many runs as loss, and the first by name"


def test_the_whole_question_goes_to_the_room(secret: Studio, alice: Caller) -> None:
    body: dict[str, Any] = {
        "experiments": ["1"],
        "runs": ["run-1"],
        "filter": "metrics.`lo ss` < 0.1 OR tags.x = '🙂'",
        "order": [{"by": "metrics.loss", "ascending": False}, {"by": "attributes.status"}],
        "columns": ["metrics.loss", "params.%"],
        "limit": 7,
        "group_by": ["params.lr"],
        "metrics": ["loss"],
        "baseline": "run-2",
    }
    assert ask(alice, QUERY, **body).status == 200
    asked: Any = secret.reading.asked[-1]
    assert asked.order == (
        {"by": "metrics.loss", "ascending": False},
        {"by": "attributes.status", "ascending": True},
    )
    # Groups have their own columns.
    assert asked.columns is None
    for name in ("experiments", "runs", "group_by", "metrics"):
        assert getattr(asked, name) == tuple(body[name])
    assert (asked.filter, asked.limit, asked.baseline) == (body["filter"], 7, "run-2")


@pytest.mark.parametrize(
    "fields",
    [
        {"limit": 0},
        {"limit": 10_001},
        {"runs": ["x"] * 5000},
        {"projects": ["x\0"]},
        {"experiments": ["\0"]},
        {"filter": "params.a = '\0'"},
        {"columns": ["params.\0"]},
        {"columns": ["x"] * 501},
        {"columns": "everything"},
        {"group_by": [f"params.{at}" for at in range(11)]},
        {"order": [{"by": "x"}] * 6},
        {"order": [{"by": "x\0"}]},
        {"order": [{"by": "x", "nulls": "first"}]},
        {"order": ["metrics.loss"]},
        {"view": "both"},
        {"limit": 2**70},
        {"limit": "many"},
        {"metric": "loss"},
        {"projects": [""]},
        {"workspaces": ["secret"]},
        {"after": [1]},
    ],
    ids=str,
)
def test_a_wrong_question_is_refused_before_it_is_asked(
    studio: Studio, alice: Caller, fields: dict[str, Any]
) -> None:
    reply = ask(alice, QUERY, **fields)
    assert (reply.status, reply.json["reason"]) == (400, "invalid_fields")
    assert "secret" not in reply.json["message"]
    assert studio.reading.asked == []


@pytest.mark.parametrize(
    "fields",
    [
        {"metrics": ["x"] * 51},
        {"points": 9},
        {"points": 10_001},
        {"x": "epoch"},
        {"range": [1]},
        {"range": [0, float("nan")]},
        {"runs": ["x"] * 101},
    ],
    ids=str,
)
def test_wrong_curves_are_refused(studio: Studio, alice: Caller, fields: dict[str, Any]) -> None:
    reply = ask(alice, CURVES, **fields)
    assert (reply.status, reply.json["reason"]) == (400, "invalid_fields")
    assert studio.reading.asked == []


def test_curves_need_a_metric(studio: Studio, alice: Caller) -> None:
    assert ask(alice, CURVES, metrics=[]).json["reason"] == "metrics"
    assert studio.reading.asked == []


def test_curves_come_as_a_table_without_pages(secret: Studio, alice: Caller) -> None:
    reply = ask(alice, CURVES, metrics=["loss"], x="relative", range=[0, 10], points=50)
    assert [row["last"] for row in rows(reply)] == [0.5, 0.25]
    assert list(reply.json) == ["rows"]
    asked: Any = secret.reading.asked[-1]
    assert (asked.x, asked.range, asked.points) == ("relative", (0.0, 10.0), 50)


@pytest.mark.usefixtures("secret")
def test_columns_say_what_there_is_in_my_projects(alice: Caller) -> None:
    found = ask(alice, COLUMNS).json
    assert (found["runs"], found["sampled"]) == (2, False)
    assert {one["key"]: one["runs"] for one in found["columns"]} == {"loss": 2, "accuracy": 2}


@every_operation
def test_a_mistake_is_told_with_its_place(secret: Studio, alice: Caller, path: str) -> None:
    secret.reading.trouble = InvalidQuery(
        "Behind 'loss' stands '~'.",
        reason="filter",
        facts={"position": 13, "found": "~", "expected": "a comparison", "near": "loss"},
    )
    reply = ask(alice, path, filter="metrics.loss ~ 3")
    assert reply.status == 400
    assert reply.json == {
        "error_code": "INVALID_PARAMETER_VALUE",
        "message": "Behind 'loss' stands '~'.",
        "reason": "filter",
        "position": 13,
        "found": "~",
        "expected": "a comparison",
        "near": "loss",
        "request_id": reply.json["request_id"],
    }
