"""The shortest script there is: it names no experiment. It prints where its run went."""

from __future__ import annotations

import json
import sys

import mlflow

with mlflow.start_run() as run:
    mlflow.log_metric("accuracy", 0.9)
    mlflow.log_text("hello", "hello.txt")
stored = mlflow.get_run(run.info.run_id)
text = mlflow.artifacts.load_text(f"{stored.info.artifact_uri}/hello.txt")
experiment = mlflow.get_experiment(stored.info.experiment_id)
seen = {
    "run": run.info.run_id,
    "user": stored.info.user_id,
    "accuracy": stored.data.metrics["accuracy"],
    "text": text,
    "experiment": experiment.name,
}
json.dump(seen, sys.stdout)
