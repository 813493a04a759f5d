"""The source may be of any kind and of an older schema, and is never changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from adoption import Plain, rows_of, unlike
from databases import drop_database, needed_database
from installations import Installation, mlflow_may_be_old
from mlflow_server import database as mlflow_database
from ops.adopt.errors import AdoptError
from ops.adopt.settings import source_url, without_password
from ops.backup.storage.encryption import Seal
from ops.backup.storage.stores import Folder
from ops.backup.tables import rows, targets
from ops.backup.tables.snapshot import snapshot
from s3 import BUCKET, S3

from .conftest import plan_words

MLFLOW_3_0 = "6953534de441"


def pour(plain: Plain, url: str, folder: Path) -> None:
    """The plain MLflow's database in another kind of database."""
    with mlflow_may_be_old():
        store, seal = Folder(folder), Seal("")
        with snapshot(make_url(plain.url), "source") as seen:
            kept = rows.dump(seen, store, seal, "rows")
        targets.migrate("mlflow", make_url(url), kept.revision)
        with targets.transaction(make_url(url)) as connection:
            rows.load(connection, kept, store, seal)


@pytest.mark.parametrize("kind", ["mysql", "postgresql"])
def test_a_source_on_a_server_is_adopted(
    quiet: Installation, plain: Plain, tmp_path: Path, kind: str
) -> None:
    url = needed_database(kind, tmp_path)
    pour(plain, url, tmp_path / "poured")
    before = rows_of(url)
    words = ("--from", url, "--artifacts", plain.artifacts, "--save", tmp_path / "p.yaml")
    quiet.right("adopt", "plan", *words, "--pattern", "*-*=fraud")
    assert "Verified" in quiet.right("adopt", "run", tmp_path / "p.yaml")
    assert unlike(before, rows_of(url)) == []
    drop_database(url)


def test_artifacts_in_a_bucket_come_too(
    quiet: Installation, plain: Plain, s3: S3, tmp_path: Path
) -> None:
    kept = {
        f"old/runs/{path.relative_to(plain.artifacts)}": path.read_bytes()
        for path in plain.artifacts.rglob("*")
        if path.is_file()
    }
    for key, content in kept.items():
        s3.client.put_object(Bucket=BUCKET, Key=key, Body=content)
    place = f"file://{plain.artifacts}=s3://{BUCKET}/old/runs"
    words = ("--from", plain.url, "--artifacts", place, "--save", tmp_path / "p.yaml")
    quiet.right("adopt", "plan", *words, "--pattern", "*-*=fraud")
    assert "Verified" in quiet.right("adopt", "run", tmp_path / "p.yaml")
    assert sorted(s3.held()) == sorted(kept)
    come = [path for path in quiet.artifacts.rglob("*") if path.is_file()]
    assert sorted(path.read_bytes() for path in come) == sorted(kept.values())


def test_the_password_stands_apart_or_in_the_address_and_is_kept_nowhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    address = "postgresql+psycopg://me@host/none"
    (tmp_path / "password").write_text("hush-0123456789\n")
    monkeypatch.setenv("STUDIO_ADOPT_DATABASE_PASSWORD_FILE", str(tmp_path / "password"))
    url = source_url(address)
    assert url.password == "hush-0123456789"
    assert without_password(url) == address
    monkeypatch.setenv("STUDIO_ADOPT_DATABASE_PASSWORD", "both")
    with pytest.raises(AdoptError, match="Keep one of them"):
        source_url(address)


def test_a_password_in_the_address_is_not_kept(
    quiet: Installation, plain: Plain, tmp_path: Path
) -> None:
    address = "postgresql+psycopg://postgres:hush-0123456789@127.0.0.1:1/none"
    words = ("--from", address, "--artifacts", plain.artifacts, "--rest", "fraud")
    said = quiet.refused("adopt", "plan", *words, "--save", tmp_path / "p.yaml")
    assert "hush" not in said


def test_a_source_of_mlflow_3_0_is_upgraded_in_its_copy_only(
    quiet: Installation, tmp_path: Path
) -> None:
    assert MLFLOW_3_0 in mlflow_database.revisions()
    old = f"sqlite:///{tmp_path}/old.db"
    with mlflow_may_be_old():
        mlflow_database.prepare(old, MLFLOW_3_0)
    engine = create_engine(old)
    root = tmp_path / "old-runs"
    (root / "1" / "r1" / "artifacts").mkdir(parents=True)
    (root / "1" / "r1" / "artifacts" / "a.txt").write_text("old")
    with engine.begin() as connection:
        for statement in (
            "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, "
            "creation_time) VALUES (1, 'fraud-old', 'mlflow-artifacts:/1', 'active', 5)",
            "INSERT INTO runs (run_uuid, name, status, lifecycle_stage, artifact_uri, "
            "experiment_id) VALUES ('r1', 'one', 'FINISHED', 'active', "
            "'mlflow-artifacts:/1/r1/artifacts', 1)",
        ):
            connection.execute(text(statement))
    engine.dispose()
    before = rows_of(old)
    words = ("--from", old, "--artifacts", root, "--save", tmp_path / "p.yaml")
    quiet.right("adopt", "plan", *words, "--pattern", "fraud-*=fraud")
    assert "Verified" in quiet.right("adopt", "run", tmp_path / "p.yaml")
    assert rows_of(old) == before
    (run,) = rows_of(quiet.mlflow)["runs"]
    assert "mlflow-artifacts:/workspaces/fraud/1/r1/artifacts" in run
    assert (quiet.artifacts / "workspaces/fraud/1/r1/artifacts/a.txt").read_text() == "old"


def test_a_source_that_is_newer_than_this_code_is_refused(
    quiet: Installation, plain: Plain, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = mlflow_database.revisions()
    monkeypatch.setattr("ops.adopt.source.mlflow_database.revisions", lambda: known[1:])
    words = ("--from", plain.url, "--artifacts", plain.artifacts, "--rest", "fraud")
    said = quiet.refused("adopt", "plan", *words, "--save", tmp_path / "p.yaml")
    assert "its MLflow is newer" in said


def test_rows_come_to_mysql_and_go_again(quiet: Installation, plain: Plain, tmp_path: Path) -> None:
    quiet.mlflow = needed_database("mysql", tmp_path)
    with mlflow_may_be_old():
        mlflow_database.prepare(quiet.mlflow)
    before = rows_of(quiet.mlflow)
    quiet.right(*plan_words(plain, tmp_path / "p.yaml"))
    assert "Verified" in quiet.right("adopt", "run", tmp_path / "p.yaml")
    assert "Verified" in quiet.right("adopt", "verify", tmp_path / "p.yaml")
    assert unlike(before, rows_of(quiet.mlflow))
    quiet.right("adopt", "undo", tmp_path / "p.yaml")
    assert unlike(before, rows_of(quiet.mlflow)) == []
    drop_database(quiet.mlflow)


def test_a_target_of_an_older_schema_is_refused(
    quiet: Installation, plain: Plain, tmp_path: Path
) -> None:
    with mlflow_may_be_old():
        old = f"sqlite:///{tmp_path}/target.db"
        mlflow_database.prepare(old, mlflow_database.revisions()[1])
    quiet.mlflow = old
    words = ("--from", plain.url, "--artifacts", plain.artifacts, "--rest", "fraud")
    said = quiet.refused("adopt", "plan", *words, "--save", tmp_path / "p.yaml")
    assert "Start ML Studio once" in said
