"""What a call costs in SQL: one read finds the credential, the person and every role."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from databases import Statements, statements
from people import CAST, PASSWORD, add_people, basic, session_of, token_of
from processes import SECRET, SECRET_KEY
from recording import API, SLUG, Recorder
from served import Served
from uac_api import create_app
from uac_api.access.audit.recorder import AuditRecorder
from uac_api.access.database import Database
from uac_api.access.models import User
from uac_api.access.projects.projects import create, draft
from uac_api.access.quotas.limiter import UsageLimiter
from uac_api.migrations import upgrade
from uac_api.settings import load

CREDENTIALS = ("token", "session", "password", "token as password")
READ = ("GET", f"{API}/runs/get?run_id=a", None)
WRITES = [
    ("POST", f"{API}/runs/log-metric", {"run_id": "a", "key": "m", "value": 1}),
    ("POST", f"{API}/runs/create", {"experiment_id": "1"}),
    ("POST", f"{API}/registered-models/alias", {"name": "m", "alias": "a", "version": "1"}),
]


class Here:
    """uac_api inside this process, in front of the stand-in; its trail writes when it is told."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)
        upgrade(self.database)
        add_people(self.database, CAST)
        self.database.write(self._project)
        app = create_app(load())
        self.trail: AuditRecorder = app.extensions["studio"].trail
        self.meter: UsageLimiter = app.extensions["studio"].meter
        self._upstream = app.extensions["studio"].catalog._upstream
        self.server = Served(app)
        self.server.start()
        self.credentials = {
            "token": token_of(self.database, "alice", self.server.url),
            "session": session_of(self.database, "alice", self.server.url),
        }
        text = self.credentials["token"].credential.split()[1]
        for name, password in (("password", PASSWORD), ("token as password", text)):
            like = self.credentials["token"]
            self.credentials[name] = type(like)("alice", like.address, basic("alice", password))
        # The first use of a password looks at its delays and runs argon2; the next ones remember.
        self.credentials["password"].ask("GET", "/studio/v1/me")
        self.trail.flush()

    @staticmethod
    def _project(session: Any) -> None:
        alice = session.query(User).filter_by(username="alice").one()
        made = draft(slug=SLUG, name="Fraud", description="", created_by="alice")
        create(session, made, alice)

    def stop(self) -> None:
        """End everything."""
        self.server.stop()
        self.trail.stop()
        self._upstream.close()
        self.database.close()


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    upstream = Recorder()
    upstream.start()
    # Threads of the trail and the meter would ask in between: what is asked here is counted, not
    # timed.
    with pytest.MonkeyPatch.context() as patch:
        for thread_of in (AuditRecorder, UsageLimiter):
            patch.setattr(thread_of, "_start", lambda _self: None)
        url = f"sqlite:///{tmp_path_factory.mktemp('statements')}/uac.db"
        patch.setenv("STUDIO_DATABASE_URL", url)
        patch.setenv("STUDIO_SECRET_KEY", SECRET_KEY)
        patch.setenv("STUDIO_UPSTREAM_URL", upstream.url)
        patch.setenv("STUDIO_UPSTREAM_SECRET", SECRET)
        patch.setenv("STUDIO_LOG_LEVEL", "ERROR")
        made = Here(url)
        yield made
        made.stop()
    upstream.stop()


@pytest.fixture
def counted(here: Here) -> Iterator[Callable[[Callable[[], object]], Statements]]:
    """Counts what a piece of work hands to the drivers."""
    here.trail.flush()

    def count(work: Callable[[], object]) -> Statements:
        with statements(here.database) as found:
            work()
        return found

    yield count
    here.trail.flush()


Count = Callable[[Callable[[], object]], Statements]


def ask(here: Here, credential: str, call: tuple[str, str, object]) -> Callable[[], object]:
    """Does a call, which must be good."""

    def work() -> None:
        method, path, body = call
        reply = here.credentials[credential].ask(method, path, body)
        assert reply.status == 200, reply.body

    return work


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_a_read_costs_one_statement(here: Here, counted: Count, credential: str) -> None:
    found = counted(ask(here, credential, READ))
    assert found.verbs == ["SELECT"], found.texts


@pytest.mark.parametrize("credential", CREDENTIALS)
@pytest.mark.parametrize("write", WRITES, ids=lambda call: call[1].rpartition("/")[2])
def test_a_write_costs_one_read_and_is_written_down_later(
    here: Here, counted: Count, credential: str, write: tuple[str, str, object]
) -> None:
    found = counted(ask(here, credential, write))
    assert found.verbs == ["SELECT"], found.texts
    assert "INSERT" in counted(here.trail.flush).verbs


@pytest.mark.parametrize("credential", CREDENTIALS)
def test_a_refusal_costs_one_statement(here: Here, counted: Count, credential: str) -> None:
    def refused() -> None:
        reply = here.credentials[credential].ask("GET", "/projects/vault/api/2.0/mlflow/runs/get")
        assert reply.status == 404

    assert counted(refused).verbs == ["SELECT"]


def test_many_writes_are_written_down_in_two_statements(here: Here, counted: Count) -> None:
    for credential in CREDENTIALS:
        for write in WRITES:
            ask(here, credential, write)()
    found = counted(here.trail.flush)
    assert sorted(found.verbs) == ["INSERT", "UPDATE"], found.texts


@pytest.mark.parametrize("seconds", [3, 61, 3600, 24 * 3600])
def test_the_first_read_after_a_pause_costs_one_statement(
    here: Here, counted: Count, monkeypatch: pytest.MonkeyPatch, seconds: int
) -> None:
    later = time.time() + seconds
    monkeypatch.setattr(here.meter, "_clock", lambda: later)
    assert counted(ask(here, "token", READ)).verbs == ["SELECT"]
    # What is old is read anew by the thread, which does not run here.
    assert "SELECT" in counted(here.meter.once).verbs


def test_the_first_read_of_a_project_in_a_process_costs_one_statement(
    here: Here, counted: Count
) -> None:
    here.meter._tallies.clear()
    assert counted(ask(here, "token", READ)).verbs == ["SELECT"]


def test_what_another_application_of_this_process_asks_is_not_counted(
    here: Here, counted: Count, tmp_path: Path
) -> None:
    other = Database(f"sqlite:///{tmp_path}/other.db")
    assert counted(other.ping).texts == []
    assert counted(here.database.ping).texts == ["SELECT 1"]
    other.close()


def test_nothing_to_write_down_costs_nothing(here: Here, counted: Count) -> None:
    assert counted(here.trail.flush).texts == []
