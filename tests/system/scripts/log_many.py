"""Begins one run after the other until it may not; prints how many, and what the client said."""

from __future__ import annotations

import json
import os
import sys

import mlflow
from mlflow.exceptions import MlflowException

seen: dict[str, object] = {"runs": 0, "said": "", "file": ""}
for number in range(1, 1 + int(os.environ["TRIES"])):
    try:
        with mlflow.start_run(run_name=f"run {number}"):
            mlflow.log_metric("loss", 1 / number)
    except MlflowException as error:
        seen["said"] = str(error)
        break
    seen["runs"] = number
last = mlflow.search_runs(output_format="list")
seen["found"] = len(last)
try:
    with mlflow.start_run(run_id=last[0].info.run_id):
        mlflow.log_text("x" * int(os.environ["SIZE"]), "large.txt")
except Exception as error:
    seen["file"] = str(error)
json.dump(seen, sys.stdout)
