"""An ordinary training script. It knows MLflow and nothing else; it prints what it saw."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

NAME = "iris-classifier"
seen: dict[str, object] = {}

features, labels = load_iris(return_X_y=True)
client = MlflowClient()
mlflow.set_experiment("iris")

# Fluent calls: params, a metric with a history, tags, files.
with mlflow.start_run(run_name="by hand") as run:
    mlflow.log_param("depth", 3)
    for step in range(5):
        mlflow.log_metric("loss", 1 / (step + 1), step=step)
    mlflow.set_tag("purpose", "demonstration")
    mlflow.log_text("what was done", "notes/report.txt")
    mlflow.log_dict({"classes": 3}, "data.json")
    with mlflow.start_run(run_name="child", nested=True) as child:
        mlflow.log_metric("loss", 0.5)
    moment = run.info.start_time
    client.log_batch(
        run.info.run_id,
        metrics=[Metric(f"m{number}", number, moment, 0) for number in range(50)],
        params=[Param("optimiser", "adam")],
        tags=[RunTag("mlflow.user", "the-chief"), RunTag("batch", "yes")],
    )
stored = client.get_run(run.info.run_id)
seen["by hand"] = {
    "params": stored.data.params,
    "loss": stored.data.metrics["loss"],
    "history": [metric.value for metric in client.get_metric_history(run.info.run_id, "loss")],
    "batch": stored.data.metrics["m49"],
    "tags": stored.data.tags,
    "user": stored.info.user_id,
    "status": stored.info.status,
    "files": sorted(file.path for file in client.list_artifacts(run.info.run_id)),
    "parent of child": client.get_run(child.info.run_id).data.tags["mlflow.parentRunId"]
    == run.info.run_id,
}
with tempfile.TemporaryDirectory() as folder:
    path = mlflow.artifacts.download_artifacts(
        run_id=run.info.run_id, artifact_path="notes/report.txt", dst_path=folder
    )
    seen["downloaded"] = Path(path).read_text()

# autolog: everything by itself.
mlflow.sklearn.autolog()
with mlflow.start_run(run_name="autologged") as automatic:
    LogisticRegression(C=0.5, max_iter=300).fit(features, labels)
mlflow.sklearn.autolog(disable=True)
found = client.get_run(automatic.info.run_id)
seen["autolog"] = {
    "C": found.data.params["C"],
    "accuracy": found.data.metrics["training_accuracy_score"],
    "models": len(found.outputs.model_outputs),
}

# A model with signature and example, registered, promoted, loaded back by its alias.
with mlflow.start_run(run_name="to be registered") as final:
    model = LogisticRegression(max_iter=300).fit(features, labels)
    logged = mlflow.sklearn.log_model(
        model,
        name="model",
        signature=infer_signature(features, model.predict(features)),
        input_example=features[:2],
        registered_model_name=NAME,
        pip_requirements=["scikit-learn"],
    )
    mlflow.log_metric("accuracy", model.score(features, labels), model_id=logged.model_id)
client.set_registered_model_alias(NAME, "champion", "1")
loaded = mlflow.sklearn.load_model(f"models:/{NAME}@champion")
by_run = mlflow.pyfunc.load_model(logged.model_uri)
version = client.get_model_version_by_alias(NAME, "champion")
seen["registry"] = {
    "same predictions": bool(np.array_equal(loaded.predict(features), model.predict(features))),
    "same by uri": bool(np.array_equal(by_run.predict(features), model.predict(features))),
    "signature": by_run.metadata.signature is not None,
    "version": str(version.version),
    "run": version.run_id == final.info.run_id,
    "metric of the model": client.get_logged_model(logged.model_id).metrics[0].key,
    "found": [model.name for model in client.search_registered_models()],
}

# Traces.
traced = mlflow.trace(lambda question: question.upper(), name="answer")
traced("how many?")
mlflow.flush_trace_async_logging()
traces = mlflow.search_traces(return_type="list")
seen["traces"] = [trace.data.spans[0].name for trace in traces]

runs = mlflow.search_runs(experiment_names=["iris"], filter_string="metrics.loss < 0.3")
seen["search"] = list(runs["tags.mlflow.runName"])
json.dump(seen, sys.stdout)
