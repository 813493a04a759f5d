"""Active runs over workspaces, those that began last first, with all that was logged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

from mlflow.store.tracking.dbmodels.models import SqlExperiment, SqlRun
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NAME
from sqlalchemy import Connection, Integer, select, type_coerce

from mlflow_server.reading.lists.pages import (
    Sequel,
    has_part,
    in_active_experiments,
    number,
    or_long_ago,
    read_rows,
)
from mlflow_server.reading.questions import ListQuestion, Position, Question
from mlflow_server.reading.rows import Check
from mlflow_server.reading.selection import MODELS, chunks, select_runs

Texts = dict[str, dict[str, Any]]


def read_runs(
    connection: Connection, question: ListQuestion, check: Check
) -> tuple[list[dict[str, Any]], Position | None]:
    """Runs of active experiments, and where the next page begins.

    The filter is in the language of grammar.py. Raises ReadingError 400.
    """
    asked = Question(workspaces=question.workspaces, filter=question.filter)
    statement = (
        select_runs(connection, asked)
        .with_experiments()
        .of(
            SqlExperiment.workspace,
            SqlRun.run_uuid,
            SqlRun.name,
            SqlRun.experiment_id,
            SqlRun.status,
            SqlRun.start_time,
            SqlRun.end_time,
            SqlRun.lifecycle_stage,
            SqlRun.user_id,
            SqlRun.artifact_uri,
        )
        .where(
            in_active_experiments(SqlRun.experiment_id, question.workspaces),
            *has_part(SqlRun.name, question.query),
        )
    )
    sequel = Sequel(or_long_ago(SqlRun.start_time), SqlRun.run_uuid)
    rows, following = read_rows(connection, statement, question, sequel)
    ids = [row.run_uuid for row in rows]
    logged = {kind: _read_logged(connection, kind, ids, check) for kind in MODELS}
    found = [
        {
            "project": row.workspace,
            "run_id": row.run_uuid,
            # A run of an old MLflow has its name in a tag alone.
            "run_name": row.name or logged["tags"][row.run_uuid].get(MLFLOW_RUN_NAME) or row.name,
            "experiment_id": str(row.experiment_id),
            "status": row.status,
            "start_time": row.start_time,
            "end_time": row.end_time or None,
            "lifecycle_stage": row.lifecycle_stage,
            "user_id": row.user_id,
            "artifact_uri": row.artifact_uri or None,
            **{kind: logged[kind][row.run_uuid] for kind in MODELS},
        }
        for row in rows
    ]
    return found, following


def _read_logged(connection: Connection, kind: str, run_ids: Sequence[str], check: Check) -> Texts:
    """What each run has of a kind, by key."""
    model = MODELS[kind]
    fields: tuple[Any, ...] = (model.value,)
    tell: Callable[..., Any] = _text
    if kind == "metrics":
        fields, tell = (model.value, type_coerce(model.is_nan, Integer)), number
    found: Texts = defaultdict(dict)
    for chunk in chunks(run_ids):
        check()
        statement = select(model.run_uuid, model.key, *fields).where(model.run_uuid.in_(chunk))
        for run_id, key, *value in connection.execute(statement):
            found[run_id][key] = tell(*value)
    return found


def _text(value: str | None) -> str:
    return value or ""
