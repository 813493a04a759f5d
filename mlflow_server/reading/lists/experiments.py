"""Experiments over workspaces, each with its tags and what its runs came to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import reduce
from typing import Any

from mlflow.entities.lifecycle_stage import LifecycleStage
from mlflow.store.tracking.dbmodels.models import (
    SqlExperiment,
    SqlExperimentTag,
    SqlLatestMetric,
    SqlRun,
)
from mlflow.store.tracking.sqlalchemy_store import _get_search_experiments_filter_clauses
from mlflow.utils.search_utils import SearchExperimentsUtils
from sqlalchemy import Connection, Integer, Select, func, select, type_coerce

from mlflow_server.reading.lists.pages import (
    Sequel,
    has_part,
    in_mlflows_language,
    number,
    or_long_ago,
    read_rows,
)
from mlflow_server.reading.questions import ListQuestion, Position
from mlflow_server.reading.rows import Check

_MOMENTS = {"created": SqlExperiment.creation_time, "updated": SqlExperiment.last_update_time}


def read_experiments(
    connection: Connection, question: ListQuestion, check: Check
) -> tuple[list[dict[str, Any]], Position | None]:
    """Active experiments, and where the next page begins.

    Each has `runs`, the number of its active runs; of the one that began last its start `last_run`,
    `last_status` and `newest_metric` {"key", "value"}, which are null where there is none.

    Raises ReadingError 400.
    """
    sequel = Sequel(or_long_ago(_MOMENTS[question.order]), SqlExperiment.experiment_id)
    statement = _selected(connection, question)
    rows, following = read_rows(connection, statement, question, sequel)
    ids = [row.experiment_id for row in rows]
    check()
    tags = _read_tags(connection, ids)
    check()
    work = _read_work(connection, ids, check)
    found = [
        {
            "project": row.workspace,
            "experiment_id": str(row.experiment_id),
            "name": row.name,
            "lifecycle_stage": row.lifecycle_stage,
            "creation_time": row.creation_time or None,
            "last_update_time": row.last_update_time or None,
            "artifact_location": row.artifact_location,
            "tags": tags[row.experiment_id],
            **work.get(row.experiment_id, _NO_WORK),
        }
        for row in rows
    ]
    return found, following


_NO_WORK: dict[str, Any] = {
    "runs": 0,
    "last_run": None,
    "last_status": None,
    "newest_metric": None,
}


def _selected(connection: Connection, question: ListQuestion) -> Select[Any]:
    with in_mlflows_language():
        parsed = SearchExperimentsUtils.parse_search_filter(question.filter)
        dialect = connection.dialect.name
        conditions, tagged = _get_search_experiments_filter_clauses(parsed, dialect)
    statement = select(
        SqlExperiment.workspace,
        SqlExperiment.experiment_id,
        SqlExperiment.name,
        SqlExperiment.lifecycle_stage,
        SqlExperiment.creation_time,
        SqlExperiment.last_update_time,
        SqlExperiment.artifact_location,
    )
    return reduce(lambda whole, part: whole.join(part), tagged, statement).where(
        SqlExperiment.workspace.in_(question.workspaces),
        SqlExperiment.lifecycle_stage == LifecycleStage.ACTIVE,
        *has_part(SqlExperiment.name, question.query),
        *conditions,
    )


def _read_tags(connection: Connection, ids: Sequence[int]) -> dict[int, dict[str, str]]:
    model = SqlExperimentTag
    statement = select(model.experiment_id, model.key, model.value).where(
        model.experiment_id.in_(ids)
    )
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for experiment, key, value in connection.execute(statement) if ids else ():
        found[experiment][key] = value or ""
    return found


def _read_work(
    connection: Connection, ids: Sequence[int], check: Check
) -> dict[int, dict[str, Any]]:
    """What is told of the runs of each experiment that has some.

    No join: SQLite has no index of the experiments of runs, and would go through all runs once for
    each experiment. Each of these two statements goes through them once.
    """
    if not ids:
        return {}
    theirs = SqlRun.experiment_id.in_(ids), SqlRun.lifecycle_stage == LifecycleStage.ACTIVE
    counted = connection.execute(
        select(SqlRun.experiment_id, func.count().label("runs"), func.max(SqlRun.start_time))
        .where(*theirs)
        .group_by(SqlRun.experiment_id)
    ).all()
    check()
    begun = SqlRun.start_time.in_({last for _, _, last in counted if last is not None})
    # Of runs that began at the same moment the first id counts.
    latest = connection.execute(
        select(SqlRun.experiment_id, SqlRun.start_time, func.min(SqlRun.run_uuid))
        .where(*theirs, begun)
        .group_by(SqlRun.experiment_id, SqlRun.start_time)
    )
    run_of = {(experiment, start): run_id for experiment, start, run_id in latest}
    last_run = {one: run_of.get((one, last), "") for one, _, last in counted}
    run_ids = [run_id for run_id in last_run.values() if run_id]
    check()
    by_id = select(SqlRun.run_uuid, SqlRun.status).where(SqlRun.run_uuid.in_(run_ids))
    status = {row.run_uuid: row.status for row in connection.execute(by_id)}
    check()
    metrics = _read_newest_metrics(connection, run_ids)
    return {
        experiment: {
            "runs": runs,
            "last_run": last,
            "last_status": status.get(last_run[experiment]),
            "newest_metric": metrics.get(last_run[experiment]),
        }
        for experiment, runs, last in counted
    }


def _read_newest_metrics(
    connection: Connection, run_ids: Sequence[str]
) -> dict[str, dict[str, Any]]:
    """Of each run the metric that was logged last."""
    model = SqlLatestMetric
    place = func.row_number().over(
        partition_by=model.run_uuid,
        order_by=(model.timestamp.desc(), model.step.desc(), model.key),
    )
    ranked = (
        select(
            model.run_uuid,
            model.key,
            model.value,
            type_coerce(model.is_nan, Integer).label("is_nan"),
            place.label("place"),
        )
        .where(model.run_uuid.in_(run_ids))
        .subquery()
    )
    statement = select(ranked).where(ranked.c.place == 1)
    return {
        row.run_uuid: {"key": row.key, "value": number(row.value, row.is_nan)}
        for row in connection.execute(statement)
    }
