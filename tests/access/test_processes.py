"""A process says that it is there, and what would keep it from its database."""

from __future__ import annotations

import uuid
from datetime import timedelta
from pathlib import Path

from sqlalchemy import create_engine, update
from sqlalchemy.engine import make_url

from databases import drop_database, every_database, needed_database
from uac_api.access.audit.signatures import Signer
from uac_api.access.database import Database
from uac_api.access.installation.processes import GONE, Presence, running
from uac_api.access.models import Process, now
from uac_api.migrations import upgrade

KEY, OTHER = "k" * 40, "o" * 40
AT_ONCE = timedelta(0)


def with_key(database: Database, key: str) -> Database:
    return Database(database.url.render_as_string(hide_password=False), Signer(key))


@every_database
def test_who_runs_is_there_until_it_ends(database: Database) -> None:
    here = with_key(database, KEY)
    api, jobs = Presence(here, "uac_api", "1.2"), Presence(here, "jobs", "1.1", beat=AT_ONCE)
    assert (api.report(), jobs.report()) == ("", "")
    found = here.read(lambda session: running(session, Signer(KEY)))
    assert [(one.service, one.version, one.ours) for one in found] == [
        ("jobs", "1.1", True),
        ("uac_api", "1.2", True),
    ]
    assert all(abs(now() - one.seen_at) < timedelta(minutes=5) for one in found)
    old = update(Process).values(seen_at=now() - 2 * GONE)
    here.write(lambda session: session.execute(old))
    assert here.read(lambda session: running(session, Signer(KEY))) == []
    jobs.report()
    assert [one.service for one in here.read(lambda s: running(s, Signer(KEY)))] == ["jobs"]
    jobs.leave()
    assert here.read(lambda session: running(session, Signer(KEY))) == []
    here.close()


def test_another_key_is_seen(database: Database) -> None:
    here = with_key(database, OTHER)
    Presence(here, "jobs", "1").report()
    assert [one.ours for one in here.read(lambda s: running(s, Signer(KEY)))] == [False]
    assert [one.ours for one in here.read(lambda s: running(s, Signer(KEY, OTHER)))] == [True]
    here.close()


def test_rows_of_the_day_before_are_forgotten(database: Database) -> None:
    here = with_key(database, KEY)
    Presence(here, "jobs", "1").report()
    old = update(Process).values(seen_at=now() - timedelta(days=2))
    here.write(lambda session: session.execute(old))
    Presence(here, "jobs", "2").report()
    assert here.read(lambda s: [one.version for one in s.query(Process)]) == ["2"]
    here.close()


def test_a_thread_reports_and_takes_the_row_away(database: Database) -> None:
    here = with_key(database, KEY)
    presence = Presence(here, "uac_api", "1")
    presence.start()
    presence.stop()
    assert here.read(lambda session: running(session, Signer(KEY))) == []
    here.close()


def test_a_password_that_was_changed_is_noticed_while_open_connections_go_on(
    tmp_path: Path,
) -> None:
    root = make_url(needed_database("mysql", tmp_path))
    engine = create_engine(root, isolation_level="AUTOCOMMIT")
    account = f"t_{uuid.uuid4().hex[:10]}"
    url = root.set(username=account, password="first")
    here = Database(url.render_as_string(hide_password=False), Signer(KEY))
    presence = Presence(here, "jobs", "1", beat=AT_ONCE)
    try:
        with engine.connect() as connection:
            say = connection.exec_driver_sql
            say(f"CREATE USER '{account}'@'%%' IDENTIFIED BY 'first'")
            say(f"GRANT ALL ON {root.database}.* TO '{account}'@'%%'")
            upgrade(here)
            assert presence.report() == ""
            say(f"ALTER USER '{account}'@'%%' IDENTIFIED BY 'second'")
            said = presence.report()
            assert said.startswith("The UAC database refuses it: (1045")
            found = here.read(lambda session: running(session, Signer(KEY)))
            assert [one.problem for one in found] == [said]
            say(f"DROP USER '{account}'@'%%'")
    finally:
        here.close()
        engine.dispose()
        drop_database(root.render_as_string(hide_password=False))
