"""The lists of MLflow that can span projects, as data: where each is kept and how it is ordered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

EXPERIMENTS_PATH = "/api/2.0/mlflow/experiments/search"
MODELS_PATH = "/api/2.0/mlflow/registered-models/search"
RUNS_PATH = "/api/2.0/mlflow/runs/search"
TRACES_PATH = "/api/3.0/mlflow/traces/search"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class Order:
    """By which moment of a row a list is ordered, newest first.

    `moment`     the row's field that orders our list
    `sorted_by`  the row's field that MLflow can sort by; never older than `moment`
    `clause`     how MLflow's order_by calls it
    `bound`      how MLflow's filter calls it, empty if the filter does not know it
    """

    moment: str
    sorted_by: str
    clause: str
    bound: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """One sort of list.

    `rows`      the field of MLflow's answer that holds the rows
    `identity`  the row's field that is unique in its project
    `name`      how MLflow's filter calls the name
    `most`      the most rows that MLflow gives at once
    `inside`    the part of a question that names the experiments to look in, where one is needed
    """

    path: str
    rows: str
    identity: str
    name: str
    most: int
    orders: Mapping[str, Order]
    inside: Callable[[list[str]], dict[str, Any]] | None = None


def _of_experiments(field: str) -> Order:
    return Order(field, field, field, bound=field)


def _of_models(field: str) -> Order:
    return Order(field, "last_updated_timestamp", "last_updated_timestamp")


def _experiment_ids(ids: list[str]) -> dict[str, Any]:
    return {"experiment_ids": ids}


def _locations(ids: list[str]) -> dict[str, Any]:
    places = [{"mlflow_experiment": {"experiment_id": one}} for one in ids]
    return {"locations": [{"type": "MLFLOW_EXPERIMENT", **place} for place in places]}


# The order "created" never changes, so its pages are complete whatever happens between them.
# In the order "updated" a row that changes moves to the front, away from who pages on.
KINDS: dict[str, Kind] = {
    "experiments": Kind(
        EXPERIMENTS_PATH,
        rows="experiments",
        identity="experiment_id",
        name="name",
        most=50_000,
        orders={
            "created": _of_experiments("creation_time"),
            "updated": _of_experiments("last_update_time"),
        },
    ),
    "models": Kind(
        MODELS_PATH,
        rows="registered_models",
        identity="name",
        name="name",
        most=1000,
        orders={
            "created": _of_models("creation_timestamp"),
            "updated": _of_models("last_updated_timestamp"),
        },
    ),
    "runs": Kind(
        RUNS_PATH,
        rows="runs",
        identity="info.run_id",
        name="attributes.run_name",
        most=50_000,
        orders={
            "created": Order(
                "info.start_time",
                "info.start_time",
                "attributes.start_time",
                bound="attributes.start_time",
            )
        },
        inside=_experiment_ids,
    ),
    "traces": Kind(
        TRACES_PATH,
        rows="traces",
        identity="trace_id",
        name="name",
        most=500,
        orders={
            "created": Order("request_time", "request_time", "timestamp_ms", bound="timestamp_ms")
        },
        inside=_locations,
    ),
}


def field_of(row: Mapping[str, Any], name: str) -> Any:
    """A field of a row, `info.run_id` inside `info`; None where there is none."""
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def milliseconds(value: object) -> int:
    """A moment in milliseconds, from a number or from a time with its zone; 0 for none."""
    if value is None:
        return 0
    try:
        return int(str(value))
    except ValueError:
        return (datetime.fromisoformat(str(value)) - _EPOCH) // _MILLISECOND
