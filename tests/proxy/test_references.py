"""Ids and paths named beside the main one stay inside the project; foreign things stay unharmed."""

from __future__ import annotations

from typing import Any

import pytest

from content import METRIC, VALUE, Content, done, metrics, new_run, refused, v3
from evaluation import root_span
from people import Person


def model_metrics(alice: Person, c: Content) -> list[Any]:
    """The metrics of a project's logged model."""
    found = done(alice.mlflow(c.slug, "GET", f"logged-models/{c.model}"))["model"]["data"]
    return list(found.get("metrics", []))


def metric(**fields: object) -> dict[str, object]:
    """A metric as the REST takes it."""
    return {"key": "stolen", "value": 1.0, "timestamp": 1, "step": 0, **fields}


@pytest.mark.parametrize("spelling", ["model_id", "modelId"])
def test_a_metric_does_not_reach_a_foreign_logged_model(
    alice: Person, erin: Person, filled: Content, own: Content, spelling: str
) -> None:
    named = metric(**{spelling: filled.model})
    one = erin.mlflow(own.slug, "POST", "runs/log-metric", {"run_id": own.run, **named})
    many = {"run_id": own.run, "metrics": [metric(), named]}
    batch = erin.mlflow(own.slug, "POST", "runs/log-batch", many)
    assert refused(one)
    assert refused(batch)
    assert model_metrics(alice, filled) == []
    assert "stolen" not in metrics(erin, own.slug, own.run), "not even half of it is written"


def test_a_name_spelled_by_escapes_does_not_slip_through(
    alice: Person, erin: Person, filled: Content, own: Content
) -> None:
    body = (
        f'{{"run_id": "{own.run}", "key": "stolen", "value": 1, "timestamp": 1, '
        f'"\\u006dode\\u006c_id": "{filled.model}"}}'
    ).encode()
    json = {"Content-Type": "application/json"}
    assert refused(erin.mlflow(own.slug, "POST", "runs/log-metric", raw=body, headers=json))
    assert model_metrics(alice, filled) == []


def test_both_spellings_at_once_are_refused(
    alice: Person, erin: Person, filled: Content, own: Content
) -> None:
    twins = metric(model_id=own.model, modelId=filled.model)
    one = erin.mlflow(own.slug, "POST", "runs/log-metric", {"run_id": own.run, **twins})
    many = {"run_id": own.run, "metrics": [twins]}
    assert refused(one, "field_twice")
    assert refused(erin.mlflow(own.slug, "POST", "runs/log-batch", many), "field_twice")
    assert model_metrics(alice, filled) == []


def test_a_metric_reaches_the_projects_own_logged_model(erin: Person, own: Content) -> None:
    named = {"run_id": own.run, **metric(key="own", model_id=own.model)}
    done(erin.mlflow(own.slug, "POST", "runs/log-metric", named))
    assert [found["key"] for found in model_metrics(erin, own)] == ["own"]


@pytest.mark.parametrize(("path", "more"), [("runs/log-inputs", {}), ("runs/outputs", {"step": 0})])
def test_a_run_does_not_link_a_foreign_logged_model(
    erin: Person, filled: Content, own: Content, path: str, more: dict[str, int]
) -> None:
    run = new_run(erin, own.slug, own.experiment)["info"]["run_id"]
    foreign = {"run_id": run, "models": [{"model_id": filled.model, **more}]}
    assert refused(erin.mlflow(own.slug, "POST", path, foreign))
    linked = {"run_id": run, "models": [{"model_id": own.model, **more}]}
    done(erin.mlflow(own.slug, "POST", path, linked))
    found = erin.mlflow(own.slug, "GET", f"runs/get?run_id={run}").body.decode()
    assert own.model in found
    assert filled.model not in found


def test_a_logged_model_does_not_come_from_a_foreign_run(
    erin: Person, filled: Content, own: Content
) -> None:
    body = {"experiment_id": own.experiment, "name": "m"}
    for name in ("source_run_id", "sourceRunId"):
        reply = erin.mlflow(own.slug, "POST", "logged-models", {**body, name: filled.run})
        assert refused(reply)
    done(erin.mlflow(own.slug, "POST", "logged-models", {**body, "source_run_id": own.run}))


def test_a_logged_model_does_not_land_in_a_foreign_experiment(
    erin: Person, filled: Content, own: Content
) -> None:
    body = {"experiment_id": filled.experiment, "name": "intruder"}
    assert erin.mlflow(own.slug, "POST", "logged-models", body).status == 404


@pytest.mark.parametrize(
    ("method", "path", "fields"),
    [("PATCH", "", {"status": "LOGGED_MODEL_READY"}), ("POST", "/params", {"params": []})],
)
def test_the_path_and_the_body_name_one_model(
    erin: Person, own: Content, filled: Content, method: str, path: str, fields: dict[str, Any]
) -> None:
    body = {"model_id": filled.model, **fields}
    reply = erin.mlflow(own.slug, method, f"logged-models/{own.model}{path}", body)
    assert refused(reply, "field_twice")


def test_own_traces_linked_to_a_foreign_run_are_not_seen_there(
    alice: Person, erin: Person, filled: Content, own: Content
) -> None:
    body = {"run_id": filled.run, "trace_ids": [own.trace]}
    erin.mlflow(own.slug, "POST", "traces/link-to-run", body)
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": filled.experiment}}
    asked = {"locations": [place], "filter": f"trace.run_id = '{filled.run}'"}
    assert own.trace.encode() not in v3(alice, filled.slug, "POST", "traces/search", asked).body


@pytest.mark.parametrize("experiment", ["own", "foreign"])
def test_spans_do_not_reach_a_foreign_trace_or_experiment(
    alice: Person, erin: Person, filled: Content, own: Content, experiment: str
) -> None:
    before = v3(alice, filled.slug, "GET", f"traces/{filled.trace}").body
    to = own.experiment if experiment == "own" else filled.experiment
    fresh = "tr-" + "ab" * 16
    for trace in (filled.trace, fresh):
        headers = {"X-Mlflow-Experiment-Id": to, "X-Mlflow-Run-Id": filled.run}
        erin.ask(
            "POST", f"/projects/{own.slug}/v1/traces", root_span(trace, "intruder"), headers=headers
        )
    assert v3(alice, filled.slug, "GET", f"traces/{filled.trace}").body == before
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": filled.experiment}}
    found = v3(alice, filled.slug, "POST", "traces/search", {"locations": [place]})
    assert [one["trace_id"] for one in done(found)["traces"]] == [filled.trace]
    path = f"traces/get?trace_id={filled.trace}"
    assert b"intruder" not in v3(alice, filled.slug, "GET", path).body


def test_what_belongs_to_alice_is_as_she_left_it(alice: Person, filled: Content) -> None:
    # Last in this file on purpose: after every attack above.
    assert metrics(alice, filled.slug, filled.run) == {METRIC: VALUE}
    assert model_metrics(alice, filled) == []
    versions = done(alice.mlflow(filled.slug, "GET", "model-versions/search"))["model_versions"]
    assert [version["name"] for version in versions] == [filled.registered]
    alias = f"registered-models/alias?name={filled.registered}&alias={filled.alias}"
    assert done(alice.mlflow(filled.slug, "GET", alias))["model_version"]["version"] == "1"
