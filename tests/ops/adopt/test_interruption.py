"""Stopped at any step, an adoption or its undo goes on with the same command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from adoption import Plain, files_of, rows_of, unlike
from installations import Installation
from ops.adopt import undoing
from ops.adopt.journal import Journal
from ops.backup.rows import put

# Each step of a run is noted before it or after it; at all of them the run can die.
STEPS = ("note_experiment", "begin_batch", "end_batch", "finish", "note_file", "note")


class Killed(BaseException):
    """The process is gone."""


@pytest.fixture
def die(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], list[str]]:
    """Lets the process die at so many steps from now, before the step; names the steps."""

    def at(number: int) -> list[str]:
        passed: list[str] = []
        for name in STEPS:
            real = getattr(Journal, name)
            real = getattr(real, "real", real)

            def step(self: Journal, *values: Any, name: str = name, real: Any = real, **more: Any):  # type: ignore[no-untyped-def]
                passed.append(name)
                if len(passed) == number:
                    raise Killed
                return real(self, *values, **more)

            step.real = real  # type: ignore[attr-defined]
            monkeypatch.setattr(Journal, name, step)
        return passed

    return at


def everything(here: Installation) -> dict[str, list[str]]:
    """All that an installation holds but its trail."""
    return {**rows_of(here.mlflow), "files": files_of(here.artifacts)}


def test_a_run_that_dies_at_any_step_goes_on(
    quiet: Installation, plan: Path, die: Callable[[int], list[str]]
) -> None:
    deaths: list[str] = []
    # Every run dies some steps after the one before it.
    for number in (1, 2, 3, 4, 6, 7, 9, 12, 17, 24, 33, 45, 70):
        passed = die(number)
        with pytest.raises(Killed):
            quiet.studio("adopt", "run", plan)
        deaths.append(passed[-1])
    die(0)
    assert "Verified" in quiet.right("adopt", "run", plan)
    assert {"note_experiment", "begin_batch", "end_batch", "finish", "note_file"} <= set(deaths)


def test_rows_that_were_put_when_the_process_died_are_not_put_twice(
    quiet: Installation, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead: set[str] = set()

    def end_batch(self: Journal, number: int) -> None:
        part = self._one("SELECT part FROM batches WHERE id = ?", number)
        assert part is not None
        if part[0] not in dead:
            dead.add(part[0])
            raise Killed
        self._change("UPDATE batches SET put = 1 WHERE id = ?", number)

    monkeypatch.setattr(Journal, "end_batch", end_batch)
    for _ in range(200):
        try:
            assert "Verified" in quiet.right("adopt", "run", plan)
            break
        except Killed:
            continue
    assert len(dead) > 30


def test_a_run_that_died_is_undone_as_well(
    quiet: Installation, plan: Path, die: Callable[[int], list[str]]
) -> None:
    before = everything(quiet)
    for number in (4, 5, 6, 7, 20, 120):
        die(number)
        with pytest.raises(Killed):
            quiet.studio("adopt", "run", plan)
        die(0)
        assert unlike(before, everything(quiet)) or number < 6
        assert "Undone." in quiet.right("adopt", "undo", plan)
        assert unlike(before, everything(quiet)) == []


def test_an_undo_that_dies_is_finished_by_the_next_and_by_no_run(
    quiet: Installation, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = everything(quiet)
    quiet.right("adopt", "run", plan)
    with monkeypatch.context() as patched:
        patched.setattr(undoing, "_files", killer())
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
        patched.setattr("ops.adopt.copying.put", failing)
        assert "the disk is full" in quiet.refused("adopt", "run", plan)
    assert not [row for row in rows_of(quiet.mlflow)["tags"] if run in row]
    quiet.right("adopt", "run", plan)


def killer() -> Callable[..., Iterator[None]]:
    """A function that kills."""

    def kill(*_: Any) -> Iterator[None]:
        raise Killed

    return kill
