"""A step of the demo is one run (or one search with nested runs) by one person, made once."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import mlflow
from mlflow.entities import Metric, Run
from mlflow.tracking import MlflowClient


class Expected(Exception):
    """Ends a run as failed."""


@dataclass(frozen=True)
class Step:
    """What one person does in one experiment; `work` runs inside the run of that name."""

    project: str
    author: str
    experiment: str
    run_name: str
    work: Callable[[], None]
    tags: Mapping[str, str]


class Studio:
    """The mlflow client of several people: each works with a token and in a project."""

    def __init__(self, address: str, tokens: Mapping[tuple[str, str], str]) -> None:
        self._address = address.rstrip("/")
        self._tokens = tokens

    def become(self, author: str, project: str) -> None:
        """From now on the mlflow client speaks as this person, in this project."""
        os.environ["MLFLOW_TRACKING_TOKEN"] = self._tokens[author, project]
        mlflow.set_tracking_uri(f"{self._address}/projects/{project}")

    def perform(self, step: Step) -> bool:
        """Do the step unless its run is there already; true if it was done now."""
        self.become(step.author, step.project)
        experiment = mlflow.set_experiment(step.experiment)
        found = _runs_named(experiment.experiment_id, step.run_name)
        if any(run.info.status in {"FINISHED", "FAILED"} for run in found):
            return False
        for run in found:
            _discard(run)
        # The file that runs here would be the demo's own; a person would see their script.
        tags = {"mlflow.source.name": "train.py", **step.tags}
        try:
            with mlflow.start_run(run_name=step.run_name, tags=tags):
                step.work()
        except Expected:
            pass
        return True


def _runs_named(experiment_id: str, name: str) -> list[Run]:
    return list(
        MlflowClient().search_runs(
            [experiment_id], f"attributes.run_name = '{name}'", max_results=9
        )
    )


def _discard(run: Run) -> None:
    # A demo that was interrupted left it; half a run would never be completed.
    client = MlflowClient()
    nested = f"tags.`mlflow.parentRunId` = '{run.info.run_id}'"
    for child in client.search_runs([run.info.experiment_id], nested, max_results=100):
        client.delete_run(child.info.run_id)
    client.delete_run(run.info.run_id)


def log_histories(histories: Mapping[str, Sequence[float]], seconds_per_step: float = 0.5) -> None:
    """Log whole metric histories in one request for every 1,000 values, MLflow's limit."""
    run = mlflow.active_run()
    if run is None:
        raise RuntimeError("Metric histories belong to a run.")
    begin = int((time.time() - seconds_per_step * max(map(len, histories.values()))) * 1000)
    metrics = [
        Metric(key, float(value), begin + int(step * seconds_per_step * 1000), step)
        for key, values in histories.items()
        for step, value in enumerate(values)
    ]
    client = MlflowClient()
    for first in range(0, len(metrics), 1000):
        client.log_batch(run.info.run_id, metrics=metrics[first : first + 1000])


def fail(error: Exception) -> Expected:
    """Note why the run fails, where its reader will look."""
    mlflow.set_tag("error", f"{type(error).__name__}: {str(error).splitlines()[0]}"[:250])
    mlflow.log_text(str(error), "error.txt")
    return Expected(str(error))
