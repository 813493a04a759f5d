"""Ids and paths named beside the main one stay inside the project; foreign things stay unharmed."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from conftest import Stack
from content import (
    FILE,
    METRIC,
    TEXT,
    VALUE,
    Content,
    artifact,
    done,
    fill,
    metrics,
    new_run,
    new_version,
    v3,
)
from people import Person, Reply
from recording import SLUG, NarrowDoor

PROMPT = [
    {"key": "mlflow.prompt.is_prompt", "value": "true"},
    {"key": "mlflow.prompt.text", "value": "Summarise {{ text }}"},
]


@pytest.fixture(scope="module")
def own(stack: Stack) -> Content:
    """A project of erin's, who has nothing to do with alice's."""
    erin = stack.person("erin")
    slug = stack.new_project().replace("p-", "e-")
    assert erin.studio("POST", "/projects", {"slug": slug, "name": slug}).status == 201
    return fill(erin, slug)


@pytest.fixture
def erin(stack: Stack) -> Person:
    """The owner of `own`, a stranger to `filled`."""
    return stack.person("erin")


def refused(reply: Reply, reason: str = "foreign_reference") -> bool:
    """Whether it is the refusal for that reason."""
    return (reply.status, reply.json.get("reason")) == (400, reason)


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


@pytest.mark.parametrize("path", ["runs/log-inputs", "runs/outputs"])
def test_a_run_does_not_link_a_foreign_logged_model(
    erin: Person, filled: Content, own: Content, path: str
) -> None:
    run = new_run(erin, own.slug, own.experiment)["info"]["run_id"]
    foreign = {"run_id": run, "models": [{"model_id": filled.model, "step": 0}]}
    assert refused(erin.mlflow(own.slug, "POST", path, foreign))
    linked = {"run_id": run, "models": [{"model_id": own.model, "step": 0}]}
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


@pytest.mark.parametrize("path", ["", "/params"])
def test_the_path_and_the_body_name_one_model(
    erin: Person, own: Content, filled: Content, path: str
) -> None:
    method = "POST" if path else "PATCH"
    body = {"model_id": filled.model, "status": "LOGGED_MODEL_READY", "params": []}
    reply = erin.mlflow(own.slug, method, f"logged-models/{own.model}{path}", body)
    assert refused(reply, "field_twice")


def foreign_sources(c: Content) -> dict[str, dict[str, str]]:
    """Ways to name something that is not in one's own project."""
    root = "mlflow-artifacts:/workspaces"
    return {
        "run_id": {"source": "runs:/{run}/model", "run_id": c.run},
        "runId": {"source": "runs:/{run}/model", "runId": c.run},
        "model_id": {"source": "models:/{model}", "model_id": c.model},
        "modelId": {"source": "models:/{model}", "modelId": c.model},
        "foreign run": {"source": f"runs:/{c.run}/model", "run_id": "{run}"},
        "foreign run alone": {"source": f"runs:/{c.run}/model"},
        "foreign model": {"source": f"models:/{c.model}", "model_id": "{model}"},
        "foreign folder": {"source": f"{root}/{c.slug}/{c.experiment}", "run_id": "{run}"},
        "way out": {"source": f"{root}/{{slug}}/../{c.slug}/1", "run_id": "{run}"},
        "encoded way out": {"source": f"{root}/{{slug}}/%2e%2e/{c.slug}", "run_id": "{run}"},
        "way out of a run": {"source": f"runs:/{{run}}/../../../{c.slug}", "run_id": "{run}"},
        "backslash": {"source": f"runs:/{{run}}\\..\\{c.run}", "run_id": "{run}"},
        "line break": {"source": f"{root[:-3]}\nces/{c.slug}/1", "run_id": "{run}"},
        "host": {"source": f"mlflow-artifacts://h/workspaces/{c.slug}", "run_id": "{run}"},
        "s3": {"source": "s3://bucket/model", "run_id": "{run}"},
        "gs": {"source": "gs://bucket/model"},
        "file": {"source": "file:///etc"},
        "path": {"source": "/etc"},
        "http": {"source": "http://169.254.169.254/latest/meta-data"},
        "capitals": {"source": "S3://bucket/model"},
        "dbfs": {"source": "dbfs:/databricks"},
        "empty": {"source": ""},
        "none": {},
        "query": {"source": "runs:/{run}/model?x=1", "run_id": "{run}"},
    }


@pytest.mark.parametrize("way", foreign_sources(Content(*["x"] * len(dataclasses.fields(Content)))))
def test_a_version_does_not_come_from_elsewhere(
    erin: Person, filled: Content, own: Content, way: str
) -> None:
    places = {"run": own.run, "model": own.model, "slug": own.slug}
    fields = {name: text.format(**places) for name, text in foreign_sources(filled)[way].items()}
    before = done(erin.mlflow(own.slug, "GET", "model-versions/search"))["model_versions"]
    assert new_version(erin, own.slug, own.registered, **fields).status == 400
    after = done(erin.mlflow(own.slug, "GET", "model-versions/search"))["model_versions"]
    assert after == before


def test_a_version_comes_from_the_projects_own_run_model_or_version(
    erin: Person, own: Content
) -> None:
    for fields in (
        {"source": f"runs:/{own.run}/model", "run_id": own.run},
        {"source": f"models:/{own.model}", "model_id": own.model},
        {"source": f"models:/{own.registered}/1"},
        {"source": f"mlflow-artifacts:/{own.artifacts}/model", "run_id": own.run},
        {"source": "dummy-source", "tags": PROMPT},
    ):
        done(new_version(erin, own.slug, own.registered, **fields))


def test_foreign_traces_are_not_linked_to_a_run(
    erin: Person, filled: Content, own: Content
) -> None:
    path = "traces/link-to-run"
    for name in ("trace_ids", "traceIds"):
        for ids in ([filled.trace], [own.trace, filled.trace], ["tr-unknown"], [7]):
            reply = erin.mlflow(own.slug, "POST", path, {"run_id": own.run, name: ids})
            assert reply.status == 400, (name, ids)
    done(erin.mlflow(own.slug, "POST", path, {"run_id": own.run, "trace_ids": [own.trace]}))


def test_own_traces_linked_to_a_foreign_run_are_not_seen_there(
    alice: Person, erin: Person, filled: Content, own: Content
) -> None:
    body = {"run_id": filled.run, "trace_ids": [own.trace]}
    erin.mlflow(own.slug, "POST", "traces/link-to-run", body)
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": filled.experiment}}
    asked = {"locations": [place], "filter": f"trace.run_id = '{filled.run}'"}
    assert own.trace.encode() not in v3(alice, filled.slug, "POST", "traces/search", asked).body


def spans(trace: str) -> dict[str, object]:
    """An OTLP document with one root span of the trace."""
    span = {
        "traceId": trace.removeprefix("tr-"),
        "spanId": "00f067aa0ba902b7",
        "name": "intruder",
        "startTimeUnixNano": "1",
        "endTimeUnixNano": "2",
    }
    return {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}


@pytest.mark.parametrize("experiment", ["own", "foreign"])
def test_spans_do_not_reach_a_foreign_trace_or_experiment(
    alice: Person, erin: Person, filled: Content, own: Content, experiment: str
) -> None:
    before = v3(alice, filled.slug, "GET", f"traces/{filled.trace}").body
    to = own.experiment if experiment == "own" else filled.experiment
    fresh = "tr-" + "ab" * 16
    for trace in (filled.trace, fresh):
        headers = {"X-Mlflow-Experiment-Id": to, "X-Mlflow-Run-Id": filled.run}
        erin.ask("POST", f"/projects/{own.slug}/v1/traces", spans(trace), headers=headers)
    assert v3(alice, filled.slug, "GET", f"traces/{filled.trace}").body == before
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": filled.experiment}}
    found = v3(alice, filled.slug, "POST", "traces/search", {"locations": [place]})
    assert [one["trace_id"] for one in done(found)["traces"]] == [filled.trace]
    path = f"traces/get?trace_id={filled.trace}"
    assert b"intruder" not in v3(alice, filled.slug, "GET", path).body


def foreign_paths(c: Content) -> list[str]:
    """Ways to name alice's file from another project, as they go over the wire."""
    below = c.artifacts.removeprefix(f"workspaces/{c.slug}/")
    return [
        f"{c.artifacts}/{FILE}",
        f"./{c.artifacts}/{FILE}",
        f"/{c.artifacts}/{FILE}",
        f"//{c.artifacts}/{FILE}",
        f"x/../{c.artifacts}/{FILE}",
        f"workspaces//{c.slug}/{below}/{FILE}",
        f"workspaces/./{c.slug}/{below}/{FILE}",
        f"workspaces/OWN/../{c.slug}/{below}/{FILE}",
        f"workspaces/OWN/%2e%2e/{c.slug}/{below}/{FILE}",
        f"workspaces/OWN/%252e%252e/{c.slug}/{below}/{FILE}",
        f"../{c.slug}/{below}/{FILE}",
        f"..%2f{c.slug}/{below}/{FILE}",
        f"..%5c{c.slug}/{below}/{FILE}",
        f"..\\{c.slug}/{below}/{FILE}",
        f"%2e/{c.artifacts}/{FILE}",
        f"workspaces%2f{c.slug}/{below}/{FILE}",
        f"workspaces%252f{c.slug}/{below}/{FILE}",
        f"%77orkspaces/{c.slug}/{below}/{FILE}",
        f"WORKSPACES/{c.slug}/{below}/{FILE}",
        f"workspaces/{c.slug.upper()}/{below}/{FILE}",
        f"workspaces/{c.slug}%00/{below}/{FILE}",
        f"{below}/{FILE}",
    ]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
def test_no_way_leads_to_a_foreign_file(
    alice: Person, erin: Person, filled: Content, own: Content, method: str
) -> None:
    for way in foreign_paths(filled):
        path = artifact(own.slug, way.replace("OWN", own.slug))
        reply = erin.ask(method, path, raw=b"overwritten" if method == "PUT" else None)
        assert TEXT not in reply.body, way
        if method in ("GET", "HEAD"):
            assert reply.status != 200, way
    there = alice.ask("GET", artifact(filled.slug, f"{filled.artifacts}/{FILE}"))
    assert (there.status, there.body) == (200, TEXT)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE"])
@pytest.mark.parametrize(
    "path",
    ["workspaces/vault/1/r/artifacts/f", "workspaces/fraud", "workspaces/./vault/f", "workspaces"],
)
def test_a_foreign_path_does_not_even_reach_mlflow(
    door: NarrowDoor, method: str, path: str
) -> None:
    own = path == "workspaces/fraud"
    reply = door.alice.ask(method, artifact(SLUG, path), raw=b"x" if method == "PUT" else None)
    assert reply.status == (200 if own else 400)
    assert len(door.upstream.seen) == int(own)
    if method == "GET":
        door.upstream.seen.clear()
        door.alice.ask("GET", f"{artifact(SLUG, '')[:-1]}?path={path}")
        assert len(door.upstream.seen) == int(own)


def test_no_way_lists_a_foreign_folder(
    alice: Person, erin: Person, filled: Content, own: Content
) -> None:
    only_hers = artifact(filled.slug, f"{filled.artifacts}/notes/only-alice-has-this.txt")
    assert alice.ask("PUT", only_hers, raw=b"x").status == 200
    listing = artifact(own.slug, "")[:-1]
    for way in foreign_paths(filled):
        folder = way.replace("OWN", own.slug).removesuffix("/plan.txt")
        reply = erin.ask("GET", f"{listing}?path={folder}")
        assert b"only-alice" not in reply.body, way
    for root in ("", "?path=", "?path=.", "?path=..", "?path=/", "?path=workspaces"):
        reply = erin.ask("GET", listing + root)
        assert filled.slug.encode() not in reply.body, root
    seen = alice.ask("GET", f"{artifact(filled.slug, '')[:-1]}?path={filled.artifacts}/notes")
    assert b"only-alice" in seen.body, "alice herself sees it"


@pytest.mark.parametrize(
    "path", ["workspaces/OTHER/1", "./workspaces/OTHER/1", "..", "a//b", "a%b"]
)
@pytest.mark.parametrize(
    "address",
    [
        "api/2.0/mlflow/artifacts/list?run_id={run}&path=",
        "get-artifact?run_id={run}&path=",
        "model-versions/get-artifact?name={registered}&version=1&path=",
        "api/2.0/mlflow/logged-models/{model}/artifacts/directories?artifact_directory_path=",
        "ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files?artifact_file_path=",
        "ajax-api/2.0/mlflow/get-trace-artifact?request_id={trace}&path=",
        "ajax-api/3.0/mlflow/get-trace-artifact?request_id={trace}&path=",
    ],
)
def test_a_path_inside_a_run_stays_inside(
    erin: Person, filled: Content, own: Content, address: str, path: str
) -> None:
    own_ids = {"run": own.run, "registered": own.registered, "model": own.model}
    asked = address.format(**own_ids, trace=own.trace) + path.replace("OTHER", filled.slug)
    reply = erin.ask("GET", f"/projects/{own.slug}/{asked}")
    assert TEXT not in reply.body
    assert b"notes" not in reply.body
    if "workspaces" not in path or path.startswith("."):
        assert refused(reply, "path")


def test_what_belongs_to_alice_is_as_she_left_it(alice: Person, filled: Content) -> None:
    # Last in this file on purpose: after every attack above.
    assert metrics(alice, filled.slug, filled.run) == {METRIC: VALUE}
    assert model_metrics(alice, filled) == []
    versions = done(alice.mlflow(filled.slug, "GET", "model-versions/search"))["model_versions"]
    assert [version["name"] for version in versions] == [filled.registered]
    alias = f"registered-models/alias?name={filled.registered}&alias={filled.alias}"
    assert done(alice.mlflow(filled.slug, "GET", alias))["model_version"]["version"] == "1"
