"""The commands for operators, as a shell calls them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from people import PASSWORD
from processes import SECRET, SECRET_KEY
from uac_api.access import audit, users
from uac_api.access.database import Database
from uac_api.cli import app
from uac_api.migrations import outdated


@pytest.fixture
def shell(monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A shell with the secrets set."""
    monkeypatch.setenv("STUDIO_SECRET_KEY", SECRET_KEY)
    monkeypatch.setenv("STUDIO_UPSTREAM_SECRET", SECRET)
    return CliRunner()


def use(monkeypatch: pytest.MonkeyPatch, database: Database) -> None:
    url = database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("STUDIO_DATABASE_URL", url)


def administrator(shell: CliRunner, password: str, username: str = "root-user") -> Any:
    return shell.invoke(app, ["create-admin", "--username", username], input=f"{password}\n")


def test_migrate_makes_the_database_fit(
    shell: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path}/uac.db")
    use(monkeypatch, database)
    for _ in range(2):
        done = shell.invoke(app, ["migrate"])
        assert (done.exit_code, done.stdout) == (0, "The UAC database is up to date.\n")
    outdated(database)
    database.close()


def test_the_first_administrator_is_made_once_and_left_alone_after(
    shell: CliRunner, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, database)
    done = administrator(shell, PASSWORD)
    assert (done.exit_code, done.stdout) == (0, "Administrator 'root-user' created.\n")
    made = database.write(lambda session: users.get(session, "root-user"))
    assert made.administrator
    again = administrator(shell, "another pass-phrase")
    assert (again.exit_code, "exists already" in again.stdout) == (0, True)
    kept = database.write(lambda session: users.get(session, "root-user"))
    assert kept.password_hash == made.password_hash
    found = database.read(lambda s: audit.page(s, audit.Filter(), before=None, limit=9))
    assert [(event.user, event.target) for event in found] == [("cli", "root-user")]


@pytest.mark.parametrize(("username", "password"), [("Root", PASSWORD), ("root-user", "short")])
def test_what_is_of_the_wrong_form_is_refused_in_one_line(
    shell: CliRunner,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    username: str,
    password: str,
) -> None:
    use(monkeypatch, database)
    done = administrator(shell, password, username)
    assert (done.exit_code, done.stdout) == (1, "")
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_database_that_is_away_is_one_line(
    shell: CliRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STUDIO_DATABASE_URL", "mysql+pymysql://root:hidden-word@127.0.0.1:1/uac")
    for done in (shell.invoke(app, ["migrate"]), administrator(shell, PASSWORD)):
        assert (done.exit_code, "does not answer" in done.stderr) == (1, True)
        assert "hidden-word" not in done.output


def test_missing_settings_are_all_named_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STUDIO_DATABASE_URL", "STUDIO_SECRET_KEY", "STUDIO_UPSTREAM_SECRET"):
        monkeypatch.delenv(name, raising=False)
    done = CliRunner().invoke(app, ["migrate"])
    assert done.exit_code == 1
    assert [line.split(":")[0] for line in done.stderr.splitlines()] == [
        "STUDIO_DATABASE_URL",
        "STUDIO_SECRET_KEY",
        "STUDIO_UPSTREAM_SECRET",
    ]
