"""A plan says what goes where, what stays, and everything that stands in its way."""

from __future__ import annotations

import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
import yaml

from adoption import Plain, files_of, rows_of, unlike
from installations import Installation

from .conftest import RUNS, plan_words


@pytest.fixture
def another(plain: Plain, tmp_path: Path) -> Plain:
    """The plain MLflow once more, for a test to change; its addresses are those of the first."""
    (tmp_path / "another").mkdir()
    shutil.copyfile(plain.folder / "mlflow.db", tmp_path / "another" / "mlflow.db")
    return Plain(tmp_path / "another")


def change(plain: Plain, statement: str) -> None:
    """Change the source."""
    with closing(sqlite3.connect(plain.folder / "mlflow.db")) as connection:
        connection.execute(statement)
        connection.commit()


def stopped(here: Installation, other: Plain, plain: Plain, file: Path) -> str:
    """What stands in the way of the plan for a changed source with the artifacts of the first."""
    words = ("--from", other.url, "--artifacts", plain.artifacts, "--save", file)
    patterns = ("--pattern", "fraud-*=fraud", "--pattern", "churn-*=churn")
    said = here.refused("adopt", "plan", *words, *patterns)
    assert "in the way" in said
    return said


def test_it_counts_what_comes_and_names_what_stays(
    quiet: Installation, plain: Plain, tmp_path: Path
) -> None:
    before = rows_of(quiet.mlflow)
    place = ("--from", plain.url, "--artifacts", plain.artifacts)
    words = (*place, "--pattern", "fraud-*=fraud", "--json", "--save", tmp_path / "p.yaml")
    shown = json.loads(quiet.right("adopt", "plan", *words))
    assert shown["problems"] == []
    part = shown["plan"]["projects"]["fraud"]
    online, old = part["experiments"]
    assert (online["name"], online["runs"], online["deleted"]) == ("fraud-online", RUNS // 2, False)
    assert (old["name"], old["runs"], old["deleted"]) == ("fraud-old", 1, True)
    assert online["deleted_runs"] == len(range(3, RUNS // 2, 20))
    assert online["traces"] == 3
    kept = [path for path in (plain.artifacts / "fraud").rglob("*") if path.is_file()]
    assert online["files"] == len(kept)
    assert online["bytes"] == sum(path.stat().st_size for path in kept)
    assert part["prompts"] == ["fraud-prompt"]
    assert [one["name"] for one in part["datasets"]] == ["fraud-questions"]
    left = {(one["what"], one["name"]) for one in shown["plan"]["left"]}
    assert {("experiment", "Default"), ("experiment", "churn-online")} <= left
    assert ("model", "churn-forest-0") in left
    assert unlike(before, rows_of(quiet.mlflow)) == []


def test_a_model_that_no_pattern_names_follows_its_runs(
    quiet: Installation, plain: Plain, tmp_path: Path
) -> None:
    given = {"projects": {"fraud": {"experiments": ["fraud-*"]}}, "rest": "churn"}
    (tmp_path / "map.yaml").write_text(yaml.safe_dump(given))
    words = ("--from", plain.url, "--artifacts", plain.artifacts, "--map", tmp_path / "map.yaml")
    shown = json.loads(quiet.right("adopt", "plan", *words, "--json", "--save", tmp_path / "p"))
    parts = shown["plan"]["projects"]
    assert parts["fraud"]["models"] == ["fraud-forest-0"]
    assert parts["fraud"]["prompts"] == ["fraud-prompt"]
    assert parts["churn"]["models"] == ["churn-forest-0"]


def test_a_model_away_from_its_runs_is_in_the_way(
    quiet: Installation, plain: Plain, tmp_path: Path
) -> None:
    given = {"projects": {"fraud": {"models": ["churn-forest-*"], "experiments": ["fraud-*"]}}}
    (tmp_path / "map.yaml").write_text(yaml.safe_dump(given))
    words = ("--from", plain.url, "--artifacts", plain.artifacts, "--map", tmp_path / "map.yaml")
    said = quiet.refused("adopt", "plan", *words, "--save", tmp_path / "p.yaml")
    assert "churn-forest-0' depends on what does not come into this project" in said
    assert "Nothing was adopted" in quiet.refused("adopt", "run", tmp_path / "p.yaml")


def test_names_and_ids_that_are_here_already_are_in_the_way(
    quiet: Installation, plan: Path, plain: Plain, tmp_path: Path
) -> None:
    quiet.right("adopt", "run", plan)
    said = quiet.refused(*plan_words(plain, tmp_path / "again.yaml"))
    for name in ("fraud-online", "fraud-old", "churn-forest-0", "fraud-prompt", "churn-questions"):
        assert f"there is a '{name}'" in said
    assert f"{RUNS // 2 + 1} ids of runs are in this ML Studio already" in said
    before = rows_of(quiet.mlflow)
    said = quiet.refused("adopt", "run", tmp_path / "again.yaml")
    assert "Nothing was adopted" in said
    assert unlike(before, rows_of(quiet.mlflow)) == []


@pytest.mark.parametrize("table", ["runs SET artifact_uri", "experiments SET artifact_location"])
def test_artifacts_in_another_place_are_in_the_way(
    quiet: Installation, plain: Plain, another: Plain, tmp_path: Path, table: str
) -> None:
    change(another, f"UPDATE {table} = 'gs://elsewhere/x' WHERE experiment_id = 1")
    said = stopped(quiet, another, plain, tmp_path / "p.yaml")
    assert "gs://elsewhere/x, which is below no --artifacts" in said


def test_an_address_that_leads_out_of_its_place_is_in_the_way(
    quiet: Installation, plain: Plain, another: Plain, tmp_path: Path
) -> None:
    uri = f"{plain.artifacts}/fraud/../../../etc"
    change(another, f"UPDATE runs SET artifact_uri = '{uri}' WHERE experiment_id = 1")  # noqa: S608
    assert "which is below no --artifacts" in stopped(quiet, another, plain, tmp_path / "p.yaml")


def test_a_version_that_lies_elsewhere_is_in_the_way(
    quiet: Installation, plain: Plain, another: Plain, tmp_path: Path
) -> None:
    change(another, "UPDATE model_versions SET source = '/etc' WHERE name = 'fraud-forest-0'")
    said = stopped(quiet, another, plain, tmp_path / "p.yaml")
    assert "version 1 lies at /etc" in said


def test_two_experiments_in_one_folder_are_in_the_way(
    quiet: Installation, plain: Plain, another: Plain, tmp_path: Path
) -> None:
    shared = f"artifact_location = '{plain.artifacts}/fraud'"
    change(another, f"UPDATE experiments SET {shared} WHERE experiment_id = 3")  # noqa: S608
    assert "shares the folder fraud" in stopped(quiet, another, plain, tmp_path / "p.yaml")


def test_files_of_an_experiment_that_stays_do_not_come_inside_of_another(
    quiet: Installation, plain: Plain, another: Plain, tmp_path: Path
) -> None:
    # All of `churn` lies below the folder of `fraud-online`, as far as the database says.
    root = f"artifact_location = '{plain.artifacts}'"
    change(another, f"UPDATE experiments SET {root} WHERE experiment_id = 1")  # noqa: S608
    words = ("--from", another.url, "--artifacts", plain.artifacts, "--save", tmp_path / "p.yaml")
    quiet.right("adopt", "plan", *words, "--pattern", "fraud-*=fraud")
    quiet.right("adopt", "run", tmp_path / "p.yaml")
    come = files_of(quiet.artifacts)
    assert not [path for path in come if "/churn/" in path or "/4/" in path]
    run = plain.rows("SELECT run_uuid FROM runs WHERE experiment_id = 1")[0][0]
    assert [path for path in come if run in path]
    stay = {run for (run,) in plain.rows("SELECT run_uuid FROM runs WHERE experiment_id > 2")}
    assert not [path for path in come if any(run in path for run in stay)]


def test_what_ties_two_projects_together_stays_and_is_counted(
    quiet: Installation, plain: Plain, another: Plain, tmp_path: Path
) -> None:
    run = "(SELECT run_uuid FROM runs WHERE experiment_id = 3 LIMIT 1)"
    model = "(SELECT model_id FROM logged_models WHERE experiment_id = 1 LIMIT 1)"
    change(another, f"INSERT INTO inputs VALUES ('tie','RUN_INPUT',{run},'MODEL_INPUT',{model},0)")  # noqa: S608
    metric = f"VALUES ({model}, 'tie', 1, 1, 0.5, 3, {run}, NULL, NULL, NULL)"
    change(another, f"INSERT INTO logged_model_metrics {metric}")
    words = ("--from", another.url, "--artifacts", plain.artifacts, "--save", tmp_path / "p.yaml")
    patterns = ("--pattern", "fraud-*=fraud", "--pattern", "churn-*=churn")
    said = quiet.right("adopt", "plan", *words, *patterns)
    assert "1 of inputs: they tie fraud to what does not come into it" in said
    assert "1 of logged_model_metrics: they tie churn" in said
    assert "Verified" in quiet.right("adopt", "run", tmp_path / "p.yaml")
    there = rows_of(quiet.mlflow)
    assert not [row for row in (*there["inputs"], *there["logged_model_metrics"]) if "'tie'" in row]


def test_the_old_address_of_a_moved_folder_can_be_named(
    quiet: Installation, plain: Plain, tmp_path: Path
) -> None:
    shutil.copytree(plain.artifacts, tmp_path / "moved")
    words = ("--from", plain.url, "--pattern", "fraud-*=fraud", "--save", tmp_path / "p.yaml")
    said = quiet.refused("adopt", "plan", *words, "--artifacts", tmp_path / "moved")
    assert "below no --artifacts" in said
    (tmp_path / "p.yaml").unlink()
    named = f"file://{plain.artifacts}={tmp_path / 'moved'}"
    quiet.right("adopt", "plan", *words, "--artifacts", named)
    assert "Verified" in quiet.right("adopt", "run", tmp_path / "p.yaml")


def test_a_project_that_must_be_opened_needs_an_owner_who_exists(
    quiet: Installation, plain: Plain, tmp_path: Path
) -> None:
    words = ("--from", plain.url, "--artifacts", plain.artifacts, "--rest", "new")
    said = quiet.refused("adopt", "plan", *words, "--save", tmp_path / "a.yaml")
    assert "--owner new=PERSON" in said
    more = ("--owner", "nobody", "--save", tmp_path / "b.yaml")
    assert "There is no person 'nobody'" in quiet.refused("adopt", "plan", *words, *more)


def test_what_cannot_be_understood_is_said(
    quiet: Installation, plain: Plain, tmp_path: Path
) -> None:
    place = ("--artifacts", plain.artifacts, "--save", tmp_path / "p.yaml")
    source = ("--from", plain.url, *place)
    assert "mlflow migrate-filestore" in quiet.refused(
        "adopt", "plan", "--from", "x", *place, "--rest", "fraud"
    )
    assert "is not PATTERN=PROJECT" in quiet.refused("adopt", "plan", *source, "--pattern", "a")
    assert "Say what goes where" in quiet.refused("adopt", "plan", *source)
    assert "Api" in quiet.refused("adopt", "plan", *source, "--rest", "Api")
    (tmp_path / "map.yaml").write_text("projects: {fraud: {modles: [x]}}")
    said = quiet.refused("adopt", "plan", *source, "--map", tmp_path / "map.yaml")
    assert "projects.fraud.modles" in said
    (tmp_path / "plan.yaml").write_text("source: x\nartifacts: 3")
    assert "artifacts:" in quiet.refused("adopt", "run", tmp_path / "plan.yaml")
    missing = ("--from", f"sqlite:///{tmp_path}/none.db", *place, "--rest", "fraud")
    assert "There is no database" in quiet.refused("adopt", "plan", *missing)
    assert not (tmp_path / "none.db").exists()


def test_a_plan_is_never_overwritten(quiet: Installation, plan: Path, plain: Plain) -> None:
    before = plan.read_text()
    assert "exists" in quiet.refused(*plan_words(plain, plan))
    assert plan.read_text() == before


def test_the_own_artifacts_are_no_source(quiet: Installation, plain: Plain, tmp_path: Path) -> None:
    words = ("--from", plain.url, "--artifacts", quiet.artifacts / "x", "--rest", "fraud")
    (quiet.artifacts / "x").mkdir()
    assert "lie in one another" in quiet.refused("adopt", "plan", *words, "--save", tmp_path / "p")
