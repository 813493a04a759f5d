"""Rows of the skill registry as they are, before they are deleted, and put back as they were.

MLflow 3.18 deletes a skill with its files, and a version for ever: its REST knows no way back. So a
skill is deleted here, by its rows alone, and its files wait for the purge of the trash. The tables
are read from the database, because an MLflow before 3.18 has no classes for them. Everything here
is of one workspace; a skill is told as `name` or `@organization/name`.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, MetaData, Table, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from mlflow_server.trash.kept_models import Gone, Kept, Rows, Taken

SKILLS, VERSIONS, ALIASES = "skills", "skill_versions", "skill_aliases"
# In the order in which they can be written.
TABLES = (SKILLS, "skill_tags", VERSIONS, "skill_version_tags", ALIASES)
WHAT = "skill"
DELETED = "deleted"


def read(connection: Connection, workspace: str, skill: str, version: str | None) -> Kept | None:
    """The rows of a skill, or of one of its versions; None if there is none.

    As `kept_models.read` tells them, and `skill` is how it is asked for again.
    """
    tables = _tables(connection)
    rows = {name: _rows(connection, tables[name], workspace, skill) for name in TABLES}
    if not rows[SKILLS]:
        return None
    kept: Kept = {"what": WHAT, "skill": skill, "name": skill}
    if version is None:
        return {**kept, "since": rows[SKILLS][0]["created_at"], "rows": rows}
    found = [
        row for row in rows[VERSIONS] if str(row["version"]) == version and row["status"] != DELETED
    ]
    if not found:
        return None
    number = found[0]["version"]
    return {
        **kept,
        "what": f"{WHAT} version",
        "version": number,
        "since": found[0]["created_at"],
        "rows": {
            VERSIONS: found,
            ALIASES: [row for row in rows[ALIASES] if row["version"] == number],
        },
    }


def remove(connection: Connection, workspace: str, skill: str) -> bool:
    """Delete the rows of a skill and of all that is its; False if there is none."""
    tables = _tables(connection)
    gone = 0
    for name in reversed(TABLES):
        where = _of(tables[name], workspace, skill)
        gone = connection.execute(delete(tables[name]).where(*where)).rowcount
    return bool(gone)


def put_back(connection: Connection, workspace: str, kept: Mapping[str, Any]) -> list[str]:
    """Write the rows back as they were; the aliases that name another version now stay there.

    Returns those aliases. Raises Taken or Gone, and then the caller must roll back.
    """
    tables, rows, skill = _tables(connection), kept["rows"], kept["skill"]
    if SKILLS in rows:
        _put_skill(connection, tables, workspace, skill, rows)
        return []
    (version,) = rows[VERSIONS]
    _undelete(connection, tables[VERSIONS], workspace, skill, version)
    return [
        alias["alias"]
        for alias in rows[ALIASES]
        if not _point(connection, tables[ALIASES], workspace, skill, alias)
    ]


def _put_skill(
    connection: Connection, tables: Mapping[str, Table], workspace: str, skill: str, rows: Rows
) -> None:
    for name in TABLES:
        given = [_own(tables[name], row, workspace) for row in rows[name]]
        if not given:
            continue
        try:
            connection.execute(insert(tables[name]), given)
        except IntegrityError:
            raise Taken(f"There is a skill '{skill}' again. Delete it, then restore.") from None


def _undelete(
    connection: Connection, table: Table, workspace: str, skill: str, version: Mapping[str, Any]
) -> None:
    # MLflow keeps the row of a deleted version: only that very row comes back.
    number = table.c.version == version["version"]
    same = (number, table.c.created_at == version["created_at"], table.c.status == DELETED)
    where = _of(table, workspace, skill)
    filled = connection.execute(
        update(table).where(*where, *same).values(_own(table, version, workspace))
    )
    if filled.rowcount:
        return
    said = f"version {version['version']} of '{skill}'"
    if connection.execute(select(table.c.version).where(*where, number)).first():
        raise Taken(f"There is a {said} already, which is another one or was never deleted.")
    raise Gone(f"The skill of {said} is not there. Restore it first.")


def _point(
    connection: Connection, table: Table, workspace: str, skill: str, alias: Mapping[str, Any]
) -> bool:
    named = table.c.alias == alias["alias"]
    if connection.execute(
        select(table.c.version).where(*_of(table, workspace, skill), named)
    ).first():
        return False
    connection.execute(insert(table), [_own(table, alias, workspace)])
    return True


def _tables(connection: Connection) -> Mapping[str, Table]:
    metadata = MetaData()
    metadata.reflect(connection, only=TABLES)
    return metadata.tables


def _rows(connection: Connection, table: Table, workspace: str, skill: str) -> list[dict[str, Any]]:
    wanted = select(table).where(*_of(table, workspace, skill))
    return [dict(row) for row in connection.execute(wanted).mappings()]


def _of(table: Table, workspace: str, skill: str) -> tuple[Any, ...]:
    organization, _, name = skill.removeprefix("@").rpartition("/")
    columns = table.c
    return (
        columns.workspace == workspace,
        columns.organization == organization,
        columns.name == name,
    )


def _own(table: Table, row: Mapping[str, Any], workspace: str) -> dict[str, Any]:
    # Never another workspace than the call's.
    given = {column.name: row[column.name] for column in table.columns if column.name in row}
    return {**given, "workspace": workspace}
