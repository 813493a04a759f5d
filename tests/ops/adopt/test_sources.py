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
from ops.backup import rows, targets
from ops.backup.sealing import Seal
from ops.backup.snapshot import snapshot
from ops.backup.stores import Folder

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
def test_a_source_on_a_server_is_adopted_and_its_password_shown_nowhere(
    quiet: Installation,
    plain: Plain,
    tmp_path: Path,
    kind: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    url = needed_database(kind, tmp_path)
    pour(plain, url, tmp_path / "poured")
    before = rows_of(url)
    secret = "hush-0123456789"
    if make_url(url).password is None and kind == "postgresql":
        monkeypatch.setenv("STUDIO_ADOPT_DATABASE_PASSWORD", secret)
        shown = url
    else:
        shown = url
    words = ("--from", shown, "--artifacts", plain.artifacts, "--save", tmp_path / "p.yaml")
    said = quiet.right("adopt", "plan", *words, "--pattern", "*-*=fraud")
    said += quiet.right("adopt", "run", tmp_path / "p.yaml")
    assert "Verified" in said
    assert secret not in said + (tmp_path / "p.yaml").read_text()
    assert unlike(before, rows_of(url)) == []
    drop_database(url)


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
