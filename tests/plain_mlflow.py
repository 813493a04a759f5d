"""Makes a plain MLflow of somebody else: `python tests/plain_mlflow.py FOLDER RUNS`.

A database and a folder of artifacts, by the mlflow client and without a server. Runs in a process
of its own, because mlflow remembers in a process where it logs to.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

PROJECTS = ("fraud", "churn")


def _run(client: Any, experiment: str, number: int, parent: str | None, folder: Path) -> str:
    from mlflow.entities import Metric, Param, RunTag

    tags = {"mlflow.parentRunId": parent} if parent else {}
    run = client.create_run(experiment, run_name=f"run-{number}", tags=tags)
    one = str(run.info.run_id)
    client.log_batch(
        one,
        metrics=[
            Metric("loss", 1 / (step + 3), 1_700_000_000_000 + step, step) for step in range(8)
        ]
        + [Metric("odd", float("nan"), 1, 0), Metric("odd", float("inf"), 2, 1)],
        params=[Param(f"p{at}", "0.1" * at) for at in range(1, 5)],
        tags=[RunTag("mlflow.note.content", f"größe {number}"), RunTag("team", "a")],
    )
    file = folder / f"größe {number}.txt"
    file.write_text(f"what run {number} found", encoding="utf-8")
    client.log_artifact(one, str(file), "notes")
    file.unlink()
    client.set_terminated(one)
    return one


def _more(client: Any, experiment: str, run: str, name: str, folder: Path) -> None:
    """A dataset, a logged model, a registered model with two versions, an alias and tags."""
    from mlflow.entities import DatasetInput, InputTag, LoggedModelOutput, Metric
    from mlflow.entities.dataset import Dataset

    given = Dataset(name, "d1", "local", '{"uri": "x"}')
    client.log_inputs(
        run, datasets=[DatasetInput(given, [InputTag("mlflow.data.context", "train")])]
    )
    model = client.create_logged_model(experiment, "forest", source_run_id=run, params={"a": "1"})
    weights = folder / "weights"
    weights.mkdir(exist_ok=True)
    (weights / "MLmodel").write_text(f"model_id: {model.model_id}\nflavors: {{}}\n")
    (weights / "data.bin").write_bytes(bytes(range(256)) * 300)
    client.log_model_artifacts(model.model_id, str(weights))
    client.finalize_logged_model(model.model_id, "READY")
    client.set_logged_model_tags(model.model_id, {"stage": "good"})
    client.log_outputs(run, [LoggedModelOutput(model.model_id, 3)])
    client.log_batch(run, metrics=[Metric("auc", 0.9, 5, 1, model_id=model.model_id)])
    client.create_registered_model(name, tags={"kind": "forest"}, description="a forest")
    for source in (f"models:/{model.model_id}", f"runs:/{run}/notes"):
        version = client.create_model_version(name, source, run, tags={"by": "hand"})
    client.set_registered_model_alias(name, "champion", version.version)


def _trace(mlflow: Any, experiment: str, number: int) -> str:
    mlflow.set_experiment(experiment_id=experiment)
    with mlflow.start_span(name=f"ask-{number}") as span:
        span.set_inputs({"question": f"q{number}"})
        with mlflow.start_span(name="look up", span_type="RETRIEVER") as inner:
            inner.set_outputs(["a", "b"])
        span.set_outputs({"answer": "yes"})
    mlflow.flush_trace_async_logging()
    mlflow.log_feedback(trace_id=span.trace_id, name="good", value=True, rationale="it is so")
    mlflow.log_expectation(trace_id=span.trace_id, name="wanted", value="yes")
    return str(span.trace_id)


def make(folder: Path, number: int, root: str) -> None:
    """One of everything for each project, and so many runs over both."""
    import mlflow
    from mlflow.genai import datasets

    client = mlflow.MlflowClient()
    for name in PROJECTS:
        experiment = client.create_experiment(f"{name}-online", artifact_location=f"{root}/{name}")
        gone = client.create_experiment(f"{name}-old")
        client.set_experiment_tag(experiment, "mlflow.note.content", name)
        parent = None
        for at in range(number // 2):
            run = _run(client, experiment, at, parent, folder)
            parent = run if at % 10 == 0 else parent
            if at % 25 == 0:
                _more(client, experiment, run, f"{name}-forest-{at}", folder)
            if at % 20 == 3:
                client.delete_run(run)
        _run(client, gone, 0, None, folder)
        client.delete_experiment(gone)
        traces = [_trace(mlflow, experiment, at) for at in range(max(3, number // 20))]
        client.link_traces_to_run(traces[:2], run)
        mlflow.genai.register_prompt(f"{name}-prompt", "Say {{what}} kindly.", tags={"lang": "en"})
        mlflow.genai.set_prompt_alias(f"{name}-prompt", "live", 1)
        kept = datasets.create_dataset(f"{name}-questions", experiment_id=[experiment])
        kept.merge_records([{"inputs": {"q": name}, "expectations": {"a": "yes"}}])


if __name__ == "__main__":
    place = Path(sys.argv[1]).absolute()
    place.mkdir(parents=True, exist_ok=True)
    os.chdir(place)
    os.environ["MLFLOW_TRACKING_URI"] = f"sqlite:///{place}/mlflow.db"
    os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
    make(place, int(sys.argv[2]), f"{place}/mlruns")
