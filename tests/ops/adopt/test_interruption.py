"""Stopped at any step, an adoption or its undo goes on with the same command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adoption import Plain, files_of, rows_of, unlike
from databases import drop_database, needed_database
from installations import Installation, mlflow_may_be_old
from mlflow_server import database as mlflow_database
from ops.adopt.copying import undo
from ops.adopt.copying.wal import WriteAheadLog
from ops.backup.tables.rows import put

# What a run notes is noted before it does something, or after: at each of these it can die, the
# how manyeth time counted in each run anew.
DEATHS = (
    ("note", 1),
    ("note", 3),
    ("note_experiment", 1),
    ("note_experiment", 2),
    ("note_experiment", 3),
    ("begin_batch", 1),
    ("end_batch", 1),
    ("finish", 1),
    ("end_batch", 4),
    ("begin_batch", 6),
    ("end_batch", 17),
    ("finish", 20),
    ("note_file", 1),
    ("note_file", 2),
    ("note_file", 33),
)


PARTS = ("runs", "metrics", "spans", "inputs", "model_versions")


class Killed(BaseException):
    """The process is gone."""


Die = Callable[[str, int], None]


@pytest.fixture
def die(monkeypatch: pytest.MonkeyPatch) -> Die:
    """Lets the process die before it notes something for the how manyeth time."""
    real = {name: getattr(WriteAheadLog, name) for name, _ in DEATHS}

    def at(name: str, number: int) -> None:
        passed = 0

        def step(self: WriteAheadLog, *values: Any, **more: Any) -> Any:
            nonlocal passed
            passed += 1
            if passed == number:
                raise Killed
            return real[name](self, *values, **more)

        for one, function in real.items():
            monkeypatch.setattr(WriteAheadLog, one, step if one == name else function)

    return at


def everything(here: Installation) -> dict[str, list[str]]:
    """All that an installation holds but its trail."""
    return {**rows_of(here.mlflow), "files": files_of(here.artifacts)}


def test_a_run_that_dies_at_any_step_goes_on(quiet: Installation, plan: Path, die: Die) -> None:
    for name, number in DEATHS:
        die(name, number)
        with pytest.raises(Killed):
            quiet.studio("adopt", "run", plan)
    die("note", 0)
    assert "Verified" in quiet.right("adopt", "run", plan)


@pytest.mark.parametrize("place", [DEATHS[4], DEATHS[5], DEATHS[10], DEATHS[14]], ids=str)
def test_a_run_that_died_is_undone_as_well(
    quiet: Installation, plan: Path, die: Die, place: tuple[str, int]
) -> None:
    before = everything(quiet)
    die(*place)
    with pytest.raises(Killed):
        quiet.studio("adopt", "run", plan)
    die("note", 0)
    assert unlike(before, everything(quiet))
    assert "Undone." in quiet.right("adopt", "undo", plan)
    assert unlike(before, everything(quiet)) == []


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_rows_that_were_put_when_the_process_died_are_not_put_twice(
    quiet: Installation, plan: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    if kind != "sqlite":
        quiet.mlflow = needed_database(kind, tmp_path)
        with mlflow_may_be_old():
            mlflow_database.prepare(quiet.mlflow)
    dead: set[str] = set()
    real = WriteAheadLog.end_batch

    def end_batch(self: WriteAheadLog, number: int) -> None:
        found = self._one("SELECT part FROM batches WHERE id = ?", number)
        part = str(found[0]) if found else ""
        if part not in dead and part.split("/")[1] in PARTS:
            dead.add(part)
            raise Killed
        real(self, number)

    monkeypatch.setattr(WriteAheadLog, "end_batch", end_batch)
    for _ in range(2 * len(PARTS)):
        with pytest.raises(Killed):
            quiet.studio("adopt", "run", plan)
    assert len(dead) == 2 * len(PARTS)
    assert "Verified" in quiet.right("adopt", "run", plan)
    drop_database(quiet.mlflow)


def test_an_undo_that_dies_is_finished_by_the_next_and_by_no_run(
    quiet: Installation, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(quiet)
    quiet.right("adopt", "run", plan)
    with monkeypatch.context() as patched:
        patched.setattr(undo, "_files", killer())
        with pytest.raises(Killed):
            quiet.studio("adopt", "undo", plan)
    assert "studio adopt undo" in quiet.refused("adopt", "run", plan)
    quiet.right("adopt", "undo", plan)
    assert unlike(before, everything(quiet)) == []
    assert "Nothing of this plan" in quiet.refused("adopt", "undo", plan)


def test_what_was_undone_can_be_adopted_again(quiet: Installation, plan: Path) -> None:
    quiet.right("adopt", "run", plan)
    after = everything(quiet)
    quiet.right("adopt", "undo", plan)
    quiet.right("adopt", "run", plan)
    assert {name: len(rows) for name, rows in everything(quiet).items()} == {
        name: len(rows) for name, rows in after.items()
    }


def test_a_batch_that_the_database_refuses_leaves_nothing_in_doubt(
    quiet: Installation, plan: Path, plain: Plain, monkeypatch: pytest.MonkeyPatch
) -> None:
    (run,) = plain.rows("SELECT run_uuid FROM runs LIMIT 1")[0]

    def failing(*words: Any) -> None:
        put(*words)
        if words[1].name == "tags":
            raise OSError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr("ops.adopt.copying.copy_rows.put", failing)
        assert "the disk is full" in quiet.refused("adopt", "run", plan)
    assert not [row for row in rows_of(quiet.mlflow)["tags"] if run in row]
    quiet.right("adopt", "run", plan)


def killer() -> Callable[..., Iterator[None]]:
    """A function that kills."""

    def kill(*_: Any) -> Iterator[None]:
        raise Killed

    return kill
