"""What an untrusted job does that was given one run (MLFLOW_RUN_ID) and a token for it."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import mlflow
import numpy as np
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

MINE, OTHER = os.environ["MLFLOW_RUN_ID"], os.environ["OTHER_RUN_ID"]
client = MlflowClient()

with mlflow.start_run(run_id=MINE) as run:
    mlflow.log_param("depth", 3)
    mlflow.log_params({"width": 7})
    mlflow.log_metric("loss", 1.0, step=0)
    mlflow.log_metric("loss", 0.5, step=1)
    mlflow.log_metrics({"accuracy": 0.9})
    mlflow.set_tag("purpose", "job")
    mlflow.log_dict({"plan": 1}, "plan.json")
    Path("report.txt").write_text("what was done")
    mlflow.log_artifact("report.txt", "notes")
    mlflow.log_input(mlflow.data.from_numpy(np.array([1, 2]), name="numbers"))

root = client.get_run(MINE).info.artifact_uri
downloaded = mlflow.artifacts.download_artifacts(run_id=MINE, artifact_path="notes/report.txt")
seen: dict[str, object] = {
    "files": sorted(one.path for one in client.list_artifacts(MINE)),
    "history": [one.value for one in client.get_metric_history(MINE, "loss")],
    "downloaded": Path(downloaded).read_text(),
}


def upload_elsewhere() -> None:
    """Put a file into the other run's folder, past the tracking API."""
    get_artifact_repository(root.replace(MINE, OTHER)).log_artifact("report.txt")


attempts: dict[str, Callable[[], object]] = {
    "read the other run": lambda: client.get_run(OTHER),
    "write into the other run": lambda: client.log_metric(OTHER, "loss", 0.0),
    "a file of the other run": upload_elsewhere,
    "a new run": lambda: client.create_run(run.info.experiment_id),
    "search runs": lambda: client.search_runs([run.info.experiment_id]),
    "list experiments": lambda: client.search_experiments(),
    "a model": lambda: client.create_registered_model("tree"),
    "delete the run": lambda: client.delete_run(MINE),
}
refused: dict[str, str] = {}
for name, attempt in attempts.items():
    try:
        attempt()
    except MlflowException as error:
        refused[name] = str(error)
    except OSError as error:
        response = getattr(error, "response", None)
        refused[name] = f"{error} {response.text if response is not None else ''}"

sys.stdout.write(f"{json.dumps({**seen, 'refused': refused})}\n")
