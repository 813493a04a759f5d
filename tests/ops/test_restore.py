"""A restore goes into an empty place only, from a backup that this code understands."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from databases import KINDS, drop_database
from installations import Installation, empty, mlflow_may_be_old
from mlflow_server import database as mlflow_database
from ops.backup.storage import manifest
from ops.backup.storage.encryption import Seal
from ops.backup.storage.stores import Folder
from uac_api import migrations
from uac_api.access.database import Database

from .conftest import Estate


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("which", ["uac", "mlflow"])
def test_a_database_with_a_table_is_refused(
    estate: Estate, tmp_path: Path, kind: str, which: str
) -> None:
    there = empty(tmp_path / "there", kind)
    url = getattr(there, which)
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mine (id INTEGER)"))
    said = there.refused("restore", "--from", estate.place)
    assert "is not empty" in said
    assert inspect(engine).get_table_names() == ["mine"]
    engine.dispose()
    assert not there.artifacts.exists()
    for one in (there.uac, there.mlflow):
        drop_database(one)


def test_a_filled_artifact_folder_is_refused(estate: Estate, tmp_path: Path) -> None:
    there = empty(tmp_path / "there")
    there.artifacts.mkdir()
    (there.artifacts / "mine.txt").write_text("mine")
    assert "is not empty" in there.refused("restore", "--from", estate.place)
    assert [file.name for file in there.artifacts.iterdir()] == ["mine.txt"]
    assert not Path(there.uac.removeprefix("sqlite:///")).exists()


@pytest.mark.parametrize("what", ["uac", "mlflow"])
def test_a_backup_that_is_newer_than_the_code_is_refused(
    estate: Estate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    module = migrations if what == "uac" else mlflow_database
    with mlflow_may_be_old():
        known = module.revisions()
    monkeypatch.setattr(module, "revisions", lambda: known[1:])
    there = empty(tmp_path / "there")
    said = there.refused("restore", "--from", estate.place)
    assert "newer than this code" in said
    assert what in said
    assert not there.artifacts.exists()


def test_an_older_backup_is_brought_up_to_this_code(tmp_path: Path) -> None:
    old = empty(tmp_path / "old")
    with mlflow_may_be_old():
        mlflow_database.prepare(old.mlflow, mlflow_database.revisions()[1])
    database = Database(old.uac)
    migrations.upgrade(database, "0001")
    database.close()
    engine = create_engine(old.uac)
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO users VALUES (7, 'alice', 'Alice', '', 'hash', 0, 0, "
                "'2026-01-02 03:04:05.678901')"
            )
        )
    engine.dispose()
    old.right("backup", "--to", tmp_path / "place")
    new = empty(tmp_path / "new")
    said = new.right("restore", "--from", tmp_path / "place", "--verify")
    for head in (migrations.revisions()[0], mlflow_database.revisions()[0]):
        assert f"brought up to the migration {head}" in said
    with new.database() as opened:
        migrations.outdated(opened)
        row = opened.read(
            lambda session: session.execute(text("SELECT id, created_at, kind FROM users")).one()
        )
    assert tuple(row) == (7, "2026-01-02 03:04:05.678901", "person")
    with mlflow_may_be_old():
        mlflow_database.prepare(new.mlflow)


def test_postgresql_goes_on_counting_after_the_largest_id(estate: Estate, tmp_path: Path) -> None:
    there = empty(tmp_path / "there", "postgresql")
    there.right("restore", "--from", estate.place)
    engine = create_engine(there.uac)
    with engine.begin() as connection:
        highest = connection.scalar(text("SELECT max(id) FROM users"))
        following = "SELECT nextval(pg_get_serial_sequence('users', 'id'))"
        assert connection.scalar(text(following)) == highest + 1
        # A table without rows begins with 1.
        following = "SELECT nextval(pg_get_serial_sequence('claim_rules', 'id'))"
        assert connection.scalar(text(following)) == 1
    engine.dispose()
    for url in (there.uac, there.mlflow):
        drop_database(url)


def test_a_backup_can_be_chosen_by_its_name(restored: Installation, tmp_path: Path) -> None:
    place = tmp_path / "place"
    restored.right("backup", "--to", place)
    engine = create_engine(restored.uac)
    with engine.begin() as connection:
        connection.execute(text("UPDATE users SET display_name = 'Another'"))
    engine.dispose()
    restored.right("backup", "--to", place)
    first, second = restored.right("backup", "list", "--from", place).split()
    restored.right("backup", "verify", "--from", place, "--restored")
    restored.right("backup", "verify", "--from", place, "--restored", "--backup", second)
    said = restored.refused("backup", "verify", "--from", place, "--restored", "--backup", first)
    assert "users: the row id=" in said
    said = restored.refused("restore", "--from", place, "--backup", "2020-01-01T000000.000Z")
    assert "no finished backup" in said


def test_the_manifest_names_every_table_and_revision(estate: Estate) -> None:
    store = Folder(estate.place)
    kept = manifest.chosen(store, Seal(""), None)
    assert kept.databases["uac"].revision == migrations.revisions()[0]
    assert kept.databases["mlflow"].revision == mlflow_database.revisions()[0]
    for what in ("uac", "mlflow"):
        engine = create_engine(getattr(estate.here, what))
        tables = set(inspect(engine).get_table_names()) - {"alembic_version"}
        engine.dispose()
        assert {dump.table for dump in kept.databases[what].tables} == tables


def test_settings_that_are_missing_are_all_named() -> None:
    broken = Installation("", "redis://x", Path())
    said = broken.refused("backup", "--to", "/tmp/nowhere")  # noqa: S108 - nothing is written
    assert "STUDIO_DATABASE_URL" in said
    assert "MLFLOW_BACKEND_STORE_URI" in said


def test_there_is_nothing_to_back_up_before_the_first_start(tmp_path: Path) -> None:
    said = empty(tmp_path).refused("backup", "--to", tmp_path / "place")
    assert "nothing to back up" in said
    assert not list((tmp_path / "place").glob("backups/*"))


def test_a_backup_inside_the_artifacts_is_refused(restored: Installation) -> None:
    said = restored.refused("backup", "--to", restored.artifacts / "backups")
    assert "contain itself" in said


def test_a_store_of_another_kind_is_refused_with_a_way_out(estate: Estate) -> None:
    said = estate.here.refused("backup", "--to", "gs://bucket/path")
    assert "gs://" in said
    assert "--no-artifacts" in said


def test_where_to_must_be_said(estate: Estate) -> None:
    assert "--to" in estate.here.refused("backup")


def test_a_forged_entry_of_the_audit_trail_is_named(restored: Installation, tmp_path: Path) -> None:
    engine = create_engine(restored.uac)
    with engine.begin() as connection:
        forged = connection.scalar(text("SELECT max(id) FROM events WHERE mark IS NOT NULL"))
        connection.execute(
            text("UPDATE events SET user = 'mallory' WHERE id = :id"), {"id": forged}
        )
    engine.dispose()
    restored.right("backup", "--to", tmp_path / "place")
    there = empty(tmp_path / "there")
    said = there.refused("restore", "--from", tmp_path / "place", "--verify")
    assert f"audit trail: event {forged} " in said
