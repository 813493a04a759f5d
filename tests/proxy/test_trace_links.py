"""A trace can be linked to a run before it has arrived; a link tells nothing of foreign traces."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

from sqlalchemy import create_engine, text

from conftest import Stack
from content import Content, done, new_run, v3
from evaluation import root_span
from people import Person, Reply

SCRIPT = """
import mlflow
from mlflow import MlflowClient

mlflow.set_tracking_uri("{uri}")
run = mlflow.MlflowClient().create_run("{experiment}")
with mlflow.start_span("early") as span:
    pass
# Right away: the span is still on its way, in a thread of the client.
MlflowClient().link_traces_to_run([span.trace_id], run.info.run_id)
mlflow.flush_trace_async_logging()
found = mlflow.search_traces(
    locations=["{experiment}"], run_id=run.info.run_id, return_type="list"
)
assert [one.info.trace_id for one in found] == [span.trace_id], found
print("linked")
"""


def link(person: Person, slug: str, run: str, *traces: str) -> Reply:
    """What the answer to a link is."""
    body = {"run_id": run, "trace_ids": list(traces)}
    return person.mlflow(slug, "POST", "traces/link-to-run", body)


def linked(person: Person, slug: str, experiment: str, run: str) -> set[str]:
    """The traces that a search of a project finds for a run."""
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": experiment}}
    asked = {"locations": [place], "filter": f"trace.run_id = '{run}'"}
    found = done(v3(person, slug, "POST", "traces/search", asked))
    return {one["trace_id"] for one in found.get("traces", [])}


def arrive(person: Person, slug: str, experiment: str, trace: str) -> None:
    """The root span of a trace reaches the project."""
    headers = {"X-Mlflow-Experiment-Id": experiment}
    sent = person.ask("POST", f"/projects/{slug}/v1/traces", root_span(trace), headers=headers)
    assert sent.status == 200, sent.body


def waiting(stack: Stack) -> set[tuple[str, str]]:
    """The links that wait, of all projects."""
    engine = create_engine(stack.uac.environment["STUDIO_DATABASE_URL"])
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT run_id, trace_id FROM trace_links")).all()
    engine.dispose()
    return {(row[0], row[1]) for row in rows}


def associations(stack: Stack, trace: str) -> int:
    """How often MLflow's database links a trace with anything."""
    engine = create_engine(stack.mlflow.environment["MLFLOW_BACKEND_STORE_URI"])
    with engine.connect() as connection:
        counted = "SELECT count(*) FROM entity_associations WHERE source_id = :trace"
        found = int(connection.execute(text(counted), {"trace": trace}).scalar_one())
    engine.dispose()
    return found


def test_a_link_waits_for_its_trace_and_is_made_when_it_arrives(
    bob: Person, filled: Content, stack: Stack
) -> None:
    run = new_run(bob, filled.slug, filled.experiment)["info"]["run_id"]
    early, later = (f"tr-{uuid.uuid4().hex}" for _ in range(2))
    done(link(bob, filled.slug, run, early, later, filled.trace))
    place = filled.slug, filled.experiment
    assert linked(bob, *place, run) == {filled.trace}
    arrive(bob, *place, early)
    assert linked(bob, *place, run) == {filled.trace, early}
    arrive(bob, *place, later)
    assert linked(bob, *place, run) == {filled.trace, early, later}
    assert not {one for one in waiting(stack) if one[0] == run}


def test_a_foreign_trace_is_answered_as_one_that_nobody_has_and_never_linked(
    alice: Person, erin: Person, filled: Content, own: Content, stack: Stack
) -> None:
    run = new_run(erin, own.slug, own.experiment)["info"]["run_id"]
    nobodys, before = f"tr-{uuid.uuid4().hex}", associations(stack, filled.trace)
    foreign, unknown = (link(erin, own.slug, run, one) for one in (filled.trace, nobodys))
    assert (foreign.status, foreign.body) == (unknown.status, unknown.body)
    assert foreign.status == 200
    # Both wait in the same way, also once a trace of this project has arrived.
    for _ in range(2):
        assert {(run, filled.trace), (run, nobodys)} <= waiting(stack)
        assert linked(erin, own.slug, own.experiment, run) == set()
        assert linked(alice, filled.slug, filled.experiment, run) == set()
        arrive(erin, own.slug, own.experiment, f"tr-{uuid.uuid4().hex}")
    # What is nobody's now may become another project's: its arrival there makes no link.
    arrive(alice, filled.slug, filled.experiment, nobodys)
    assert linked(alice, filled.slug, filled.experiment, run) == set()
    assert associations(stack, nobodys) == 0
    assert associations(stack, filled.trace) == before


def test_nothing_waits_for_a_foreign_run_and_a_viewer_links_nothing(
    carol: Person, erin: Person, filled: Content, own: Content, stack: Stack
) -> None:
    trace = f"tr-{uuid.uuid4().hex}"
    assert link(erin, own.slug, filled.run, trace).status == 404
    assert link(carol, filled.slug, filled.run, trace).status == 403
    assert trace not in {one for _, one in waiting(stack)}
    body = {"run_id": own.run, "trace_ids": [7]}
    assert erin.mlflow(own.slug, "POST", "traces/link-to-run", body).status == 400


def test_the_mlflow_client_links_a_trace_that_it_still_exports(
    stack: Stack, filled: Content, tmp_path: Path
) -> None:
    token = stack.with_token("bob").credential.split()[1]
    uri = f"{stack.uac.url}/projects/{filled.slug}"
    script = SCRIPT.format(uri=uri, experiment=filled.experiment)
    environment = {
        **os.environ,
        "MLFLOW_TRACKING_TOKEN": token,
        "MLFLOW_EXPERIMENT_ID": filled.experiment,
        "MLFLOW_ENABLE_ASYNC_TRACE_LOGGING": "true",
    }
    ended = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert ended.stdout.strip().endswith("linked"), ended.stderr
