"""What the servers hold while they are measured: runs by REST, crowds of experiments by SQL."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import column, create_engine, delete, insert, table
from sqlalchemy.engine import Engine

from tools.bench.wire import Wire

API = "/api/2.0/mlflow"
ARTIFACTS = "/api/2.0/mlflow-artifacts/artifacts"
SEARCHED_RUNS = 50
FIELDS = 10
T0 = 1_700_000_000_000

EXPERIMENTS = table(
    "experiments",
    column("name"),
    column("workspace"),
    column("artifact_location"),
    column("lifecycle_stage"),
    column("creation_time"),
    column("last_update_time"),
)


@dataclass(frozen=True)
class Content:
    """The ids of what is read and written."""

    slug: str
    experiment: str
    read: str
    written: str
    crowd: tuple[str, ...]

    def file(self, name: str) -> str:
        """The address of an artifact of the run that is written."""
        root = f"workspaces/{self.slug}/{self.experiment}/{self.written}/artifacts"
        return f"{ARTIFACTS}/{root}/{name}"


def fill(wire: Wire, slug: str, clients: int) -> Content:
    """An experiment with 50 runs to be found, and runs of their own for those who write."""
    searched = _experiment(wire, "searched")
    found = [_run(wire, searched) for _ in range(SEARCHED_RUNS)]
    for run in found:
        wire.call("POST", f"{API}/runs/log-batch", {"run_id": run, **_fields()})
    others = _experiment(wire, "written")
    written = [_run(wire, others) for _ in range(clients + 1)]
    return Content(slug, searched, found[0], written[0], tuple(written[1:]))


def metrics(count: int, step: int) -> list[dict[str, object]]:
    """So many metrics of one step."""
    return [
        {"key": f"metric-{number}", "value": number / 7, "timestamp": T0 + step, "step": step}
        for number in range(count)
    ]


def _fields() -> dict[str, object]:
    texts = [{"key": f"field-{number}", "value": f"value {number}"} for number in range(FIELDS)]
    return {"metrics": metrics(FIELDS, 0), "params": texts, "tags": texts}


def _experiment(wire: Wire, name: str) -> str:
    return str(wire.call("POST", f"{API}/experiments/create", {"name": name})["experiment_id"])


def _run(wire: Wire, experiment: str) -> str:
    body = {"experiment_id": experiment, "start_time": T0}
    return str(wire.call("POST", f"{API}/runs/create", body)["run"]["info"]["run_id"])


class Experiments:
    """Rows of MLflow's own table: ten thousand by REST would take longer than all the rest."""

    def __init__(self, mlflow_database: str) -> None:
        self._url = mlflow_database

    def add(self, workspaces: Iterable[str], each: int) -> None:
        """So many experiments in each of the workspaces."""
        rows = [
            {
                "name": f"experiment {number} of {workspace}",
                "workspace": workspace,
                "artifact_location": f"mlflow-artifacts:/workspaces/{workspace}/{number}",
                "lifecycle_stage": "active",
                "creation_time": T0 + number,
                "last_update_time": T0 + number,
            }
            for workspace in workspaces
            for number in range(each)
        ]
        engine = self._engine()
        with engine.begin() as connection:
            connection.execute(insert(EXPERIMENTS), rows)
        engine.dispose()

    def remove(self, workspaces: Iterable[str]) -> None:
        """All experiments of the workspaces."""
        engine = self._engine()
        with engine.begin() as connection:
            gone = EXPERIMENTS.c.workspace.in_(list(workspaces))
            connection.execute(delete(EXPERIMENTS).where(gone))
        engine.dispose()

    def _engine(self) -> Engine:
        return create_engine(self._url)
