"""Traces over time: what MLflow counts of a project, and how a page draws it."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

import traced
from laboratory import Lab, Open, said
from studio_app.api.client import ApiError
from studio_app.traces import trace_charts
from traced import LoggedSpan, log_trace

pytest_plugins = ("laboratory",)

FAST, SLOW = LoggedSpan("fast", seconds=1.0), LoggedSpan("slow", seconds=3.0)
FAILED = LoggedSpan("failed", seconds=2.0, error="It broke.")


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Traces are logged as if they began a minute ago."""
    monkeypatch.setattr(traced, "T0", time.time_ns() - 60 * traced.SECOND)
    return datetime.now(UTC)


def log(lab: Lab, *spans: LoggedSpan) -> None:
    for span in spans:
        log_trace(lab.stack.person("bob"), lab, (span,))


def traces(lab: Lab, open_page: Open, who: str = "carol", **address: str) -> AppTest:
    at = open_page("traces", who, project=lab.project, **address)
    assert not at.exception
    return at


def charts(at: AppTest) -> list[dict[str, object]]:
    return [json.loads(one.proto.spec) for one in at.get("plotly_chart")]


@pytest.mark.parametrize(
    ("period", "length"),
    [
        (timedelta(hours=1), timedelta(minutes=1)),
        (timedelta(hours=24), timedelta(hours=1)),
        (timedelta(days=7), timedelta(hours=6)),
        (timedelta(days=30), timedelta(days=1)),
        (timedelta(days=4000), timedelta(days=1)),
    ],
)
def test_a_period_has_no_more_bars_than_can_be_told_apart(
    period: timedelta, length: timedelta
) -> None:
    assert trace_charts.bucket(period) == length


def test_traces_are_counted_by_how_they_ended_and_timed(lab: Lab, now: datetime) -> None:
    log(lab, FAST, SLOW, FAILED)
    begin = now - timedelta(days=1)
    found = trace_charts.read(
        lab.client("carol"), lab.project, [lab.experiment_id], begin, now + timedelta(minutes=1)
    )
    assert found.counts.groupby("state")["count"].sum().to_dict() == {"ERROR": 1, "OK": 2}
    assert found.bucket == timedelta(hours=1)
    assert found.seconds["p50"].tolist() == [2.0]
    assert 2.0 < found.seconds["p95"].iloc[0] <= 3.0


def test_traces_before_the_period_are_not_counted(lab: Lab, now: datetime) -> None:
    log(lab, FAST)
    later = now + timedelta(days=2)
    found = trace_charts.read(
        lab.client("carol"), lab.project, [lab.experiment_id], later, later + timedelta(hours=1)
    )
    assert found.counts.empty
    assert found.seconds.empty


@pytest.mark.usefixtures("now")
def test_a_viewer_sees_both_charts_above_the_list(lab: Lab, open_page: Open) -> None:
    log(lab, FAST, FAILED)
    at = traces(lab, open_page)
    counted, timed = charts(at)
    assert [one["name"] for one in counted["data"]] == ["Finished", "Failed"]  # type: ignore[attr-defined]
    assert [one["name"] for one in timed["data"]] == ["Median", "95 %"]  # type: ignore[attr-defined]
    assert {one["width"] for one in counted["data"]} == {86_400_000 * 0.85}, "a day"  # type: ignore[attr-defined]
    assert "All traces of the last 30 days, whatever is filtered." in said(at)


def test_a_project_without_traces_has_no_charts(lab: Lab, open_page: Open) -> None:
    assert charts(traces(lab, open_page)) == []


@pytest.mark.usefixtures("now")
def test_over_all_projects_there_are_none(lab: Lab, open_page: Open) -> None:
    log(lab, FAST)
    at = open_page("traces", "carol")
    assert charts(at) == []


@pytest.mark.usefixtures("now")
def test_what_cannot_be_counted_leaves_the_list(
    lab: Lab, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    log(lab, FAST)

    def refuse(*_: object) -> None:
        raise ApiError(400, "INVALID_PARAMETER_VALUE", "Too **many** at once.")

    monkeypatch.setattr(trace_charts, "read", refuse)
    at = traces(lab, open_page)
    assert r"Too \*\*many\*\* at once." in said(at)
    assert "fast" in said(at)


def test_a_stranger_gets_no_count(lab: Lab, open_page: Open, now: datetime) -> None:
    log(lab, FAST)
    assert charts(traces(lab, open_page, "mallory")) == []
    with pytest.raises(ApiError):
        trace_charts.read(
            lab.client("mallory"), lab.project, [lab.experiment_id], now - timedelta(days=1), now
        )


@pytest.mark.usefixtures("now")
def test_an_experiment_with_traces_and_no_run_says_what_it_holds(lab: Lab, open_page: Open) -> None:
    bob = lab.stack.person("bob")
    made = bob.mlflow(lab.project, "POST", "experiments/create", {"name": "only traces"}).json
    here = replace(lab, experiment_id=made["experiment_id"])
    where = {"project": lab.project, "experiment_id": here.experiment_id}
    assert "No run yet" in said(open_page("runs", "carol", **where))
    log(here, FAST, SLOW)
    shown = said(open_page("runs", "carol", **where))
    assert "This experiment holds 2 traces and no run." in shown
