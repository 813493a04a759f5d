"""The migrations: up, down, up again, and equal to the models."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, insert, inspect, select, text

from api.conftest import settings
from databases import KINDS, drop_database, every_database, needed_database
from people import CAST, add_people
from uac_api import create_app
from uac_api.access.database import Database
from uac_api.access.models import Base, User
from uac_api.errors import Unavailable
from uac_api.migrations import downgrade, outdated, refuse_newer, upgrade

TABLES = {table.name for table in Base.metadata.sorted_tables}


@pytest.fixture(params=KINDS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of each kind in which nothing is yet."""
    url = needed_database(request.param, tmp_path)
    database = Database(url)
    yield database
    database.close()
    drop_database(url)


def tables(database: Database) -> set[str]:
    with database.connection() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_up_down_and_up_again(empty: Database) -> None:
    upgrade(empty)
    assert tables(empty) == TABLES
    add_people(empty, CAST)
    downgrade(empty, "base")
    assert tables(empty) == set()
    upgrade(empty)
    assert tables(empty) == TABLES
    add_people(empty, CAST)


def test_a_second_upgrade_changes_nothing(empty: Database) -> None:
    upgrade(empty)
    add_people(empty, CAST)
    upgrade(empty)
    outdated(empty)


@every_database
def test_the_tables_are_those_of_the_models(migrated: Database) -> None:
    with migrated.connection() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


@every_database
def test_names_of_constraints_are_those_of_the_models(migrated: Database) -> None:
    with migrated.connection() as connection:
        inspector = inspect(connection)
        for table in Base.metadata.sorted_tables:
            found = {str(key["name"]) for key in inspector.get_foreign_keys(table.name)}
            meant = {str(key.name) for key in table.foreign_key_constraints}
            assert found == meant


def test_a_database_without_migrations_is_outdated_and_says_the_command(empty: Database) -> None:
    with pytest.raises(Unavailable, match=r"uac_api\.cli migrate") as refusal:
        outdated(empty)
    assert refusal.value.reason == "migrations"
    upgrade(empty)
    outdated(empty)


def test_of_many_who_migrate_at_once_all_end_well(empty: Database) -> None:
    url = empty.url.render_as_string(hide_password=False)
    others = [Database(url) for _ in range(4)]
    with ThreadPoolExecutor(len(others)) as pool:
        list(pool.map(upgrade, others))
    outdated(empty)
    for other in others:
        other.close()


def newer(database: Database) -> None:
    """Make the database one that a later version has migrated."""
    with database.connection() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))


def test_a_newer_database_is_neither_migrated_nor_started_on(empty: Database) -> None:
    upgrade(empty)
    newer(empty)
    for refused in (upgrade, refuse_newer):
        with pytest.raises(Unavailable, match=r"9999.*newer.*restore the backup"):
            refused(empty)
    with pytest.raises(Unavailable, match="newer"):
        create_app(settings(empty.url.render_as_string(hide_password=False)))


def test_who_runs_already_goes_on_while_another_version_migrates(empty: Database) -> None:
    upgrade(empty)
    newer(empty)
    outdated(empty)


def test_what_the_version_before_writes_is_fit_for_this_one(empty: Database) -> None:
    upgrade(empty, "0001")
    with empty.connection() as connection:
        before = MetaData()
        before.reflect(connection, only=["users", "projects", "members", "tokens", "sessions"])
    upgrade(empty)
    at = {"created_at": datetime(2026, 1, 1)}
    words = {"display_name": "", "email": "", "password_hash": "x"}
    flags = {"administrator": False, "disabled": False}
    with empty.connection() as connection:
        tables = before.tables
        connection.execute(
            insert(tables["users"]).values(id=1, username="al", **words, **flags, **at)
        )
        connection.execute(
            insert(tables["sessions"]).values(
                id="s", user_id=1, digest="d", expires_at=at["created_at"], **at
            )
        )
        connection.execute(
            insert(tables["tokens"]).values(id="t", user_id=1, digest="d", name="n", **at)
        )
    found = empty.read(lambda session: session.scalars(select(User)).one())
    assert (found.kind, found.username) == ("person", "al")


def test_a_folder_with_a_percent_sign_is_no_trouble(tmp_path: Path) -> None:
    folder = tmp_path / "100%"
    folder.mkdir()
    database = Database(f"sqlite:///{folder}/uac.db")
    upgrade(database)
    assert tables(database) == TABLES
    database.close()


@every_database
def test_on_mysql_every_letter_is_kept_and_told_apart(migrated: Database) -> None:
    with migrated.connection() as connection:
        if migrated.kind == "mysql":
            for table in TABLES:
                options = inspect(connection).get_table_options(table)
                collations = [value for key, value in options.items() if key.endswith("collate")]
                assert collations == ["utf8mb4_bin"], table
