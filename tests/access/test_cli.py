"""The commands for operators, as a shell calls them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session
from typer.testing import CliRunner

from databases import every_database
from people import PASSWORD
from processes import SECRET, SECRET_KEY
from sealing import Sealed, sealed
from uac_api.access.audit import events, retention
from uac_api.access.credentials.secrets import PasswordCheck
from uac_api.access.database import Database
from uac_api.access.models import SignInDelay, User, UserSession, now
from uac_api.access.people import users
from uac_api.cli import app
from uac_api.commands import audit as commands
from uac_api.migrations import outdated, standing


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


@every_database
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
    found = database.read(lambda s: events.page(s, events.Filter(), before=None, limit=9))
    assert [(event.user, event.target) for event in found] == [("cli", "root-user")]


def test_whether_the_first_password_is_still_the_one_is_told(
    shell: CliRunner, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, database)
    administrator(shell, PASSWORD)
    assert "has still the first password," in administrator(shell, PASSWORD).stdout
    for other in ("another pass-phrase", ""):
        assert "has a password of their own," in administrator(shell, other).stdout


def test_migrations_are_taken_back_for_the_version_before(
    shell: CliRunner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database = Database(f"sqlite:///{tmp_path}/uac.db")
    use(monkeypatch, database)
    shell.invoke(app, ["migrate"])
    done = shell.invoke(app, ["migrate", "--to", "0007"])
    assert (done.exit_code, standing(database)) == (0, "0007")
    assert "at migration 0007" in done.stdout
    for name in ("nonsense", ""):
        wrong = shell.invoke(app, ["migrate", "--to", name])
        assert (wrong.exit_code, standing(database)) == (1, "0007")
        assert f"There is no migration '{name}'" in wrong.stderr
    assert shell.invoke(app, ["migrate"]).exit_code == 0
    outdated(database)
    database.close()


@pytest.mark.parametrize("arguments", [(), ("--to", "0007")])
def test_a_database_of_a_later_version_is_refused_in_a_sentence(
    shell: CliRunner,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
) -> None:
    database = Database(f"sqlite:///{tmp_path}/uac.db")
    use(monkeypatch, database)
    shell.invoke(app, ["migrate"])
    with database.connection() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    done = shell.invoke(app, ["migrate", *arguments])
    assert (done.exit_code, standing(database)) == (1, "9999")
    assert "the database is newer" in done.stderr
    assert "Traceback" not in done.stderr
    database.close()


def test_a_lost_password_is_reset_and_everything_else_ends(
    shell: CliRunner, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, database)
    administrator(shell, PASSWORD)

    def person(session: Session) -> User:
        return users.get(session, "root-user", lock=False)

    before = database.read(person)
    soon = now() + timedelta(hours=1)
    held = UserSession(id="s", user_id=before.id, digest="d", expires_at=soon)
    waits = SignInDelay(kind="account", name="root-user", failures=60, until=soon)
    database.write(lambda session: session.add_all([held, waits]))
    done = shell.invoke(app, ["reset-password", "--username", "root-user"])
    assert done.exit_code == 0, done.stderr
    sentence, password = done.stdout.splitlines()
    assert "'root-user'" in sentence
    after = database.read(person)
    assert PasswordCheck()(password, after.password_hash)
    assert not PasswordCheck()(PASSWORD, after.password_hash)
    assert after.administrator
    assert database.read(lambda s: s.query(UserSession).count() + s.query(SignInDelay).count()) == 0
    found = database.read(lambda s: events.page(s, events.Filter(), before=None, limit=9))
    (event,) = [one for one in found if one.operation == "users.password"]
    assert (event.user, event.target, event.outcome) == ("cli", "root-user", "allowed")
    assert password not in repr([vars(one) for one in found])


def test_a_password_of_nobody_is_not_reset(
    shell: CliRunner, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    use(monkeypatch, database)
    done = shell.invoke(app, ["reset-password", "--username", "nobody"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "There is no person 'nobody'" in done.stderr


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


@pytest.fixture
def trail(
    shell: CliRunner, database: Database, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sealed]:
    """Four sealed events, marked with the key that the shell has."""
    assert shell
    use(monkeypatch, database)
    here = sealed(database, SECRET_KEY).written("a", "b", "c", "d")
    yield here
    here.database.close()


def test_verify_says_what_it_looked_at_and_the_newest_seal(
    shell: CliRunner, trail: Sealed, tmp_path: Path
) -> None:
    done = shell.invoke(app, ["audit", "verify"])
    assert done.exit_code == 0, done.output
    first, head = done.stdout.splitlines()
    assert first == "3 seals over 4 events are as they were written."
    kept = head.removeprefix("The newest seal is ")
    file = tmp_path / "head"
    file.write_text(kept + "\n")
    trail.written("e", "f")
    for expect in (kept, str(file)):
        assert shell.invoke(app, ["audit", "verify", "--expect", expect]).exit_code == 0
    trail.by_hand("DELETE FROM seals WHERE id >= 3")
    trail.by_hand("DELETE FROM events WHERE id > :id", id=trail.ids()[1])
    assert shell.invoke(app, ["audit", "verify"]).exit_code == 0
    cut = shell.invoke(app, ["audit", "verify", "--expect", kept])
    assert (cut.exit_code, cut.stderr.startswith("seal 3 is missing")) == (1, True)


def test_verify_names_the_first_event_that_is_wrong_with_status_1(
    shell: CliRunner, trail: Sealed
) -> None:
    second, third = trail.ids()[1:3]
    trail.by_hand("UPDATE events SET target = 'x' WHERE id = :id", id=second)
    trail.by_hand("DELETE FROM events WHERE id = :id", id=third)
    done = shell.invoke(app, ["audit", "verify"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert done.stderr.splitlines() == [
        f"event {second} was changed, or inserted by hand.",
        f"event {third} is missing from seal 3.",
    ]
    assert shell.invoke(app, ["audit", "verify", "--newest", "1"]).exit_code == 1


@every_database
def test_export_writes_every_event_by_id_with_its_mark(
    shell: CliRunner, trail: Sealed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "EXPORT_AT_ONCE", 3)
    done = shell.invoke(app, ["audit", "export"])
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert [line["id"] for line in lines] == trail.ids()
    assert [line["target"] for line in lines] == ["a", "b", "c", "d"]
    for line in lines:
        assert trail.marks.fits_event(line | {"at": datetime.fromisoformat(line["at"])})
    file = tmp_path / "trail.jsonl"
    asked = ["audit", "export", "--output", str(file)]
    assert shell.invoke(app, asked).exit_code == 0
    assert file.read_text() == done.stdout
    again = shell.invoke(app, asked)
    assert (again.exit_code, "does not exist yet" in again.stderr) == (1, True)


@pytest.mark.parametrize(
    ("options", "count"),
    [
        (["--user", "alice", "--outcome", "allowed"], 4),
        (["--user", "bob"], 0),
        (["--project", "fraud"], 0),
        (["--operation", "runs.create", "--since", "2000-01-01"], 4),
        (["--until", "2000-01-01T00:00Z"], 0),
    ],
)
def test_an_export_can_be_narrowed(
    shell: CliRunner, trail: Sealed, options: list[str], count: int
) -> None:
    assert trail
    done = shell.invoke(app, ["audit", "export", *options])
    assert len(done.stdout.splitlines()) == count


@pytest.mark.parametrize(
    "asked",
    [
        ["export", "--since", "yesterday"],
        ["verify", "--expect", "1:x"],
        ["verify", "--expect", "/no/such/file"],
    ],
)
def test_a_wrong_option_is_one_line(shell: CliRunner, trail: Sealed, asked: list[str]) -> None:
    assert trail
    done = shell.invoke(app, ["audit", *asked])
    assert (done.exit_code, len(done.stderr.strip().splitlines())) == (1, 1)


@every_database
def test_prune_says_what_it_removed(
    shell: CliRunner, trail: Sealed, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = shell.invoke(app, ["audit", "prune", "--older-than", "30"])
    assert done.stdout == "0 events under 0 seals were removed.\n"
    monkeypatch.setattr(retention, "now", lambda: now() + timedelta(days=31))
    done = shell.invoke(app, ["audit", "prune", "--older-than", "30"])
    assert done.stdout == "4 events under 3 seals were removed.\n"
    assert "4 events were pruned." in shell.invoke(app, ["audit", "verify"]).stdout
    assert len(trail.ids()) == 1
