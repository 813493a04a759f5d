"""Experiments and runs of one project, read and written through uac_api as data frames."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import pandas as pd

from studio_app.api.client import ApiError, Client, Json
from studio_app.api.runs import RunPage as ArrowPage
from studio_app.runs.run_frames import (
    GOING,
    PARENT,
    asked_columns,
    dataset_of,
    metric_frame,
    pairs_of,
    run_frame,
    started,
)
from studio_app.runs.table import run_columns
from studio_app.runs.table.run_columns import RunColumns

API = "api/2.0/mlflow"
NOTE = "mlflow.note.content"

# How SQLite and MySQL, and how PostgreSQL, call a name in use.
_CLASHES = ("IntegrityError", "UniqueViolation")

# The reading room takes no more names of runs in one question.
MOST_NAMED = 1000
# What more runs than this have is told from a sample: the table need not wait for all of them.
EXACT_UP_TO = 2_000
# The columns that a row of it begins with.
ROW_COLUMNS = 13

STATUSES = ("FINISHED", "RUNNING", "SCHEDULED", "FAILED", "KILLED")
VIEWS = ("active", "deleted")


@dataclass(frozen=True)
class RunPage:
    """Some runs of a search, one row each.

    `total` is how many there are, a text that ends in `+` where there are more than it says;
    `token` leads to the next page and is empty at the end.
    """

    frame: pd.DataFrame
    total: str
    token: str


@dataclass(frozen=True)
class Children:
    """The first runs below a run, the columns to show of them, and whether there are more."""

    frame: pd.DataFrame
    columns: list[str]
    more: bool


@dataclass(frozen=True)
class Run:
    """One run with everything that MLflow keeps beside its metric histories."""

    info: Json
    metrics: pd.DataFrame
    params: dict[str, str]
    tags: dict[str, str]
    datasets: list[dict[str, str]] = field(default_factory=list)
    model_ids: list[str] = field(default_factory=list)

    @property
    def run_id(self) -> str:
        """The id that MLflow gave it."""
        return str(self.info["run_id"])

    @property
    def name(self) -> str:
        """The name a person or MLflow gave it."""
        return str(self.info.get("run_name") or self.run_id)

    @property
    def running(self) -> bool:
        """True while the program behind it may still log."""
        return self.info.get("status") in GOING

    @property
    def deleted(self) -> bool:
        """True when it was deleted and can still be restored."""
        return self.info.get("lifecycle_stage") == "deleted"

    @property
    def user(self) -> str:
        """Who logged it."""
        return self.tags.get("mlflow.user") or str(self.info.get("user_id") or "")

    def seconds(self, now: float) -> float | None:
        """How long it took, or has taken until `now` (milliseconds) while it runs."""
        start = started(self.info)
        end = self.info.get("end_time") or (now if self.running else None)
        return None if start is None or end is None else (end - start) / 1000


# Experiments


def experiment(client: Client, project: str, experiment_id: str) -> Json:
    """One experiment, its tags as a dict. Raises ApiError 404."""
    answer = client.mlflow(
        project, "GET", f"{API}/experiments/get", query={"experiment_id": experiment_id}
    )
    found: Json = answer["experiment"]
    return found | {"tags": pairs_of(found.get("tags"))}


def create_experiment(client: Client, project: str, name: str) -> str:
    """The id of a new experiment. Raises ApiError when the name is in use."""
    try:
        answer = client.mlflow(project, "POST", f"{API}/experiments/create", body={"name": name})
    except ApiError as error:
        raise _said_plainly(error) from error
    return str(answer["experiment_id"])


def rename_experiment(client: Client, project: str, experiment_id: str, name: str) -> None:
    """Gives an experiment another name. Raises ApiError when the name is in use."""
    body = {"experiment_id": experiment_id, "new_name": name}
    try:
        client.mlflow(project, "POST", f"{API}/experiments/update", body=body)
    except ApiError as error:
        raise _said_plainly(error) from error


def delete_experiment(client: Client, project: str, experiment_id: str) -> None:
    """Deletes an experiment with its runs; MLflow keeps them until its garbage collection."""
    body = {"experiment_id": experiment_id}
    client.mlflow(project, "POST", f"{API}/experiments/delete", body=body)


# Runs


def query_runs(
    client: Client,
    project: str,
    experiment_ids: Sequence[str],
    *,
    run_ids: Sequence[str] | None = None,
    filter_text: str = "",
    order: Sequence[Json] = (),
    columns: Sequence[str] | None = None,
    limit: int = 100,
    view: str = "active",
    page_token: str = "",
) -> ArrowPage:
    """A page of the runs of some experiments, or of all, of those that are named if any are.

    Without a project of all that the person may read.

    Without `columns` those come that differ most. Raises ApiError: 400 `filter` with the position
    of a mistake, TooSlow.
    """
    return client.query_runs(
        {
            "projects": [project] if project else [],
            "experiments": list(experiment_ids) or None,
            "runs": None if run_ids is None else list(run_ids),
            "filter": filter_text,
            "order": list(order),
            "columns": "auto" if columns is None else asked_columns(columns)[: run_columns.MOST],
            "limit": limit,
            "view": view,
            "page_token": page_token,
        }
    )


def search_runs(
    client: Client,
    project: str,
    experiment_ids: Sequence[str],
    *,
    run_ids: Sequence[str] | None = None,
    filter_text: str = "",
    order: Sequence[Json] = (),
    columns: Sequence[str] | None = None,
    limit: int = 100,
    view: str = "active",
    page_token: str = "",
) -> RunPage:
    """A page of runs as a data frame; otherwise as `query_runs`."""
    page = query_runs(
        client,
        project,
        experiment_ids,
        run_ids=run_ids,
        filter_text=filter_text,
        order=order,
        columns=columns,
        limit=limit,
        view=view,
        page_token=page_token,
    )
    return RunPage(run_frame(page.table), page.total, page.next_page_token)


def columns_of_runs(
    client: Client,
    project: str,
    experiment_id: str,
    *,
    run_ids: Sequence[str] | None = None,
    filter_text: str = "",
    view: str = "active",
) -> RunColumns:
    """What the runs of an experiment, or of all, have. Raises ApiError as `query_runs` does."""
    question = {
        "projects": [project] if project else [],
        "experiments": [experiment_id] if experiment_id else None,
        "runs": None if run_ids is None else list(run_ids),
        "filter": filter_text,
        "view": view,
        "exact_up_to": EXACT_UP_TO,
    }
    return run_columns.read(client.run_columns(question))


def runs_by_id(
    client: Client,
    project: str,
    experiment_id: str,
    run_ids: Iterable[str],
    *,
    columns: Sequence[str] | None = None,
    view: str = "active",
) -> pd.DataFrame:
    """The named runs of one experiment, or of any; ids that are not in it are left out.

    Without `columns` with all that they have, of which MLflow allows thousands: the 500 that tell
    most.
    """
    wanted = [run_id for run_id in run_ids if run_id.isalnum()][:MOST_NAMED]
    if columns is None:
        found = columns_of_runs(client, project, experiment_id, run_ids=wanted, view=view)
        columns = ["user", "source", *found.most_telling]
    page = search_runs(
        client,
        project,
        [experiment_id] if experiment_id else [],
        run_ids=wanted,
        columns=columns,
        limit=max(len(wanted), 1),
        view=view,
    )
    order = {run_id: place for place, run_id in enumerate(wanted)}
    return page.frame.sort_values("run_id", key=lambda ids: ids.map(order), ignore_index=True)


def run(client: Client, project: str, run_id: str) -> Run:
    """One run. Raises ApiError 404."""
    answer = client.mlflow(project, "GET", f"{API}/runs/get", query={"run_id": run_id})["run"]
    data = answer.get("data", {})
    inputs = answer.get("inputs", {}).get("dataset_inputs", [])
    outputs = answer.get("outputs", {}).get("model_outputs", [])
    return Run(
        info=answer["info"],
        metrics=metric_frame(data.get("metrics", [])),
        params=pairs_of(data.get("params")),
        tags=pairs_of(data.get("tags")),
        datasets=[dataset_of(entry) for entry in inputs],
        model_ids=[str(output["model_id"]) for output in outputs],
    )


def children(client: Client, project: str, parent: Run, limit: int = 200) -> Children:
    """The nested runs directly below a run, oldest first."""
    experiment_id = str(parent.info["experiment_id"])
    below = f"tags.`{PARENT}` = '{parent.run_id}'"
    found = columns_of_runs(client, project, experiment_id, filter_text=below)
    columns = found.first_choice()
    if not found.runs:
        return Children(pd.DataFrame(), columns, more=False)
    page = search_runs(
        client,
        project,
        [experiment_id],
        filter_text=below,
        order=[{"by": "attributes.start_time", "ascending": True}],
        columns=columns,
        limit=limit,
    )
    return Children(page.frame, columns, more=bool(page.token))


def rename_run(client: Client, project: str, run_id: str, name: str) -> None:
    """Gives a run another name."""
    client.mlflow(project, "POST", f"{API}/runs/update", body={"run_id": run_id, "run_name": name})


def set_tag(client: Client, project: str, run_id: str, key: str, value: str) -> None:
    """Sets one tag of a run."""
    body = {"run_id": run_id, "key": key, "value": value}
    client.mlflow(project, "POST", f"{API}/runs/set-tag", body=body)


def delete_tag(client: Client, project: str, run_id: str, key: str) -> None:
    """Removes one tag of a run."""
    client.mlflow(project, "POST", f"{API}/runs/delete-tag", body={"run_id": run_id, "key": key})


def delete_runs(client: Client, project: str, run_ids: Iterable[str]) -> None:
    """Deletes runs so that they can be restored. Stops at the first refusal."""
    for run_id in run_ids:
        client.mlflow(project, "POST", f"{API}/runs/delete", body={"run_id": run_id})


def restore_runs(client: Client, project: str, run_ids: Iterable[str]) -> None:
    """Brings deleted runs back. Stops at the first refusal."""
    for run_id in run_ids:
        client.mlflow(project, "POST", f"{API}/runs/restore", body={"run_id": run_id})


def _said_plainly(error: ApiError) -> ApiError:
    """MLflow explains a name in use with its database's own error: say it shorter."""
    clash = any(sign in error.message for sign in _CLASHES)
    if error.error_code != "RESOURCE_ALREADY_EXISTS" and not clash:
        return error
    return ApiError(
        409,
        "RESOURCE_ALREADY_EXISTS",
        "This project has an experiment of this name already, perhaps a deleted one. "
        "Choose another name.",
        error.reason,
        error.request_id,
    )
