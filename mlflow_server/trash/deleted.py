"""Runs and experiments that MLflow keeps deleted, those deleted last first, of one workspace.

MLflow's search finds them too, but tells of no run when it was deleted, and cannot sort by that.
"""

from typing import Any

from mlflow.entities.lifecycle_stage import LifecycleStage
from mlflow.store.tracking.dbmodels.models import SqlExperiment, SqlRun
from sqlalchemy import ColumnElement, Connection, Select, and_, func, or_, select

Position = tuple[int, str]

_RUN_AT = func.coalesce(SqlRun.deleted_time, 0)
_EXPERIMENT_AT = func.coalesce(SqlExperiment.last_update_time, 0)


def runs(
    connection: Connection, workspace: str, after: Position | None, limit: int
) -> list[dict[str, Any]]:
    """{"id", "name", "inside", "experiment_id", "at"} of runs whose experiment is not deleted.

    The others go and come back with their experiment.
    """
    wanted = (
        select(
            SqlRun.run_uuid.label("id"),
            SqlRun.name.label("name"),
            SqlExperiment.name.label("inside"),
            SqlRun.experiment_id.label("experiment_id"),
            _RUN_AT.label("at"),
        )
        .join(SqlExperiment, SqlExperiment.experiment_id == SqlRun.experiment_id)
        .where(
            SqlExperiment.workspace == workspace,
            SqlExperiment.lifecycle_stage == LifecycleStage.ACTIVE,
            SqlRun.lifecycle_stage == LifecycleStage.DELETED,
        )
    )
    return _page(connection, wanted, (_RUN_AT, SqlRun.run_uuid), after, limit)


def experiments(
    connection: Connection, workspace: str, after: Position | None, limit: int
) -> list[dict[str, Any]]:
    """{"id", "name", "runs", "at"} of deleted experiments; `runs` says how many are in it."""
    count = (
        select(func.count())
        .where(SqlRun.experiment_id == SqlExperiment.experiment_id)
        .scalar_subquery()
    )
    wanted = select(
        SqlExperiment.experiment_id.label("id"),
        SqlExperiment.name.label("name"),
        count.label("runs"),
        _EXPERIMENT_AT.label("at"),
    ).where(
        SqlExperiment.workspace == workspace,
        SqlExperiment.lifecycle_stage == LifecycleStage.DELETED,
    )
    key = (_EXPERIMENT_AT, SqlExperiment.experiment_id)
    number = None if after is None else (after[0], int(after[1]))
    return _page(connection, wanted, key, number, limit)


def _page(
    connection: Connection,
    wanted: Select[Any],
    key: tuple[ColumnElement[Any], ColumnElement[Any]],
    after: tuple[int, Any] | None,
    limit: int,
) -> list[dict[str, Any]]:
    moment, identity = key
    if after is not None:
        later = and_(moment == after[0], identity < after[1])
        wanted = wanted.where(or_(moment < after[0], later))
    wanted = wanted.order_by(moment.desc(), identity.desc()).limit(limit)
    return [{**row, "id": str(row["id"])} for row in connection.execute(wanted).mappings()]


LISTS = {"runs": runs, "experiments": experiments}
