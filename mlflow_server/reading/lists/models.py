"""Registered models over workspaces, each with its tags, aliases and latest versions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from mlflow.entities.model_registry.model_version_stages import STAGE_DELETED_INTERNAL
from mlflow.store.model_registry.dbmodels.models import (
    SqlModelVersion,
    SqlRegisteredModel,
    SqlRegisteredModelAlias,
    SqlRegisteredModelTag,
)
from mlflow.store.model_registry.sqlalchemy_store import SqlAlchemyStore
from mlflow.utils.search_utils import SearchModelUtils
from sqlalchemy import ColumnElement, Connection, Select, func, select, tuple_

from mlflow_server.reading.lists.pages import (
    Sequel,
    has_part,
    in_mlflows_language,
    or_long_ago,
    read_rows,
)
from mlflow_server.reading.questions import ListQuestion, Position
from mlflow_server.reading.rows import Check

_MOMENTS = {
    "created": SqlRegisteredModel.creation_time,
    "updated": SqlRegisteredModel.last_updated_time,
}
# Workspace and name.
Model = tuple[str, str]


class _Registry(SqlAlchemyStore):  # type: ignore[misc]
    """MLflow's own store as far as it makes conditions, over several workspaces; it asks nobody."""

    def __init__(self, workspaces: Sequence[str]) -> None:
        self._workspaces = workspaces

    def _get_workspace_clauses(self, model: Any) -> list[ColumnElement[bool]]:
        return [model.workspace.in_(self._workspaces)]


def read_models(
    connection: Connection, question: ListQuestion, check: Check
) -> tuple[list[dict[str, Any]], Position | None]:
    """Models, and where the next page begins.

    Prompts, which MLflow keeps as models, are there where the filter asks for them. Raises
    ReadingError 400.
    """
    sequel = Sequel(
        or_long_ago(_MOMENTS[question.order]), SqlRegisteredModel.workspace, SqlRegisteredModel.name
    )
    statement = _selected(connection, question)
    rows, following = read_rows(connection, statement, question, sequel)
    models = [(row.workspace, row.name) for row in rows]
    check()
    tags = _read_pairs(connection, SqlRegisteredModelTag, "key", "value", models)
    check()
    aliases = _read_pairs(connection, SqlRegisteredModelAlias, "alias", "version", models)
    check()
    versions = _read_latest_versions(connection, models)
    found = [
        {
            "project": row.workspace,
            "name": row.name,
            "description": row.description or "",
            "creation_timestamp": row.creation_time,
            "last_updated_timestamp": row.last_updated_time or None,
            "latest_versions": versions[row.workspace, row.name],
            "aliases": aliases[row.workspace, row.name],
            "tags": tags[row.workspace, row.name],
        }
        for row in rows
    ]
    return found, following


def _selected(connection: Connection, question: ListQuestion) -> Select[Any]:
    with in_mlflows_language():
        parsed = SearchModelUtils.parse_search_filter(question.filter)
        registry = _Registry(question.workspaces)
        dialect = connection.dialect.name
        filtered = registry._get_search_registered_model_filter_query(None, parsed, dialect)
    statement: Select[Any] = filtered.with_only_columns(
        SqlRegisteredModel.workspace,
        SqlRegisteredModel.name,
        SqlRegisteredModel.description,
        SqlRegisteredModel.creation_time,
        SqlRegisteredModel.last_updated_time,
        maintain_column_froms=True,
    )
    # MLflow's own conditions say it too; what must hold is said here.
    return statement.where(
        SqlRegisteredModel.workspace.in_(question.workspaces),
        *has_part(SqlRegisteredModel.name, question.query),
    )


def _read_pairs(
    connection: Connection, table: Any, key: str, value: str, models: Sequence[Model]
) -> dict[Model, dict[str, str]]:
    found: dict[Model, dict[str, str]] = defaultdict(dict)
    if not models:
        return found
    statement = select(
        table.workspace, table.name, getattr(table, key), getattr(table, value)
    ).where(_is_of(table, models))
    for workspace, name, one, kept in connection.execute(statement):
        found[workspace, name][one] = "" if kept is None else str(kept)
    return found


def _read_latest_versions(
    connection: Connection, models: Sequence[Model]
) -> dict[Model, list[dict[str, Any]]]:
    """Of each stage of each model the highest version."""
    found: dict[Model, list[dict[str, Any]]] = defaultdict(list)
    if not models:
        return found
    table = SqlModelVersion
    place = func.row_number().over(
        partition_by=(table.workspace, table.name, table.current_stage),
        order_by=table.version.desc(),
    )
    ranked = (
        select(
            table.workspace,
            table.name,
            table.version,
            table.current_stage,
            table.status,
            table.run_id,
            table.creation_time,
            place.label("place"),
        )
        .where(_is_of(table, models), table.current_stage != STAGE_DELETED_INTERNAL)
        .subquery()
    )
    statement = select(ranked).where(ranked.c.place == 1).order_by(ranked.c.version)
    for row in connection.execute(statement):
        found[row.workspace, row.name].append(
            {
                "version": str(row.version),
                "current_stage": row.current_stage,
                "status": row.status,
                "run_id": row.run_id,
                "creation_timestamp": row.creation_time,
            }
        )
    return found


def _is_of(table: Any, models: Sequence[Model]) -> ColumnElement[bool]:
    return tuple_(table.workspace, table.name).in_(models)
