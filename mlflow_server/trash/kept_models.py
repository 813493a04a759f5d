"""Rows of the model registry as they are, before MLflow deletes them, and put back as they were.

MLflow's REST cannot do either: a deleted version keeps its number for ever, a new one gets the
highest plus one, and moments cannot be set. Everything here is of one workspace.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mlflow.entities.model_registry.model_version_stages import STAGE_DELETED_INTERNAL
from mlflow.store.model_registry.dbmodels.models import (
    SqlModelVersion,
    SqlModelVersionTag,
    SqlRegisteredModel,
    SqlRegisteredModelAlias,
    SqlRegisteredModelTag,
)
from sqlalchemy import Connection, Table, insert, select, update
from sqlalchemy.exc import IntegrityError

MODELS: Table = SqlRegisteredModel.__table__
MODEL_TAGS: Table = SqlRegisteredModelTag.__table__
VERSIONS: Table = SqlModelVersion.__table__
VERSION_TAGS: Table = SqlModelVersionTag.__table__
ALIASES: Table = SqlRegisteredModelAlias.__table__
# In the order in which they can be written.
TABLES = (MODELS, MODEL_TAGS, VERSIONS, VERSION_TAGS, ALIASES)
PROMPT_TAG = "mlflow.prompt.is_prompt"

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
Kept = dict[str, Any]


class Taken(Exception):
    """What stands there now is in the way; the text says what."""


class Gone(Exception):
    """What it belongs to is not there any more; the text says what."""


def read(connection: Connection, workspace: str, name: str, version: str | None) -> Kept | None:
    """The rows of a model, or of one of its versions; None if there is none.

    {"what", "name", "version", "since", "rows"}; `since` (milliseconds) tells it from a later one
    of the same name.
    """
    rows = {table.name: _rows(connection, table, workspace, name) for table in TABLES}
    if not rows[MODELS.name]:
        return None
    model = rows[MODELS.name][0]
    tags = {(tag["key"], tag["value"]) for tag in rows[MODEL_TAGS.name]}
    what = "prompt" if (PROMPT_TAG, "true") in tags else "model"
    if version is None:
        since = model["creation_time"]
        return {"what": what, "name": model["name"], "since": since, "rows": rows}
    number = _number(version)
    found = [
        row
        for row in rows[VERSIONS.name]
        if row["version"] == number and row["current_stage"] != STAGE_DELETED_INTERNAL
    ]
    if not found:
        return None
    pointing = [row for row in rows[ALIASES.name] if row["version"] == number]
    return {
        "what": f"{what} version",
        "name": found[0]["name"],
        "version": number,
        "since": found[0]["creation_time"],
        "rows": {VERSIONS.name: found, ALIASES.name: pointing},
    }


def put_back(connection: Connection, workspace: str, kept: Mapping[str, Any]) -> list[str]:
    """Write the rows back as they were; the aliases that name another version now stay there.

    Returns those aliases. Raises Taken or Gone, and then the caller must roll back.
    """
    rows: Rows = kept["rows"]
    if MODELS.name in rows:
        _put_model(connection, workspace, kept["name"], rows)
        return []
    return _put_version(connection, workspace, rows)


def _put_model(connection: Connection, workspace: str, name: str, rows: Rows) -> None:
    for table in TABLES:
        given = [_own(table, row, workspace) for row in rows.get(table.name, ())]
        if not given:
            continue
        try:
            connection.execute(insert(table), given)
        except IntegrityError:
            raise Taken(f"There is a model '{name}' again. Rename it, then restore.") from None


def _put_version(connection: Connection, workspace: str, rows: Rows) -> list[str]:
    (version,) = (_own(VERSIONS, row, workspace) for row in rows[VERSIONS.name])
    key = [VERSIONS.c[column] == version[column] for column in ("workspace", "name", "version")]
    # MLflow keeps the row of a deleted version, emptied: only that very row is filled again.
    same = VERSIONS.c.creation_time == version["creation_time"]
    deleted = VERSIONS.c.current_stage == STAGE_DELETED_INTERNAL
    filled = connection.execute(update(VERSIONS).where(*key, same, deleted).values(version))
    if not filled.rowcount:
        said = f"version {version['version']} of '{version['name']}'"
        if connection.execute(select(VERSIONS.c.version).where(*key)).first():
            raise Taken(f"There is a {said} already, which is another one or was never deleted.")
        raise Gone(f"The model of {said} is not there under this name. Restore or rename it first.")
    return [
        alias["alias"]
        for alias in (_own(ALIASES, row, workspace) for row in rows.get(ALIASES.name, ()))
        if not _point(connection, alias)
    ]


def _point(connection: Connection, alias: Mapping[str, Any]) -> bool:
    key = [ALIASES.c[column] == alias[column] for column in ("workspace", "name", "alias")]
    if connection.execute(select(ALIASES.c.version).where(*key)).first():
        return False
    connection.execute(insert(ALIASES), [alias])
    return True


def _rows(connection: Connection, table: Table, workspace: str, name: str) -> list[dict[str, Any]]:
    wanted = select(table).where(table.c.workspace == workspace, table.c.name == name)
    return [dict(row) for row in connection.execute(wanted).mappings()]


def _own(table: Table, row: Mapping[str, Any], workspace: str) -> dict[str, Any]:
    # The columns that this version of MLflow has, and never another workspace than the call's.
    given = {column.name: row[column.name] for column in table.columns if column.name in row}
    return {**given, "workspace": workspace}


def _number(version: str) -> int | None:
    try:
        return int(version)
    except ValueError:
        return None
