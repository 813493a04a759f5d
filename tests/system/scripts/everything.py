"""What mlflow 2.22 and today's mlflow both can; prints what it saw, without ids and times."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

EXPERIMENT, MODEL = "both-clients", "both-models"
seen: dict[str, object] = {}

client = MlflowClient()
mlflow.set_experiment(EXPERIMENT)
with mlflow.start_run(run_name="first") as run:
    mlflow.log_param("depth", 3)
    mlflow.log_params({"optimiser": "adam"})
    for step in range(3):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.set_tag("purpose", "comparison")
    mlflow.log_text("what was done", "notes/report.txt")
    mlflow.log_dict({"classes": 3}, "data.json")
    moment = run.info.start_time
    client.log_batch(
        run.info.run_id,
        metrics=[Metric(f"m{number}", number, moment, 0) for number in range(20)],
        params=[Param("width", "7")],
        tags=[RunTag("mlflow.user", "the-chief"), RunTag("batch", "yes")],
    )
stored = client.get_run(run.info.run_id)
seen["run"] = {
    "params": stored.data.params,
    "metrics": stored.data.metrics,
    "history": [metric.value for metric in client.get_metric_history(run.info.run_id, "loss")],
    "tags": {name: stored.data.tags[name] for name in ("purpose", "batch", "mlflow.user")},
    "name": stored.info.run_name,
    "user": stored.info.user_id,
    "status": stored.info.status,
    "stage": stored.info.lifecycle_stage,
}

client.set_tag(run.info.run_id, "passing", "by")
client.delete_tag(run.info.run_id, "passing")
seen["tag is gone"] = "passing" not in client.get_run(run.info.run_id).data.tags

listed = client.list_artifacts(run.info.run_id)
seen["files"] = {file.path: file.is_dir for file in listed}
seen["files below"] = [file.path for file in client.list_artifacts(run.info.run_id, "notes")]
with tempfile.TemporaryDirectory() as folder:
    path = mlflow.artifacts.download_artifacts(
        run_id=run.info.run_id, artifact_path="notes/report.txt", dst_path=folder
    )
    seen["downloaded"] = Path(path).read_text()

with mlflow.start_run(run_name="second"):
    mlflow.log_metric("loss", 0.9)
experiment = client.get_experiment_by_name(EXPERIMENT)
assert experiment is not None
found = client.search_runs([experiment.experiment_id], "metrics.loss < 0.5")
seen["found"] = [one.info.run_name for one in found]
seen["experiments"] = sorted(one.name for one in client.search_experiments())

client.delete_run(run.info.run_id)
seen["after delete"] = [
    one.info.run_name for one in client.search_runs([experiment.experiment_id], "")
]
client.restore_run(run.info.run_id)
seen["after restore"] = client.get_run(run.info.run_id).info.lifecycle_stage

client.create_registered_model(MODEL, description="Scores.")
version = client.create_model_version(
    MODEL, source=f"runs:/{run.info.run_id}/notes", run_id=run.info.run_id
)
client.set_registered_model_alias(MODEL, "champion", version.version)
client.set_model_version_tag(MODEL, version.version, "checked", "yes")
champion = client.get_model_version_by_alias(MODEL, "champion")
seen["registry"] = {
    "version": str(champion.version),
    "status": champion.status,
    "run": champion.run_id == run.info.run_id,
    "tags": champion.tags,
    "models": [model.name for model in client.search_registered_models()],
    "versions": len(client.search_model_versions(f"name = '{MODEL}'")),
}

with mlflow.start_span(name="answer") as span:
    span.set_inputs({"question": "how many?"})
    span.set_outputs("three")
# The older client exports at once and has nothing to wait for.
flush = getattr(mlflow, "flush_trace_async_logging", None)
if flush is not None:
    flush()
traces = client.search_traces(experiment_ids=[experiment.experiment_id])
seen["traces"] = [
    {"spans": [one.name for one in trace.data.spans], "outputs": trace.data.spans[0].outputs}
    for trace in traces
]

try:
    client.get_run("0" * 32)
except mlflow.exceptions.MlflowException as error:
    seen["a run that is not there"] = error.error_code
json.dump(seen, sys.stdout)
