"""One flipped byte, a wrong key, a filled place: each is found and named, nothing is half done."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from content import TEXT
from installations import Installation, empty

from .conftest import FILE, Estate

KEY = "Zr4kXw8QyVt1nq3gL0RpUe5hJmAs7Fb2cD"
OTHER_KEY = KEY[::-1]


def flip(file: Path, place: int) -> None:
    """Change one bit."""
    content = bytearray(file.read_bytes())
    content[place] ^= 1
    file.write_bytes(content)


def only(place: Path, pattern: str) -> Path:
    """The one file of this pattern."""
    [found] = place.glob(pattern)
    return found


@pytest.fixture(scope="module")
def backups(template: Installation, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A backup of the estate for each key, made once."""
    places = {}
    for key in ("", KEY):
        places[key] = tmp_path_factory.mktemp("damage") / "place"
        replace(template, key=key).right("backup", "--to", places[key])
    return places


@pytest.fixture(params=["", KEY], ids=["plain", "encrypted"])
def backed_up(
    request: pytest.FixtureRequest,
    restored: Installation,
    backups: dict[str, Path],
    tmp_path: Path,
) -> tuple[Installation, Path]:
    """An installation and a backup of it, for a test to damage."""
    restored.key = request.param
    place = tmp_path / "place"
    shutil.copytree(backups[request.param], place)
    return restored, place


FILES: dict[str, str] = {
    "a table of people": "backups/*/uac/users",
    "a table of runs": "backups/*/mlflow/runs",
    "the listing of artifacts": "backups/*/artifacts/000000",
    "the manifest": "backups/*/manifest",
}


@pytest.mark.parametrize("pattern", FILES.values(), ids=FILES.keys())
@pytest.mark.parametrize("where", [0, 5, 0.5, -1])
def test_a_flipped_byte_in_a_file_of_the_backup_is_named(
    backed_up: tuple[Installation, Path], tmp_path: Path, pattern: str, where: float
) -> None:
    here, place = backed_up
    file = only(place, pattern)
    size = file.stat().st_size
    flip(file, int(size * where) if isinstance(where, float) else where)
    name = str(file.relative_to(place))
    told = here.refused("backup", "verify", "--from", place)
    assert name in told or "STUDIO_BACKUP_KEY" in told
    there = empty(tmp_path / "there", key=here.key)
    assert there.refused("restore", "--from", place)
    assert not there.artifacts.exists()
    assert not Path(there.uac.removeprefix("sqlite:///")).exists()


@pytest.mark.parametrize("where", [0, 0.5, -1])
def test_a_flipped_byte_in_an_artifact_of_the_backup_is_named(
    backed_up: tuple[Installation, Path], estate: Estate, tmp_path: Path, where: float
) -> None:
    here, place = backed_up
    [file] = [one for one in place.glob("objects/*/*") if one.stat().st_size >= len(FILE)]
    size = file.stat().st_size
    flip(file, int(size * where) if isinstance(where, float) else where)
    assert estate.file in here.refused("backup", "verify", "--from", place)
    there = empty(tmp_path / "there", key=here.key)
    said = there.refused("restore", "--from", place)
    assert estate.file in said or "STUDIO_BACKUP_KEY" in said


def test_what_is_missing_is_named(backed_up: tuple[Installation, Path], estate: Estate) -> None:
    here, place = backed_up
    [file] = [one for one in place.glob("objects/*/*") if one.stat().st_size >= len(FILE)]
    file.unlink()
    only(place, "backups/*/uac/events").unlink()
    said = here.refused("backup", "verify", "--from", place)
    assert f"The artifact {estate.file} is missing" in said
    assert "uac/events is missing" in said
    # The next backup heals it: what is not there is read again.
    assert "1 read anew" in here.right("backup", "--to", place)
    here.right("backup", "verify", "--from", place)


CHANGES: dict[str, tuple[str, str, str]] = {
    "a changed password": (
        "uac",
        "UPDATE users SET password_hash = 'x' WHERE username = 'bob'",
        "users: the row id=",
    ),
    "a member too many": (
        "uac",
        "INSERT INTO members (id, project_id, user_id, role, granted_by, granted_at, version, "
        "reason) SELECT 9999, project_id, (SELECT id FROM users WHERE username = 'mallory'), "
        "'owner', 'x', granted_at, 1, '' FROM members LIMIT 1",
        "members: the row id=9999 is not in the backup",
    ),
    "a bit of a metric": (
        "mlflow",
        "UPDATE metrics SET value = 0.10000000000000002 WHERE key = 'plain'",
        "metrics: the row",
    ),
    "a metric that is gone": (
        "mlflow",
        "DELETE FROM latest_metrics WHERE key = 'plain'",
        "latest_metrics: the row key=plain",
    ),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_change_in_the_restored_databases_is_named(
    restored: Installation, estate: Estate, change: tuple[str, str, str]
) -> None:
    which, statement, named = change
    restored.right("backup", "verify", "--from", estate.place, "--restored")
    engine = create_engine(getattr(restored, which))
    with engine.begin() as connection:
        assert connection.execute(text(statement)).rowcount
    engine.dispose()
    assert named in restored.refused("backup", "verify", "--from", estate.place, "--restored")


@pytest.mark.parametrize("change", [lambda file: flip(file, 1000), Path.unlink])
def test_a_change_in_a_restored_artifact_is_named(
    restored: Installation, estate: Estate, change: Callable[[Path], None]
) -> None:
    change(restored.artifacts / estate.file)
    said = restored.refused("backup", "verify", "--from", estate.place, "--restored")
    assert f"The artifact {estate.file}" in said


def test_a_restore_that_wrote_something_else_fails(
    estate: Estate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ops.backup.tables import values

    real = values.fitted
    monkeypatch.setattr(
        "ops.backup.tables.rows.fitted",
        lambda value, column: "x" if value == "bob" else real(value, column),
    )
    there = empty(tmp_path / "there")
    said = there.refused("restore", "--from", estate.place, "--verify")
    assert "users: the row id=" in said


def test_an_encrypted_backup_tells_nothing(restored: Installation, tmp_path: Path) -> None:
    restored.key = KEY
    place = tmp_path / "place"
    restored.right("backup", "--to", place)
    digests = {
        hashlib.sha256(file.read_bytes()).hexdigest()
        for file in restored.artifacts.rglob("*")
        if file.is_file()
    }
    for file in place.rglob("*"):
        if file.is_file() and file.name != ".lock":
            content = file.read_bytes()
            assert content.startswith(b"MLSB1"), file
            assert TEXT not in content
            assert file.name not in digests
    copy = empty(tmp_path / "there", key=KEY)
    copy.right("restore", "--from", place, "--verify")


@pytest.mark.parametrize(
    ("key", "sentence"),
    [
        (OTHER_KEY, "another STUDIO_BACKUP_KEY"),
        ("", "Set STUDIO_BACKUP_KEY"),
        ("short", "Use at least 32"),
    ],
)
def test_without_the_right_key_nothing_happens(
    restored: Installation, tmp_path: Path, key: str, sentence: str
) -> None:
    restored.key = KEY
    place = tmp_path / "place"
    restored.right("backup", "--to", place)
    before = sorted(place.rglob("*"))
    there = empty(tmp_path / "there", key=key)
    assert sentence in there.refused("restore", "--from", place)
    assert sentence in there.refused("backup", "verify", "--from", place)
    restored.key = key
    assert sentence in restored.refused("backup", "--to", place, "--keep", "1")
    assert sorted(place.rglob("*")) == before
    assert not there.artifacts.exists()


def test_encrypted_and_plain_backups_do_not_share_a_place(
    restored: Installation, tmp_path: Path
) -> None:
    place = tmp_path / "place"
    restored.right("backup", "--to", place)
    restored.key = KEY
    assert "not encrypted" in restored.refused("backup", "--to", place)


def test_a_manifest_cannot_lead_out_of_its_folder(tmp_path: Path) -> None:
    from ops.backup.errors import BackupError
    from ops.backup.storage.stores import Folder

    folder = Folder(tmp_path)
    for path in ("../x", "a/../../x", "/etc/passwd", "a//b", ".", "a/./b", "a\0b"):
        with pytest.raises(BackupError):
            folder.has(path)
        with folder.incoming() as file, pytest.raises(BackupError):
            file.keep(path)


def test_a_damaged_backup_keeps_nobody_from_the_next(
    backed_up: tuple[Installation, Path],
) -> None:
    here, place = backed_up
    files = sum(file.is_file() for file in here.artifacts.rglob("*"))
    flip(only(place, "backups/*/artifacts/000000"), -1)
    assert f"{files} read anew" in here.right("backup", "--to", place)
    here.right("backup", "verify", "--from", place, "--restored")


def test_a_place_that_vanishes_is_no_artifact_that_was_deleted(
    restored: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ops.backup.storage.stores import Folder

    def gone(self: Folder, path: str) -> Path:
        if path.startswith("objects/"):
            raise FileNotFoundError(path)
        return real(self, path)

    real = Folder.place
    monkeypatch.setattr(Folder, "place", gone)
    assert "objects/" in restored.refused("backup", "--to", tmp_path / "place")
    assert restored.right("backup", "list", "--from", tmp_path / "place") == ""
