"""The page of traces over projects, and the page of one trace."""

import pytest

import components
from laboratory import Lab, Open, links, said
from studio_app.api.client import ApiError
from studio_app.traces import spans, traces
from traced import HOSTILE, LoggedSpan, log_trace

pytest_plugins = ("laboratory",)


@pytest.fixture
def failed(lab: Lab) -> str:
    """A trace of three spans, of which one failed; it is a part of a session and of a run."""
    metadata = {
        "mlflow.trace.session": "talk's 1",
        "mlflow.sourceRun": lab.best,
        "mlflow.trace.tokenUsage": '{"total_tokens": 1234}',
        "mlflow.trace.cost": '{"total_cost": 0.0125}',
    }
    return log_trace(lab.stack.person("bob"), lab, metadata=metadata)


@pytest.fixture
def fine(lab: Lab) -> str:
    """A trace of one span that ended well."""
    return log_trace(
        lab.stack.person("bob"), lab, (LoggedSpan("greet", inputs="Hi", outputs="Hello"),)
    )


def test_a_viewer_sees_traces_with_what_was_asked_and_answered(
    lab: Lab, failed: str, fine: str, open_page: Open
) -> None:
    at = open_page("traces", "carol", project=lab.project)
    assert not at.exception
    shown = said(at)
    for text in ("answer", "greet", "Hello", "Failed", "Finished", "took 1.5 s", "1 234 tokens"):
        assert text in shown.replace("\u202f", " "), text
    assert {
        ("trace", f"project={lab.project}&trace_id={failed}"),
        ("trace", f"project={lab.project}&trace_id={fine}"),
    } <= set(links(at))


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"state": "ERROR"}, {"answer"}),
        ({"state": "OK"}, {"greet"}),
        ({"name": "gree"}, {"greet"}),
        ({"session": "talk's 1"}, {"answer"}),
        ({"filter": "attributes.execution_time_ms > 1200"}, {"answer"}),
        ({"since": "1h"}, set()),
        ({"state": "nonsense"}, {"answer", "greet"}),
    ],
)
def test_the_address_holds_the_filter(
    lab: Lab, failed: str, fine: str, open_page: Open, asked: dict[str, str], found: set[str]
) -> None:
    del failed, fine
    at = open_page("traces", "carol", project=lab.project, **asked)
    names = {"answer", "greet"}
    assert {name for name in names if f"**{name}**" in said(at)} == found
    assert ("No trace matches" in said(at)) == (not found)


def test_a_filter_that_cannot_be_read_is_told_and_the_form_stays(
    lab: Lab, failed: str, open_page: Open
) -> None:
    del failed
    at = open_page("traces", "carol", project=lab.project, filter="nonsense = = 1")
    assert "This filter cannot be read" in said(at)
    at.button(key="traces-clear").click().run()
    assert "**answer**" in said(at)


def test_a_stranger_sees_no_trace(lab: Lab, failed: str, open_page: Open) -> None:
    for params in ({"project": lab.project}, {}):
        assert "**answer**" not in said(open_page("traces", "mallory", **params))
    for params in ({"project": lab.project}, {"project": "elsewhere"}):
        at = open_page("trace", "mallory", **params, trace_id=failed)
        assert "No such project for you" in said(at)
        assert "trace_tree" not in components.drawn


def test_an_empty_project_says_how_a_trace_is_made(project: str, open_page: Open) -> None:
    assert "No trace yet" in said(open_page("traces", "alice", project=project))


def test_a_trace_shows_its_spans_as_they_were_logged(
    lab: Lab, failed: str, open_page: Open
) -> None:
    at = open_page("trace", "carol", project=lab.project, trace_id=failed, span="x")
    assert not at.exception
    given = components.drawn["trace_tree"]
    assert given["chosen"] == "x"
    first, second, third = given["spans"]
    assert [one["name"] for one in given["spans"]] == ["answer", "find", "write"]
    assert (first["parent"], second["parent"]) == ("", first["id"])
    assert first["inputs"] == '{"question": "Why?", "seed": 12345678901234567890}'
    assert HOSTILE in second["inputs"]
    assert (second["start"], second["duration"], second["kind"]) == (100, 400, "RETRIEVER")
    assert (third["failed"], third["message"]) == (True, "No model answered.")
    assert not first["attributes"]
    shown = said(at).replace("\u202f", " ")
    for text in ("1 234 tokens", "0.0125 USD", "Session talk's 1", failed):
        assert text in shown, text
    query = f"project={lab.project}"
    assert ("run", f"{query}&run_id={lab.best}") in links(at)
    assert ("traces", f"{query}&session=talk%27s+1") in links(at)
    assert ("runs", f"{query}&experiment_id={lab.experiment_id}") in links(at)


@pytest.mark.parametrize("trace_id", ["", "tr-00", "tr-" + "0" * 32, "../../x"])
def test_a_trace_that_is_not_there_is_told(lab: Lab, open_page: Open, trace_id: str) -> None:
    at = open_page("trace", "carol", project=lab.project, trace_id=trace_id)
    assert "No such trace" in said(at)


def test_a_contributor_gives_feedback_and_takes_it_back(
    lab: Lab, fine: str, open_page: Open
) -> None:
    at = open_page("trace", "bob", project=lab.project, trace_id=fine)
    assert "Nobody has said anything" in said(at)
    at.button(key="trace-feedback").click().run()
    at.text_area(key="feedback-why").set_value("It greets.")
    # A browser runs the dialog alone, AppTest the page: its button again, to have the dialog open.
    at.button(key="trace-feedback").click()
    at.button(key="feedback-send").click().run()
    shown = said(at)
    assert "**correct**  Yes" in shown
    assert "It greets." in shown
    assert "by bob" in shown
    found = traces.read_trace(lab.client("carol"), lab.project, fine)
    [one] = found.assessments
    assert one["source"] == {"source_type": "HUMAN", "source_id": "bob"}
    at.button(key=f"assessment-{one['assessment_id']}").click().run()
    at.button(key=f"assessment-{one['assessment_id']}").click()
    at.button(key="confirm-verb").click().run()
    assert "Nobody has said anything" in said(at)


def test_a_viewer_is_offered_no_feedback_and_may_give_none(
    lab: Lab, fine: str, open_page: Open
) -> None:
    at = open_page("trace", "carol", project=lab.project, trace_id=fine)
    assert "trace-feedback" not in [button.key for button in at.button]
    with pytest.raises(ApiError) as refused:
        traces.assess(
            lab.client("carol"),
            lab.project,
            fine,
            name="correct",
            kind="feedback",
            value=True,
            rationale="",
            username="carol",
        )
    assert refused.value.status == 403


def test_only_who_may_delete_deletes_a_trace(lab: Lab, fine: str) -> None:
    with pytest.raises(ApiError) as refused:
        traces.delete(lab.client("bob"), lab.project, lab.experiment_id, [fine])
    assert refused.value.status == 403
    traces.delete(lab.client("alice"), lab.project, lab.experiment_id, [fine])
    with pytest.raises(ApiError) as gone:
        traces.read_trace(lab.client("alice"), lab.project, fine)
    assert gone.value.status == 404


def test_spans_of_older_clients_and_odd_ones_are_read_too() -> None:
    old = {"name": "old", "span_id": "1", "parent_id": None, "start_time": 5, "end_time": 2_000_005}
    lost = {
        "name": "lost",
        "span_id": "2",
        "parent_span_id": "9",
        "start_time_unix_nano": 1_000_005,
    }
    itself = {"name": "itself", "span_id": "3", "parent_span_id": "3", "start_time_unix_nano": "x"}
    long = {"span_id": "4", "start_time_unix_nano": 7, "attributes": {"text": "a" * 200_000}}
    found = {span.name: span for span in spans.spans_of([lost, old, long, itself])}
    assert [found[name].parent for name in ("old", "lost", "itself")] == ["", "", ""]
    assert found["lost"].duration is None
    assert found["span"].attributes["text"].endswith("…")
    assert len(found["span"].attributes["text"]) == spans.LONGEST + 1
    assert spans.spans_of([]) == []
