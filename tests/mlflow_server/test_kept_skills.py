"""Skills and their versions, kept before they are deleted and put back as they were.

The tables are made as the migration e7d1f4b2a9c6 of MLflow 3.18 makes them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, column, create_engine, select, table, text

from mlflow_server.trash import kept_skills
from mlflow_server.trash.kept_models import Gone, Taken

KEY = (
    "workspace VARCHAR(63) NOT NULL, organization VARCHAR(64) NOT NULL, name VARCHAR(128) NOT NULL"
)
AUDIT = "created_by VARCHAR(256), last_updated_by VARCHAR(256), created_at BIGINT NOT NULL"
OF_SKILL = (
    "FOREIGN KEY(workspace, organization, name) REFERENCES skills (workspace, organization, name)"
)
SCHEMA = f"""
CREATE TABLE skills ({KEY}, description TEXT, icons JSON, {AUDIT},
    PRIMARY KEY (workspace, organization, name));
CREATE TABLE skill_versions ({KEY}, version INTEGER NOT NULL, source TEXT, status VARCHAR(20),
    {AUDIT}, PRIMARY KEY (workspace, organization, name, version), {OF_SKILL});
CREATE TABLE skill_tags ({KEY}, key VARCHAR(250) NOT NULL, value TEXT,
    PRIMARY KEY (workspace, organization, name, key), {OF_SKILL});
CREATE TABLE skill_version_tags ({KEY}, version INTEGER NOT NULL, key VARCHAR(250) NOT NULL,
    value TEXT, PRIMARY KEY (workspace, organization, name, version, key),
    FOREIGN KEY(workspace, organization, name, version)
    REFERENCES skill_versions (workspace, organization, name, version));
CREATE TABLE skill_aliases ({KEY}, alias VARCHAR(256) NOT NULL, version INTEGER NOT NULL,
    PRIMARY KEY (workspace, organization, name, alias), {OF_SKILL});
"""
CONTENT = """
INSERT INTO skills VALUES (:w, :o, 'reviewer', 'd', '[{"src": "https://a"}]', NULL, NULL, 7);
INSERT INTO skill_versions VALUES (:w, :o, 'reviewer', 1, 's', 'active', NULL, NULL, 8);
INSERT INTO skill_versions VALUES (:w, :o, 'reviewer', 2, 's', 'draft', NULL, NULL, 9);
INSERT INTO skill_tags VALUES (:w, :o, 'reviewer', 'k', 'v');
INSERT INTO skill_version_tags VALUES (:w, :o, 'reviewer', 1, 'k', 'v');
INSERT INTO skill_aliases VALUES (:w, :o, 'reviewer', 'live', 1);
"""
SKILLS = ("reviewer", "@acme/reviewer")


def run(connection: Connection, script: str, **values: Any) -> None:
    """Several statements."""
    for statement in filter(str.strip, script.split(";\n")):
        connection.execute(text(statement), values)


@pytest.fixture
def connection() -> Iterator[Connection]:
    """Two projects with the same skills, in a database that holds foreign keys."""
    engine = create_engine("sqlite://")
    with engine.connect() as made:
        made.exec_driver_sql("PRAGMA foreign_keys = ON")
        run(made, SCHEMA)
        for workspace in ("fraud", "vault"):
            for organization in ("", "acme"):
                run(made, CONTENT, w=workspace, o=organization)
        yield made
    engine.dispose()


def everything(connection: Connection, workspace: str) -> list[Any]:
    """Every row of a workspace."""
    columns = column("workspace") == workspace
    return [
        connection.execute(select(text("*")).select_from(table(name)).where(columns)).all()
        for name in kept_skills.TABLES
    ]


def kept(connection: Connection, skill: str, version: str | None = None) -> dict[str, Any]:
    """What is kept of a skill, as it comes back from the trash."""
    found = kept_skills.read(connection, "fraud", skill, version)
    content: dict[str, Any] = json.loads(json.dumps(found))
    return content


@pytest.mark.parametrize("skill", SKILLS)
def test_a_skill_comes_back_as_it_was_and_no_other_is_touched(
    connection: Connection, skill: str
) -> None:
    before, others = everything(connection, "fraud"), everything(connection, "vault")
    content = kept(connection, skill)
    assert (content["what"], content["since"]) == ("skill", 7)
    assert kept_skills.remove(connection, "fraud", skill)
    assert kept_skills.read(connection, "fraud", skill, None) is None
    left = {row.organization for row in everything(connection, "fraud")[0]}
    assert left == ({"acme"} if skill == "reviewer" else {""})
    assert not kept_skills.remove(connection, "fraud", skill)
    assert kept_skills.put_back(connection, "fraud", content) == []
    assert [sorted(rows, key=str) for rows in everything(connection, "fraud")] == [
        sorted(rows, key=str) for rows in before
    ]
    assert everything(connection, "vault") == others


def test_a_skill_does_not_come_back_over_another(connection: Connection) -> None:
    content = kept(connection, "reviewer")
    with pytest.raises(Taken, match="There is a skill 'reviewer' again"):
        kept_skills.put_back(connection, "fraud", content)


def delete_version(connection: Connection, skill: str) -> None:
    """What MLflow does to version 1."""
    organization = "acme" if "@" in skill else ""
    run(
        connection,
        """
UPDATE skill_versions SET status = 'deleted'
    WHERE workspace = 'fraud' AND organization = :o AND version = 1;
DELETE FROM skill_aliases WHERE workspace = 'fraud' AND organization = :o AND version = 1;
""",
        o=organization,
    )


@pytest.mark.parametrize("skill", SKILLS)
def test_a_version_comes_back_with_its_status_and_aliases(
    connection: Connection, skill: str
) -> None:
    before = everything(connection, "fraud")
    content = kept(connection, skill, "1")
    assert (content["what"], content["version"], content["since"]) == ("skill version", 1, 8)
    delete_version(connection, skill)
    assert kept_skills.read(connection, "fraud", skill, "1") is None
    assert kept_skills.put_back(connection, "fraud", content) == []
    assert [sorted(rows, key=str) for rows in everything(connection, "fraud")] == [
        sorted(rows, key=str) for rows in before
    ]


def test_an_alias_that_moved_on_stays_where_it_is(connection: Connection) -> None:
    content = kept(connection, "reviewer", "1")
    delete_version(connection, "reviewer")
    moved = "INSERT INTO skill_aliases VALUES ('fraud', '', 'reviewer', 'live', 2)"
    run(connection, moved)
    assert kept_skills.put_back(connection, "fraud", content) == ["live"]


def test_a_version_comes_back_only_where_it_was(connection: Connection) -> None:
    content = kept(connection, "reviewer", "1")
    with pytest.raises(Taken, match="never deleted"):
        kept_skills.put_back(connection, "fraud", content)
    kept_skills.remove(connection, "fraud", "reviewer")
    with pytest.raises(Gone, match="Restore it first"):
        kept_skills.put_back(connection, "fraud", content)


@pytest.mark.parametrize("version", ["3", "x", "01", ""])
def test_there_is_nothing_to_keep_of_a_version_that_is_not_there(
    connection: Connection, version: str
) -> None:
    assert kept_skills.read(connection, "fraud", "reviewer", version) is None
    assert kept_skills.read(connection, "fraud", "nobody", None) is None
