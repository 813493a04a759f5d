"""A backup is a whole ML Studio: it comes back on any kind of database, and people go on."""

from __future__ import annotations

import json
import math
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from conftest import Stack
from content import artifact, done, fill, metrics, new_experiment, new_run
from databases import KINDS, drop_database
from installations import Installation, empty
from ops.backup.storage.manifest import DatabaseDump
from ops.backup.tables import rows
from people import PASSWORD, Person, basic, token_of
from preloaded import run_python
from processes import ROOT, mlflow_program, uac_program

from .conftest import FILE, Estate

SCRIPT = ROOT / "tests" / "system" / "scripts" / "log_one.py"


@pytest.mark.parametrize("kind", KINDS)
def test_it_comes_back_on_every_kind_of_database_and_scripts_go_on(
    estate: Estate, tmp_path: Path, kind: str
) -> None:
    there = empty(tmp_path / "there", kind)
    said = there.right("restore", "--from", estate.place, "--verify")
    assert "every row and every artifact" in said
    try:
        _comes_back_unchanged_from(there, estate, tmp_path)
        _people_go_on(there, estate, tmp_path)
    finally:
        for url in (there.uac, there.mlflow):
            drop_database(url)


def _comes_back_unchanged_from(there: Installation, estate: Estate, folder: Path) -> None:
    """Through another kind of database and back, not a bit is lost."""
    there.right("backup", "--to", folder / "again")
    last = empty(folder / "last")
    last.right("restore", "--from", folder / "again", "--verify")
    last.right("backup", "verify", "--from", estate.place, "--restored")


def _people_go_on(there: Installation, estate: Estate, folder: Path) -> None:
    mlflow = mlflow_program(folder, there.mlflow)
    mlflow.environment["MLFLOW_ARTIFACTS_DESTINATION"] = str(there.artifacts)
    mlflow.start()
    uac = uac_program(folder, there.uac, mlflow.url, UAC_WORKERS="1")
    try:
        uac.start()
        alice = Person("alice", uac.url, basic("alice", PASSWORD))
        slug, run = estate.content.slug, estate.content.run
        found = metrics(alice, slug, run)
        assert (found["plain"], found["small"], found["tenth"]) == (0.1, 5e-324, 1 / 3)
        assert math.isnan(float(found["no"]))
        assert float(found["up"]) > 1e308
        path = f"{estate.content.artifacts}/weights/gr%C3%B6%C3%9Fe.bin"
        assert alice.ask("GET", artifact(slug, path)).body == FILE
        mallory = Person("mallory", uac.url, basic("mallory", PASSWORD))
        assert mallory.mlflow(slug, "GET", f"runs/get?run_id={run}").status == 404
        _script_runs(there, uac.url, slug, folder)
        new = "after-the-fire"
        assert alice.studio("POST", "/projects", {"slug": new, "name": new}).status == 201
        new_run(alice, new, new_experiment(alice, new))
    finally:
        uac.stop()
        mlflow.stop()


def _script_runs(there: Installation, url: str, slug: str, folder: Path) -> None:
    with there.database() as database:
        token = token_of(database, "alice", url).credential.split()[1]
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "STUDIO_"))}
    told = {"MLFLOW_TRACKING_URI": f"{url}/projects/{slug}", "MLFLOW_TRACKING_TOKEN": token}
    done = run_python([SCRIPT], {**clean, "HOME": str(folder), **told}, timeout=200)
    assert done.returncode == 0, done.stderr[-3000:]
    assert json.loads(done.stdout.splitlines()[-1])["text"] == "hello"


def test_it_is_one_moment_although_people_go_on_writing(
    stack: Stack, estate: Estate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    writer, real = Writer(stack), rows.dump
    late: list[str] = []

    def slow(*arguments: Any) -> DatabaseDump:
        """Both databases were opened, and before each is read somebody writes."""
        known = len(writer.acknowledged)
        writer.logged(known + 4)
        # The first of them may have been under way already.
        late.extend(writer.acknowledged[known + 1 :])
        return real(*arguments)

    monkeypatch.setattr(rows, "dump", slow)
    writer.start()
    try:
        writer.logged(5)
        before = list(writer.acknowledged)
        estate.here.right("backup", "--to", tmp_path / "place")
    finally:
        writer.stopping.set()
        writer.join(60)
    copy = empty(tmp_path / "copy")
    copy.right("restore", "--from", tmp_path / "place", "--verify")
    engine = create_engine(copy.mlflow)
    with engine.connect() as connection:
        found = set(connection.scalars(text("SELECT value FROM tags WHERE key = 'kept'")))
        slugs = set(connection.execute(text("SELECT name FROM workspaces")).scalars())
        lone = "SELECT count(*) FROM tags WHERE run_uuid NOT IN (SELECT run_uuid FROM runs)"
        assert connection.scalar(text(lone)) == 0
    engine.dispose()
    assert set(before) <= found
    assert not found & set(late), "what was written after the moment"
    assert all((copy.artifacts / path).is_file() for path in found), "a row without its file"
    engine = create_engine(copy.uac)
    with engine.connect() as connection:
        projects = set(connection.execute(text("SELECT slug FROM projects")).scalars())
    engine.dispose()
    assert projects <= slugs, "a project without its content"


class Writer(threading.Thread):
    """Opens projects, and logs runs whose tag names a file that was stored before."""

    def __init__(self, stack: Stack) -> None:
        super().__init__(daemon=True)
        self._stack, self._alice = stack, stack.person("alice")
        self.acknowledged: list[str] = []
        self.stopping = threading.Event()
        self._more = threading.Condition()

    def run(self) -> None:
        """Write until told to stop."""
        while not self.stopping.is_set():
            slug = self._stack.new_project()
            experiment = new_experiment(self._alice, slug)
            for _ in range(3):
                run = new_run(self._alice, slug, experiment)["info"]["run_id"]
                path = f"workspaces/{slug}/{experiment}/{run}/artifacts/file.txt"
                stored = self._alice.ask("PUT", artifact(slug, path), raw=run.encode())
                assert stored.status == 200
                body = {"run_id": run, "key": "kept", "value": path}
                done(self._alice.mlflow(slug, "POST", "runs/set-tag", body))
                with self._more:
                    self.acknowledged.append(path)
                    self._more.notify_all()

    def logged(self, number: int) -> None:
        """Wait until so many files were logged."""
        with self._more:
            assert self._more.wait_for(lambda: len(self.acknowledged) >= number, 60)


def test_an_unchanged_artifact_is_not_read_again(restored: Installation, tmp_path: Path) -> None:
    place = tmp_path / "place"
    files = [file for file in restored.artifacts.rglob("*") if file.is_file()]
    assert f"{len(files)} read anew" in restored.right("backup", "--to", place)
    # Who cannot be read is not missed: nothing but names and times was looked at.
    opened = _opened(restored, place)
    assert [name for name in opened if str(restored.artifacts) in name] == []
    files[0].write_bytes(b"another content")
    soon = time.time() + 600
    os.utime(files[0], (soon, soon))
    assert "1 read anew" in restored.right("backup", "--to", place)
    # What changes while it is read may change once more without another time.
    assert "1 read anew" in restored.right("backup", "--to", place)
    os.utime(files[0], (1_700_000_001, 1_700_000_001))
    assert "1 read anew" in restored.right("backup", "--to", place)
    assert "0 read anew" in restored.right("backup", "--to", place)
    restored.right("backup", "verify", "--from", place, "--restored")


def _opened(there: Installation, place: Path) -> list[str]:
    """Every file that a backup opens."""
    opened: list[str] = []
    watching = True

    def hook(name: str, arguments: tuple[object, ...]) -> None:
        if watching and name == "open":
            opened.append(str(arguments[0]))

    sys.addaudithook(hook)
    assert "0 read anew" in there.right("backup", "--to", place)
    watching = False
    return opened


def test_a_killed_backup_is_none_and_the_next_one_goes_on(
    restored: Installation, tmp_path: Path
) -> None:
    place = tmp_path / "place"
    files = sum(file.is_file() for file in restored.artifacts.rglob("*"))
    assert files > 3
    _killed(restored, place, "artifacts.Copy._copied", calls=files)
    assert restored.right("backup", "list", "--from", place) == ""
    assert "no finished backup" in restored.refused("restore", "--from", place)
    # All but the one at which it was killed had been noted.
    assert "1 read anew" in restored.right("backup", "--to", place)
    restored.right("backup", "verify", "--from", place, "--restored")
    _killed(restored, place, "manifest.keep", calls=1)
    assert len(restored.right("backup", "list", "--from", place).split()) == 1
    assert "0 read anew" in restored.right("backup", "--to", place)
    names = restored.right("backup", "list", "--from", place).split()
    assert sorted(path.name for path in (place / "backups").iterdir()) == names
    assert not (place / ".unfinished").exists()


def _killed(there: Installation, place: Path, where: str, calls: int) -> None:
    """A backup that is killed at a call of a function; listings have parts of one file."""
    code = f"""
import os, signal
from ops.backup import artifacts
from ops.backup.storage import manifest
from ops.studio import app
artifacts.PART_FILES = 1
real, calls = {where}, 0
def deadly(*arguments):
    global calls
    calls += 1
    if calls == {calls}:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*arguments)
{where} = deadly
app(["backup", "--to", {str(place)!r}])
"""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, **there.environment},
        capture_output=True,
        check=False,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_old_backups_go_with_what_only_they_need(restored: Installation, tmp_path: Path) -> None:
    place = tmp_path / "place"
    restored.right("backup", "--to", place)
    gone = next(file for file in restored.artifacts.rglob("*") if file.name.endswith(".bin"))
    gone.unlink()
    objects = len(list((place / "objects").rglob("*")))
    second = restored.right("backup", "--to", place, "--keep", "2")
    assert "Removed" not in second
    assert len(list((place / "objects").rglob("*"))) == objects
    first = restored.right("backup", "list", "--from", place).split()[0]
    assert f"Removed the backup {first}" in restored.right("backup", "--to", place, "--keep", "2")
    assert len(restored.right("backup", "list", "--from", place).split()) == 2
    restored.right("backup", "verify", "--from", place, "--restored")
    sizes = [file.stat().st_size for file in (place / "objects").rglob("*") if file.is_file()]
    assert len(FILE) not in sizes


def test_nothing_is_removed_while_nobody_knows_what_is_needed(
    restored: Installation, tmp_path: Path
) -> None:
    place = tmp_path / "place"
    for _ in range(2):
        restored.right("backup", "--to", place)
    names = restored.right("backup", "list", "--from", place).split()
    manifest = place / "backups" / names[1] / "manifest"
    manifest.write_bytes(manifest.read_bytes().replace(b"objects", b"objectz")[:-3])
    said = restored.refused("backup", "--to", place, "--keep", "2")
    assert names[1] in said
    assert names[0] in restored.right("backup", "list", "--from", place)
    assert restored.right("backup", "verify", "--from", place, "--backup", names[0])


def test_an_artifact_that_is_deleted_meanwhile_is_noted(
    restored: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ops.backup.storage.stores import Folder

    gone = next(file for file in restored.artifacts.rglob("*") if file.is_file())
    real = Folder.read

    def late(self: Folder, path: str) -> object:
        if str(self.root / path) == str(gone):
            gone.unlink(missing_ok=True)
        return real(self, path)

    monkeypatch.setattr(Folder, "read", late)
    said = restored.right("backup", "--to", tmp_path / "place")
    assert f"{gone.relative_to(restored.artifacts)} was deleted while the backup ran" in said
    restored.right("backup", "verify", "--from", tmp_path / "place", "--restored")


def test_two_backups_at_once_are_refused(restored: Installation, tmp_path: Path) -> None:
    from ops.backup.storage.stores import Folder

    with Folder(tmp_path / "place").alone():
        said = restored.refused("backup", "--to", tmp_path / "place")
    assert "under way" in said


def test_databases_alone_can_be_backed_up(restored: Installation, tmp_path: Path) -> None:
    place = tmp_path / "place"
    restored.right("backup", "--to", place, "--no-artifacts")
    copy = empty(tmp_path / "second")
    said = copy.right("restore", "--from", place, "--verify")
    assert "--no-artifacts" in said
    assert not copy.artifacts.exists()


def test_a_place_is_for_its_owner_alone(restored: Installation, tmp_path: Path) -> None:
    place = tmp_path / "place"
    restored.right("backup", "--to", place)
    copy = empty(tmp_path / "second")
    copy.right("restore", "--from", place)
    for file in [*place.rglob("*"), *copy.artifacts.rglob("*")]:
        assert file.stat().st_mode & 0o077 == 0, file
    shutil.rmtree(place)


def test_what_was_filled_again_is_one_more_project(stack: Stack, estate: Estate) -> None:
    """The estate stays usable after its backup: a snapshot locks nobody out."""
    fill(stack.person("alice"), estate.content.slug)
