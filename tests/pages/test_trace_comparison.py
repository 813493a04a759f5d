"""Two traces beside each other on the page of one of them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from laboratory import Lab, Open, said
from ml_studio.trace_tree import Span
from studio_app.traces import trace_comparison
from traced import LoggedSpan, log_trace

pytest_plugins = ("laboratory",)


def span(name: str, milliseconds: float | None, kind: str = "LLM") -> Span:
    return Span(
        *(name, "", name, kind, 0.0, milliseconds),
        failed=False,
        message="",
        inputs="",
        outputs="",
        attributes={},
        events=(),
    )


def answer(lab: Lab, text: str, seconds: float = 1.0, name: str = "answer") -> str:
    spans = (
        LoggedSpan(name, inputs={"q": "Why?"}, outputs=text, seconds=seconds),
        LoggedSpan("write", "LLM", 0, 0.1, seconds / 2),
    )
    return log_trace(lab.stack.person("bob"), lab, spans)


def opened(lab: Lab, open_page: Open, trace: str, who: str = "carol", **address: str) -> Any:
    at = open_page("trace", who, project=lab.project, trace_id=trace, **address)
    assert not at.exception
    return at


def test_spans_are_counted_by_name_and_the_largest_difference_comes_first() -> None:
    frame = trace_comparison.spans_by_name(
        [span("find", 100), span("find", 200), span("write", 1000)],
        [span("find", 250), span("write", 4000), span("new", None)],
    )
    assert frame["Span"].tolist() == ["write", "find", "new"]
    assert frame["This: times"].tolist() == [1, 2, 0]
    assert frame["Other: times"].tolist() == [1, 1, 1]
    assert frame["This: s"].isna().tolist() == [False, False, True], "it was not there"
    assert frame["Difference (s)"].round(3).tolist() == [-3.0, 0.05, 0.0]


def test_of_no_span_there_is_an_empty_table() -> None:
    assert trace_comparison.spans_by_name([], []).empty


def test_another_trace_of_the_same_name_is_chosen_and_compared(lab: Lab, open_page: Open) -> None:
    this, other = answer(lab, "Because."), answer(lab, "No idea.", 3.0)
    answer(lab, "elsewhere", name="greet")
    at = opened(lab, open_page, this)
    at.toggle(key="trace-compare").set_value(True).run()
    assert len(at.selectbox(key="trace-against").options) == 2, "a choice and nobody"
    at.selectbox(key="trace-against").set_value(other).run()
    assert at.query_params["against"] == other
    shown = said(at)
    assert "The same in both." in shown, "the question"
    assert any('-"No idea."' in one.value and '+"Because."' in one.value for one in at.code)
    tables = [one.value for one in at.dataframe]
    assert any("Difference (s)" in table.columns for table in tables)


def test_a_link_opens_the_comparison(lab: Lab, open_page: Open) -> None:
    this, other = answer(lab, "Because."), answer(lab, "No idea.", 3.0)
    at = opened(lab, open_page, this, against=other)
    assert "What was answered" in said(at)
    at.toggle(key="trace-compare").set_value(False).run()
    assert "against" not in at.query_params
    assert "What was answered" not in said(at)


def test_a_trace_alone_says_so(lab: Lab, open_page: Open) -> None:
    at = opened(lab, open_page, answer(lab, "Because."))
    at.toggle(key="trace-compare").set_value(True).run()
    assert "There is no other trace of this name yet." in said(at)


def test_a_trace_of_another_project_is_not_compared_with(lab: Lab, open_page: Open) -> None:
    alice, slug = lab.stack.person("alice"), lab.stack.new_project()
    made = alice.mlflow(slug, "POST", "experiments/create", {"name": "secret"}).json
    elsewhere = replace(lab, project=slug, experiment_id=made["experiment_id"])
    secret = (LoggedSpan("answer", inputs="secret question", outputs="secret answer"),)
    foreign = log_trace(alice, elsewhere, secret)
    # bob is in both projects: it is the page that is of one.
    at = opened(lab, open_page, answer(lab, "Because."), "bob", against=foreign)
    assert "not there any more, or not for you" in said(at)
    assert "secret" not in said(at)


def test_a_stranger_compares_nothing(lab: Lab, open_page: Open) -> None:
    this, other = answer(lab, "Because."), answer(lab, "No idea.")
    at = opened(lab, open_page, this, "mallory", against=other)
    assert "Because" not in said(at)
