"""`python write.py <name>` writes until a file says stop, and reads back all that was acknowledged.

STOP names that file; `<STOP>-<name>` is there whenever another run is complete. The last line of
the output is JSON: how many values were acknowledged, which of them are not there, which runs
nobody asked for. The exit code is not 0 if a call failed; what was acknowledged before is read back
all the same.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import mlflow
from mlflow import MlflowClient

NAME, STOP = sys.argv[1], Path(os.environ["STOP"])
STEPS = 6
MARK = Path(f"{STOP}-{NAME}")

# By run: what the server has confirmed.
acknowledged: dict[str, dict[str, object]] = {}


def write_run(number: int) -> None:
    """One run with metrics, parameters, a tag and a file; each is noted when it is confirmed."""
    with mlflow.start_run(run_name=NAME) as run:
        said = acknowledged[run.info.run_id] = {}
        for step in range(STEPS):
            mlflow.log_metric("value", number * STEPS + step, step=step)
            said[f"value {step}"] = number * STEPS + step
        mlflow.log_params({"number": number, "who": NAME})
        said |= {"number": str(number), "who": NAME}
        mlflow.set_tag("kind", NAME)
        said["kind"] = NAME
        mlflow.log_text(NAME, "who.txt")
        said["who.txt"] = NAME
    said["status"] = "FINISHED"


def read_run(client: MlflowClient, run_id: str) -> dict[str, object]:
    """The same of a run as the server has it now."""
    run = client.get_run(run_id)
    history = client.get_metric_history(run_id, "value")
    return {
        **{f"value {metric.step}": metric.value for metric in history},
        **run.data.params,
        "kind": run.data.tags.get("kind"),
        "status": run.info.status,
        **{file.path: NAME for file in client.list_artifacts(run_id)},
    }


def report(experiment: str) -> dict[str, object]:
    """What became of everything that was confirmed."""
    client = MlflowClient()
    lost = []
    for run_id, said in acknowledged.items():
        there = read_run(client, run_id)
        lost += [f"{run_id} {what}" for what, value in said.items() if there.get(what) != value]
    named = client.search_runs([experiment], f"attributes.run_name = '{NAME}'", max_results=5000)
    extra = [run.info.run_id for run in named if run.info.run_id not in acknowledged]
    confirmed = sum(len(said) + 1 for said in acknowledged.values())
    return {"runs": len(acknowledged), "acknowledged": confirmed, "lost": lost, "extra": extra}


experiment_id = mlflow.set_experiment("restart").experiment_id
try:
    while not STOP.exists() or not acknowledged:
        write_run(len(acknowledged))
        MARK.touch()
finally:
    sys.stdout.write(json.dumps(report(experiment_id)) + "\n")
