"""Traces over workspaces, the latest request first, without their spans."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from google.protobuf.duration_pb2 import Duration
from google.protobuf.timestamp_pb2 import Timestamp
from mlflow.entities.trace_info_v2 import _truncate_request_metadata, _truncate_tags
from mlflow.store.tracking.dbmodels.models import (
    SqlExperiment,
    SqlTraceInfo,
    SqlTraceMetadata,
    SqlTraceTag,
)
from mlflow.store.tracking.sqlalchemy_store import (
    SqlAlchemyStore,
    _get_filter_clauses_for_search_traces,
)
from mlflow.store.tracking.utils.trace_analytics import (
    PROMOTED_TRACE_METADATA_KEYS,
    compatibility_metadata_from_columns,
)
from mlflow.tracing.constant import TraceTagKey
from sqlalchemy import Connection, Select, select
from sqlalchemy.orm import Session

from mlflow_server.reading.lists.pages import (
    Sequel,
    has_part,
    in_active_experiments,
    in_mlflows_language,
    read_rows,
)
from mlflow_server.reading.questions import ListQuestion, Position
from mlflow_server.reading.rows import Check
from mlflow_server.reading.selection import chunks

Pairs = dict[str, dict[str, str]]


def read_traces(
    connection: Connection, question: ListQuestion, check: Check
) -> tuple[list[dict[str, Any]], Position | None]:
    """Traces of active experiments, and where the next page begins. Raises ReadingError 400."""
    sequel = Sequel(SqlTraceInfo.timestamp_ms, SqlTraceInfo.request_id)
    statement = _selected(connection, question)
    rows, following = read_rows(connection, statement, question, sequel)
    ids = [row.request_id for row in rows]
    tags = _read_pairs(connection, SqlTraceTag, ids, check)
    metadata = _read_pairs(connection, SqlTraceMetadata, ids, check)
    found = [
        {
            "project": row.workspace,
            "trace_id": row.request_id,
            "request_time": _moment(row.timestamp_ms),
            "execution_duration": _duration(row.execution_time_ms),
            "state": row.status,
            "request_preview": row.request_preview,
            "response_preview": row.response_preview,
            "experiment_id": str(row.experiment_id),
            "tags": _truncate_tags(_tags(row, tags[row.request_id])),
            "trace_metadata": _truncate_request_metadata(_metadata(row, metadata[row.request_id])),
        }
        for row in rows
    ]
    return found, following


def _selected(connection: Connection, question: ListQuestion) -> Select[Any]:
    theirs = in_active_experiments(SqlTraceInfo.experiment_id, question.workspaces)
    statement = (
        select(*SqlTraceInfo.__table__.c, SqlExperiment.workspace)
        .join(SqlExperiment, SqlExperiment.experiment_id == SqlTraceInfo.experiment_id)
        .where(theirs, *has_part(SqlTraceInfo.trace_name, question.query))
    )
    # Of nothing: it only puts statements together.
    session = Session()
    with in_mlflows_language():
        clauses = _get_filter_clauses_for_search_traces(
            question.filter,
            session,
            connection.dialect.name,
            session.query(SqlTraceInfo).filter(theirs),
        )
        # A method that asks nothing of its store.
        applied: Select[Any] = SqlAlchemyStore._apply_trace_filter_clauses(
            None, statement, *clauses
        )
    return applied


def _read_pairs(
    connection: Connection, table: Any, trace_ids: Sequence[str], check: Check
) -> Pairs:
    found: Pairs = defaultdict(dict)
    for chunk in chunks(trace_ids):
        check()
        statement = select(table.request_id, table.key, table.value).where(
            table.request_id.in_(chunk)
        )
        for trace_id, key, value in connection.execute(statement):
            found[trace_id][key] = value
    return found


def _tags(row: Any, kept: dict[str, str]) -> dict[str, str]:
    """The name stands in a column of its own."""
    tags = {key: value for key, value in kept.items() if key != TraceTagKey.TRACE_NAME}
    return tags if row.trace_name is None else {**tags, TraceTagKey.TRACE_NAME: row.trace_name}


def _metadata(row: Any, kept: dict[str, str]) -> dict[str, str]:
    """Session, tokens and cost stand in columns of their own."""
    others = {key: value for key, value in kept.items() if key not in PROMOTED_TRACE_METADATA_KEYS}
    return {**others, **compatibility_metadata_from_columns(row)}


def _moment(milliseconds: int) -> str | None:
    """As MLflow's REST says it, "2026-01-01T00:00:00.250Z"; None beyond the years 1 to 9999."""
    moment = Timestamp()
    try:
        moment.FromMilliseconds(milliseconds)
        return str(moment.ToJsonString())
    except (ValueError, OverflowError):
        return None


def _duration(milliseconds: int | None) -> str | None:
    """As MLflow's REST says it, "0.250s"; None for none, and beyond 10,000 years."""
    if milliseconds is None:
        return None
    duration = Duration()
    try:
        duration.FromMilliseconds(milliseconds)
        return str(duration.ToJsonString())
    except (ValueError, OverflowError):
        return None
