"""Secrets nobody set are made once and can be read by their owner alone."""

import os
from pathlib import Path

from ops.server.secret_files import (
    GENERATED,
    private_folder,
    read_or_create,
    secret_file_variables,
    secret_values,
    write_private,
)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_a_secret_is_made_once_and_stays_the_same(tmp_path: Path) -> None:
    first = read_or_create(tmp_path / "secret")
    assert len(first) >= 32
    assert read_or_create(tmp_path / "secret") == first


def test_two_secrets_are_not_alike(tmp_path: Path) -> None:
    assert read_or_create(tmp_path / "one") != read_or_create(tmp_path / "two")


def test_only_the_owner_reads_a_secret_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        folder = private_folder(tmp_path / "secrets")
        write_private(folder / "secret", "x")
    finally:
        os.umask(before)
    assert mode(folder) == 0o700
    assert mode(folder / "secret") == 0o600


def test_a_file_that_others_could_read_is_closed_again(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("known")
    (tmp_path / "secret").chmod(0o644)
    assert read_or_create(tmp_path / "secret") == "known"
    assert mode(tmp_path / "secret") == 0o600


def test_nothing_unfinished_is_left(tmp_path: Path) -> None:
    write_private(tmp_path / "secret", "one")
    write_private(tmp_path / "secret", "two")
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_every_secret_gets_a_file(tmp_path: Path) -> None:
    variables = secret_file_variables(tmp_path, {})
    assert set(variables) == {f"{name}_FILE" for name, _, _ in GENERATED}
    assert all(len(Path(path).read_text().strip()) >= 32 for path in variables.values())


def test_a_secret_that_is_set_is_not_generated(tmp_path: Path) -> None:
    variables = secret_file_variables(
        tmp_path, {"STUDIO_SECRET_KEY": "mine", "STUDIO_UPSTREAM_SECRET_FILE": "/run/secrets/u"}
    )
    assert "STUDIO_SECRET_KEY_FILE" not in variables
    assert "STUDIO_UPSTREAM_SECRET_FILE" not in variables
    assert not (tmp_path / "secret-key").exists()


def test_the_values_to_hide_come_from_variables_and_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("content-of-the-file\n")
    values = secret_values(
        {
            "STUDIO_SECRET_KEY_FILE": str(tmp_path / "key"),
            "STUDIO_ADMIN_PASSWORD": "correct horse",
            "STUDIO_LOG_LEVEL": "information",
        }
    )
    assert sorted(values) == ["content-of-the-file", "correct horse"]
