"""Whatever is not as it was is named; what people wrote since is no fault and stops an undo."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from adoption import files_of, rows_of, unlike
from installations import Installation
from ops.adopt.workspace import alone, folder_of


@pytest.fixture
def there(quiet: Installation, plan: Path) -> Installation:
    """An installation that has adopted."""
    quiet.right("adopt", "run", plan)
    return quiet


def change(here: Installation, statement: str) -> None:
    """Change the target's MLflow database."""
    engine = create_engine(here.mlflow)
    with engine.begin() as connection:
        connection.execute(text(statement))
    engine.dispose()


def a_file(here: Installation, pattern: str = "*.txt") -> Path:
    """One of the adopted files."""
    return next(here.artifacts.glob(f"workspaces/fraud/**/{pattern}"))


DAMAGE: dict[str, tuple[str, Callable[[Installation], None]]] = {
    "a changed param": (
        "params: the row key=p1",
        lambda here: change(here, "UPDATE params SET value = 'x' WHERE key = 'p1'"),
    ),
    "a missing metric": (
        "metrics: the row",
        lambda here: change(here, "DELETE FROM metrics WHERE step = 7"),
    ),
    "a changed span": ("spans: the row", lambda here: change(here, "UPDATE spans SET name = 'x'")),
    "a missing alias": (
        "registered_model_aliases: the row alias=champion, name=churn-forest-0",
        lambda here: change(here, "DELETE FROM registered_model_aliases WHERE workspace='churn'"),
    ),
    "a changed file": (".txt: the target's was changed", lambda here: _overwrite(a_file(here))),
    "a missing file": (
        ".bin: the target's is missing",
        lambda here: a_file(here, "*.bin").unlink(),
    ),
    "an address that leads away": (
        "lies at mlflow-artifacts:/workspaces/churn",
        lambda here: change(
            here,
            "UPDATE runs SET artifact_uri = 'mlflow-artifacts:/workspaces/churn/1' "
            "WHERE experiment_id = (SELECT min(experiment_id) FROM runs)",
        ),
    ),
}


def _overwrite(file: Path) -> None:
    file.write_bytes(b"x" * file.stat().st_size)


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_named_by_verify_and_stops_the_undo_if_it_is_somebody_s_work(
    there: Installation, plan: Path, damage: str
) -> None:
    words, do = DAMAGE[damage]
    assert "Verified" in there.right("adopt", "verify", plan)
    do(there)
    assert words in there.refused("adopt", "verify", plan)
    if "missing" in damage:
        there.right("adopt", "undo", plan)
    else:
        assert "would be lost" in there.refused("adopt", "undo", plan)


def test_what_is_new_is_counted_and_would_be_lost(there: Installation, plan: Path) -> None:
    run = rows_of(there.mlflow)["runs"][0].split("'")[1]
    change(there, f"INSERT INTO tags VALUES ('mine', 'late', '{run}')")  # noqa: S608
    (a_file(there).parent / "mine.txt").write_text("late")
    said = there.right("adopt", "verify", plan)
    assert "1 rows of tags were written here since" in said
    before = rows_of(there.mlflow)
    said = there.refused("adopt", "undo", plan)
    assert "key=mine" in said
    assert "mine.txt is new" in said
    assert unlike(before, rows_of(there.mlflow)) == []
    there.right("adopt", "undo", plan, "--force")
    assert files_of(there.artifacts) == []


def test_an_undo_leaves_the_rest_of_the_project(quiet: Installation, plan: Path) -> None:
    for statement in (
        "INSERT INTO experiments (experiment_id, name, artifact_location, workspace, "
        "lifecycle_stage, creation_time) VALUES (1, 'mine', "
        "'mlflow-artifacts:/workspaces/fraud/1', 'fraud', 'active', 1)",
        "INSERT INTO runs (run_uuid, experiment_id, lifecycle_stage, status) "
        "VALUES ('mine', 1, 'active', 'FINISHED')",
        "INSERT INTO registered_models (name, workspace) VALUES ('mine', 'fraud')",
    ):
        change(quiet, statement)
    mine = quiet.artifacts / "workspaces/fraud/1/mine/artifacts/mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    before, files = rows_of(quiet.mlflow), files_of(quiet.artifacts)
    quiet.right("adopt", "run", plan)
    after = rows_of(quiet.mlflow)
    assert unlike(before, after)
    # The id 1 was taken: the experiment of the source has another, and keeps its name.
    taken = [row for row in after["experiments"] if "'fraud-online'" in row]
    assert not taken[0].startswith("(1,")
    quiet.right("adopt", "undo", plan)
    assert unlike(before, rows_of(quiet.mlflow)) == []
    assert files_of(quiet.artifacts) == files


def test_a_changed_plan_is_refused(there: Installation, plan: Path) -> None:
    kept = plan.read_text()
    plan.write_text(kept.replace("fraud-prompt", "other-prompt"))
    for command in ("run", "verify", "undo"):
        assert "was changed after its adoption began" in there.refused("adopt", command, plan)
    plan.write_text(kept)
    there.right("adopt", "verify", plan)


def test_two_commands_with_one_plan_do_not_meet(there: Installation, plan: Path) -> None:
    with alone(folder_of(plan)):
        for command in ("run", "verify", "undo"):
            assert "Another command works with" in there.refused("adopt", command, plan)


def test_another_place_is_refused(there: Installation, plan: Path, tmp_path: Path) -> None:
    there.artifacts = tmp_path / "elsewhere"
    there.artifacts.mkdir()
    assert "was carried out in another place" in there.refused("adopt", "undo", plan)


def test_nothing_that_is_kept_beside_the_plan_is_for_others(
    quiet: Installation, plan: Path
) -> None:
    quiet.right("adopt", "run", plan)
    folder = folder_of(plan)
    for path in (folder, *folder.iterdir()):
        assert path.stat().st_mode & 0o077 == 0, path
