"""Sentences of the audit trail: who did what, with links, and never another text as markup."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from studio_app.audit import audit_table, sentences
from studio_app.audit.audit_filter import PERIODS
from studio_app.audit.sentences import Writer
from studio_app.ui.chart_theme import LIGHT
from uac_api.access.decisions.operations import OPERATIONS

RUN = "1f2e" * 8
WRITER = Writer({"fraud": "Fraud detection"}, frozenset({"fraud"}))
# What only reads is in the trail when it was refused.
READS = (
    "list",
    "read",
    "count",
    "find",
    "all",
    "project",
    "self",
    "others",
    "verify",
    "near",
    "identities",
)


def event(operation: str, target: str = "", **more: Any) -> dict[str, Any]:
    usual = {"user": "alice", "project": "fraud", "outcome": "allowed", "reason": "", "count": 1}
    return {"operation": operation, "target": target, **usual, **more}


def said(operation: str, target: str = "", **more: Any) -> str:
    return WRITER.sentence(event(operation, target, **more)).replace("\\", "")


@pytest.mark.parametrize(
    ("operation", "target", "sentence"),
    [
        ("members.set", "bob: contributor", "gave [bob](/audit?user=bob) the role contributor in"),
        (
            "members.set",
            "bob: viewer, because: he asked: twice",
            "gave [bob](/audit?user=bob) the role viewer, because: he asked: twice in",
        ),
        ("group_people.add", "team: bob", "put [bob](/audit?user=bob) into the group **team** in"),
        ("projects.delete", "fraud", "deleted [Fraud detection](/members?project=fraud)"),
        (
            "POST /api/2.0/mlflow/runs/log-batch",
            f"run {RUN}",
            f"logged into [run 1f2e1f2e](/run?project=fraud&run_id={RUN}) in",
        ),
        (
            "POST /api/2.0/mlflow/registered-models/alias",
            "model scores version 2 alias champion",
            "[model scores](/model?project=fraud&model=scores) version 2 alias champion",
        ),
        ("POST /api/2.0/mlflow/experiments/create", "name Grid", "created **Grid** in"),
        (
            "POST /api/9.0/mlflow/unheard/of",
            "",
            "called `POST /api/9.0/mlflow/unheard/of` for something in",
        ),
    ],
)
def test_an_event_is_a_sentence(operation: str, target: str, sentence: str) -> None:
    assert said(operation, target).startswith("[alice](/audit?user=alice) ")
    assert sentence in said(operation, target)


def test_what_was_refused_or_failed_says_so() -> None:
    denied = said("members.set", outcome="denied", reason="role_too_low", user="bob")
    assert denied.endswith(
        "was not allowed to give a role in [Fraud detection](/members?project=fraud) (role_too_low)"
    )
    assert "tried to begin a run, which failed" in said(
        "POST /api/2.0/mlflow/runs/create", outcome="failed"
    )
    assert said("unknown request", outcome="denied", user="").startswith("Somebody was not")
    assert said("tokens.list", count=7).endswith("7 times]")


def test_no_link_leads_into_a_project_that_the_reader_is_no_member_of() -> None:
    writer = Writer({"vault": "Vault"}, frozenset())
    line = writer.sentence(event("POST /x/runs/delete", f"run {RUN}", project="vault"))
    assert "/run?" not in line
    assert "[Vault](/audit?project=vault)" in line


def test_in_one_project_no_sentence_names_it() -> None:
    writer = Writer({"fraud": "Fraud detection"}, frozenset({"fraud"}), within="fraud")
    line = writer.sentence(event("members.remove", "bob"))
    assert "Fraud detection" not in line
    assert "[bob](/audit?project=fraud&user=bob)" in line


def test_a_name_from_elsewhere_is_never_markup() -> None:
    hostile = "**x** [y](http://evil) <b> $z$ `c`"
    line = WRITER.sentence(event("groups.create", hostile, user="[a](b)"))
    for sign in ("**x", " [y]", " <b>", " $z", " `c"):
        assert sign not in line
    assert line.startswith(r"[\[a\](b)](/audit?user=%5Ba%5D%28b%29) ")


def test_every_operation_that_changes_something_has_words() -> None:
    changes = {name for name in OPERATIONS if name.rpartition(".")[2] not in READS}
    changes -= {name for name in OPERATIONS if name.endswith((".senior", ".shared"))}
    silent = {"runs.query", "runs.columns", "metrics.curves"}
    assert changes - silent <= set(sentences._STUDIO)


def test_hours_make_days_of_the_readers_zone() -> None:
    where = ZoneInfo("America/New_York")
    now = datetime(2026, 6, 10, 12, tzinfo=UTC)
    # 03:00 UTC is still the day before in New York.
    counts = [
        {"at": f"2026-06-09T{hour}:00:00+00:00", "outcome": "allowed", "count": 1}
        for hour in ("03", "05")
    ]
    figure = audit_table.chart(counts, PERIODS["month"], where, LIGHT, now)
    assert [at.day for at in figure.data[0].x] == [8, 9]
    years = audit_table.chart(counts, PERIODS["years"], where, LIGHT, now)
    assert ([at.day for at in years.data[0].x], list(years.data[0].y)) == ([9], [2])


def test_the_axis_is_the_period_however_little_happened() -> None:
    now = datetime(2026, 6, 10, 12, 30, tzinfo=UTC)
    counts = [{"at": "2026-06-10T12:00:00+00:00", "outcome": "denied", "count": 3}]
    figure = audit_table.chart(counts, PERIODS["week"], UTC, LIGHT, now)
    first, last = figure.layout.xaxis.range
    assert last - first == timedelta(days=7, hours=1)
    assert last == datetime(2026, 6, 10, 13)
