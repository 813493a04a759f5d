"""`studio` is one command for everything; `python -m ops.studio` has the settings of `make run`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops import studio
from ops.studio import app


@pytest.mark.parametrize(
    "command", ["migrate", "create-admin", "doctor", "audit", "backup", "restore", "adopt"]
)
def test_every_command_is_there(command: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"])
    assert shown.exit_code == 0
    assert command in CliRunner().invoke(app, ["--help"]).output


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[dict[str, str]]:
    """The environments in which the command was called."""
    found: list[dict[str, str]] = []
    given = {"STUDIO_DATA_DIR": str(tmp_path), "STUDIO_BACKUP_KEY": "k" * 40}
    monkeypatch.setattr(studio, "read_environment", lambda: given)
    monkeypatch.setattr(studio, "app", lambda **_: found.append(dict(os.environ)))
    # What the command does to this process's environment is undone.
    monkeypatch.setattr(os, "environ", os.environ.copy())
    return found


@pytest.mark.parametrize("command", ["backup", "restore", "adopt"])
def test_a_backup_and_an_adoption_know_both_databases_and_the_key(
    called: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, command: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["studio", command, "x"])
    assert studio.main() == 0
    assert called[0]["STUDIO_DATABASE_URL"] == f"sqlite:///{tmp_path}/uac.db"
    assert called[0]["MLFLOW_BACKEND_STORE_URI"] == f"sqlite:///{tmp_path}/mlflow.db"
    assert called[0]["MLFLOW_ARTIFACTS_DESTINATION"] == f"{tmp_path}/artifacts"
    assert called[0]["STUDIO_BACKUP_KEY"] == "k" * 40


def test_other_commands_know_what_the_uac_api_knows(
    called: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["studio", "doctor"])
    assert studio.main() == 0
    assert "STUDIO_DATABASE_URL" in called[0]
    assert "MLFLOW_BACKEND_STORE_URI" not in called[0]
    assert "STUDIO_BACKUP_KEY" not in called[0]


def test_settings_nobody_can_use_are_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(studio, "read_environment", lambda: {"UAC_PORT": "five"})
    assert studio.main() == 2
    assert "UAC_PORT" in capsys.readouterr().err
