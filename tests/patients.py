"""An ML Studio for `studio doctor` to look at: well, until a test plants something."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from processes import SECRET, Program
from uac_api.access.audit.signatures import Signer
from uac_api.access.database import Database
from uac_api.cli import app
from uac_api.doctor import Level
from uac_api.migrations import upgrade

DRAWN = "8QyVtT1nqg3kXw0RZpUe5LhJmAs7Fb2c"


class Patient:
    """A ML Studio in the environment of this process, well until something is planted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, folder: Path, mlflow: Program) -> None:
        self.set = monkeypatch.setenv
        self.unset = monkeypatch.delenv
        self.folder = folder
        self.url = f"sqlite:///{folder}/uac.db"
        database = Database(self.url)
        upgrade(database)
        database.close()
        (folder / "uac.db").chmod(0o600)
        self.set("STUDIO_DATABASE_URL", self.url)
        self.set("STUDIO_SECRET_KEY", DRAWN)
        self.set("STUDIO_UPSTREAM_SECRET", SECRET)
        self.set("STUDIO_UPSTREAM_URL", mlflow.url)

    def run(self, *options: str) -> tuple[int, str]:
        """(exit status, what the command printed)."""
        done = CliRunner().invoke(app, ["doctor", *options])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout

    def findings(self, *options: str) -> list[dict[str, str]]:
        """What is wrong, from the machine's output."""
        code, said = self.run("--json", *options)
        found: list[dict[str, str]] = json.loads(said)
        assert code == any(one["level"] == Level.FAULT for one in found)
        return found

    def database(self) -> Database:
        """Its database, to plant something in."""
        return Database(self.url, Signer(DRAWN))


def only(found: list[dict[str, str]], check: str, *words: str) -> None:
    """The one finding is of this check, says these words, and has a cure."""
    assert [one["check"] for one in found] == [check], found
    said = f"{found[0]['message']} {found[0]['fix']}"
    for word in words:
        assert word in said, said
    assert found[0]["fix"]
