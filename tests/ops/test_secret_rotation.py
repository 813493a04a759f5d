""" "Delete the file, make up" rotates a secret, and what the value before is needed for stays."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from ops.server import secret_rotation
from ops.server.secret_files import write_private
from ops.server.secret_rotation import HISTORY, IRREPLACEABLE, SUCCESSORS, provide
from ops.server.secrets import MADE, make_missing
from uac_api.settings import load

HOST = "studio.example.org"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The secrets of a server that was started once."""
    place = tmp_path / "secrets"
    make_missing(place, HOST)
    return place


def value(folder: Path, name: str) -> str:
    return (folder / name).read_text().strip()


@pytest.mark.parametrize("name", ["audit-key", "secret-key"])
def test_the_key_before_goes_on_to_verify_signatures(folder: Path, name: str) -> None:
    first = value(folder, name)
    (folder / name).unlink()
    (sentence,) = make_missing(folder, HOST)
    second = value(folder, name)
    assert second != first
    assert value(folder, "audit-keys-before") == first
    assert f"secrets/{name} is another one" in sentence
    assert first not in sentence
    (folder / name).unlink()
    make_missing(folder, HOST)
    assert value(folder, "audit-keys-before").splitlines() == [first, second]


def test_a_key_that_was_overwritten_counts_as_rotated(folder: Path) -> None:
    first = value(folder, "audit-key")
    (folder / "audit-key").write_text("k" * 40)
    make_missing(folder, HOST)
    assert value(folder, "audit-key") == "k" * 40
    assert value(folder, "audit-keys-before") == first


def test_the_api_reads_every_key_before(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(2):
        (folder / "audit-key").unlink()
        make_missing(folder, HOST)
    monkeypatch.setenv("STUDIO_DATABASE_URL", "sqlite:///x")
    for name in ("secret-key", "upstream-secret", "audit-key", "audit-keys-before"):
        variable = f"STUDIO_{name.upper().replace('-', '_')}_FILE"
        monkeypatch.setenv(variable, str(folder / name))
    settings = load()
    before = value(folder, "audit-keys-before").splitlines()
    assert len(before) == 2
    assert settings.mark_keys == (
        value(folder, "audit-key"),
        value(folder, "secret-key"),
        *before,
    )


def test_the_upstream_secret_before_is_accepted_until_everybody_has_the_new_one(
    folder: Path,
) -> None:
    first = value(folder, "upstream-secret")
    (folder / "upstream-secret").unlink()
    make_missing(folder, HOST)
    previous = folder / "upstream-secret-previous"
    assert value(folder, previous.name) == first
    inode = previous.stat().st_ino
    command = [sys.executable, "-m", "ops.server.secrets", str(folder), "--in-use"]
    subprocess.run(command, check=True, capture_output=True)
    assert value(folder, previous.name) == ""
    assert previous.stat().st_ino == inode, "the container has the old file"
    assert make_missing(folder, HOST) == []
    assert value(folder, previous.name) == ""


@pytest.mark.parametrize("name", sorted(IRREPLACEABLE))
def test_what_nothing_else_can_open_is_put_back(folder: Path, name: str) -> None:
    (folder / name).write_text("w" * 44)
    make_missing(folder, HOST)
    (folder / name).unlink()
    (sentence,) = make_missing(folder, HOST)
    assert "was put back" in sentence
    assert value(folder, name) == "w" * 44
    (folder / name).write_text("")
    make_missing(folder, HOST)
    assert make_missing(folder, HOST) == []
    assert value(folder, name) == "", "emptied on purpose"


def test_a_key_that_was_overwritten_can_still_be_found(folder: Path) -> None:
    first = value(folder, "mlflow-webhook-key")
    (folder / "mlflow-webhook-key").write_text("n" * 44)
    (sentence,) = make_missing(folder, HOST)
    assert f"{HISTORY}/mlflow-webhook-key.before" in sentence
    assert value(folder, f"{HISTORY}/mlflow-webhook-key.before") == first


def test_passwords_of_databases_are_simply_new(folder: Path) -> None:
    first = value(folder, "uac-database-password")
    (folder / "uac-database-password").unlink()
    (sentence,) = make_missing(folder, HOST)
    assert sentence == "secrets/uac-database-password is another one than before."
    assert value(folder, "uac-database-password") != first


def test_every_table_names_secrets_that_are_made() -> None:
    assert set(SUCCESSORS) | set(SUCCESSORS.values()) | IRREPLACEABLE <= set(MADE)


def test_a_first_password_that_was_emptied_is_made_anew_and_nothing_is_said(folder: Path) -> None:
    (folder / "admin-password").write_text("")
    assert make_missing(folder, HOST) == []
    assert len(value(folder, "admin-password")) == 20


@pytest.mark.parametrize("killed_at", range(3))
def test_a_rotation_that_was_killed_goes_on(
    folder: Path, killed_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed(BaseException):
        pass

    first, left = value(folder, "audit-key"), [killed_at]

    def dying(path: Path, content: str) -> None:
        if not left[0]:
            raise Killed
        left[0] -= 1
        write_private(path, content)

    (folder / "audit-key").unlink()
    with monkeypatch.context() as patch:
        patch.setattr(secret_rotation, "write_private", dying)
        patch.setattr("ops.server.secret_files.write_private", dying)
        with pytest.raises(Killed):
            provide(folder, "audit-key", MADE["audit-key"])
    make_missing(folder, HOST)
    before = value(folder, "audit-keys-before").splitlines()
    assert before == [first]
    assert value(folder, "audit-key") not in before
    assert value(folder, f"{HISTORY}/audit-key") == value(folder, "audit-key")
