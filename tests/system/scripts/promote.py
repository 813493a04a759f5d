"""Registers a version from a run of its own, then tries to move the alias `champion` to it."""

from __future__ import annotations

import os

import mlflow
from mlflow import MlflowClient

name = os.environ["MODEL_NAME"]
with mlflow.start_run() as run:
    mlflow.log_text("a model", "model/MLmodel")
client = MlflowClient()
client.create_model_version(name, f"runs:/{run.info.run_id}/model", run.info.run_id)
client.set_registered_model_alias(name, "champion", "2")
