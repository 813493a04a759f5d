"""What the trail says a proxied call touched: ids and names, never content."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from people import CAST, Person, add_member, add_people, session_of
from processes import SECRET, SECRET_KEY
from recording import API, SLUG, NarrowProxy, Recorder
from served import Served
from uac_api import create_app
from uac_api.access.audit import events as audit
from uac_api.access.audit.recorder import AuditRecorder
from uac_api.access.database import Database
from uac_api.access.decisions.roles import Role
from uac_api.access.models import Event
from uac_api.migrations import upgrade
from uac_api.settings import Settings

RUN = "0123456789abcdef" * 2
MODEL = f"m-{RUN}"
FILES = "/projects/fraud/api/2.0/mlflow-artifacts/artifacts"
CONTENT = "the-very-content"


class Here:
    """uac_api in this process; its trail is written when it is asked for."""

    def __init__(self, folder: Path, upstream: str, **more: Any) -> None:
        url = f"sqlite:///{folder}/uac.db"
        self.database = Database(url)
        upgrade(self.database)
        add_people(self.database, CAST)
        given: dict[str, Any] = {
            "secret_key": SECRET_KEY,
            "upstream_secret": SECRET,
            "upstream_url": upstream,
        }
        given |= {"log_level": "ERROR", **more}
        app = create_app(Settings(database_url=url, **given))
        self.trail: AuditRecorder = app.extensions["studio"].trail
        self._upstream = app.extensions["studio"].catalog._upstream
        self._own = app.extensions["studio"].database
        self.server = Served(app)
        self.server.start()
        self.alice = session_of(self.database, "alice", self.server.url)
        made = self.alice.studio("POST", "/projects", {"slug": SLUG, "name": "Fraud"})
        assert made.status == 201, made.body

    def events(self) -> list[Event]:
        """The trail's events of the proxy to MLflow."""
        self.trail.flush()
        found = self.database.read(lambda s: audit.page(s, audit.Filter(), before=None, limit=1000))
        return [event for event in found if "/" in event.operation]

    def stop(self) -> None:
        self.server.stop()
        self.trail.stop()
        self._upstream.close()
        self._own.close()
        self.database.close()


@pytest.fixture
def upstream() -> Iterator[Recorder]:
    made = Recorder()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def here(upstream: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Here]:
    monkeypatch.setattr(AuditRecorder, "_start", lambda _self: None)
    made = Here(tmp_path, upstream.url)
    yield made
    made.stop()


CALLS: list[tuple[str, str, object, str]] = [
    ("POST", f"{API}/runs/log-metric", {"run_id": RUN, "key": CONTENT, "value": 1}, f"run {RUN}"),
    ("POST", f"{API}/runs/set-tag", {"runId": RUN, "key": "a", "value": CONTENT}, f"run {RUN}"),
    ("POST", f"{API}/runs/log-batch", {"run_id": RUN, "metrics": []}, f"run {RUN}"),
    ("POST", f"{API}/runs/create", {"experiment_id": "7", "run_name": CONTENT}, "experiment 7"),
    ("POST", f"{API}/experiments/create", {"name": "baseline"}, "name baseline"),
    ("POST", f"{API}/experiments/delete", {"experiment_id": "7"}, "experiment 7"),
    ("PUT", f"{FILES}/7/{RUN}/artifacts/{CONTENT}.bin", None, f"run {RUN}"),
    ("DELETE", f"{FILES}/7/models/{MODEL}/artifacts/x", None, f"logged model {MODEL}"),
    ("POST", f"{API}/registered-models/create", {"name": "risk"}, "model risk"),
    (
        "POST",
        f"{API}/registered-models/alias",
        {"name": "risk", "alias": "champion", "version": "3"},
        "model risk version 3 alias champion",
    ),
    (
        "POST",
        f"{API}/model-versions/transition-stage",
        {"name": "risk", "version": "3", "stage": "Production"},
        "model risk version 3",
    ),
    ("DELETE", f"{API}/model-versions/delete", {"name": "r", "version": "1"}, "model r version 1"),
    ("DELETE", f"{API}/logged-models/{MODEL}", None, f"logged model {MODEL}"),
    (
        "POST",
        "/projects/fraud/api/3.0/mlflow/traces",
        {
            "trace": {
                "trace_info": {"trace_location": {"mlflow_experiment": {"experiment_id": "7"}}}
            }
        },
        "experiment 7",
    ),
    ("POST", f"{API}/runs/delete", {"run_id": "a\nb" + "c" * 500}, f"run a b{'c' * 117}"),
]


@pytest.mark.parametrize(("method", "path", "body", "target"), CALLS)
def test_the_target_of_a_call(
    here: Here, method: str, path: str, body: object, target: str
) -> None:
    reply = here.alice.ask(method, path, body)
    (event,) = here.events()
    assert (event.target, event.user, event.project) == (target, "alice", SLUG), reply.body
    assert CONTENT not in str(vars(event))


def test_content_in_the_place_of_an_id_is_no_target(here: Here) -> None:
    reply = here.alice.ask("POST", f"{API}/runs/log-parameter", {"run_id": {"a": CONTENT}})
    assert (reply.status, reply.json["reason"]) == (400, "unreadable_field")
    assert all(CONTENT not in str(vars(event)) for event in here.events())


def test_a_members_denied_write_says_what_it_was_about(here: Here) -> None:
    add_member(here.database, SLUG, "carol", Role.VIEWER)
    carol = session_of(here.database, "carol", here.server.url)
    carol.ask("DELETE", f"{API}/logged-models/{MODEL}")
    told = [(event.user, event.outcome, event.target) for event in here.events()]
    assert told == [("carol", "denied", f"logged model {MODEL}")]


def test_what_a_stranger_asked_for_is_not_told(here: Here) -> None:
    mallory = session_of(here.database, "mallory", here.server.url)
    mallory.ask("DELETE", f"{API}/logged-models/{MODEL}")
    mallory.ask("GET", f"{API}/runs/get?run_id={RUN}")
    assert {(event.outcome, event.target) for event in here.events()} == {("denied", "")}


def test_naming_what_is_another_projects_is_a_denial(here: Here) -> None:
    source = {"name": "m", "source": "s3://elsewhere/model", "run_id": ""}
    assert here.alice.ask("POST", f"{API}/model-versions/create", source).status == 400
    (event,) = here.events()
    assert (event.outcome, event.reason, event.target) == ("denied", "foreign_source", "model m")


def test_metrics_of_a_run_become_two_events_a_minute(here: Here) -> None:
    for step in range(50):
        body = {"run_id": RUN, "key": "loss", "value": 1, "step": step}
        assert here.alice.ask("POST", f"{API}/runs/log-metric", body).status == 200
        here.trail.flush(everything=False)
    events = here.events()
    assert sorted(event.count for event in events) == [1, 49]
    assert {event.target for event in events} == {f"run {RUN}"}


def test_every_deletion_is_an_event_of_its_own(here: Here) -> None:
    for number in range(3):
        here.alice.ask("POST", f"{API}/experiments/delete", {"experiment_id": str(number)})
    assert sorted(event.target for event in here.events()) == [f"experiment {n}" for n in range(3)]


@pytest.mark.parametrize("required", [True, False])
def test_without_a_trail_writes_are_refused_and_reads_go_on(
    upstream: Recorder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, required: bool
) -> None:
    monkeypatch.setattr(AuditRecorder, "_start", lambda _self: None)
    here = Here(tmp_path, upstream.url, audit_required=required)
    write = ("POST", f"{API}/runs/log-metric", {"run_id": RUN, "key": "a", "value": 1})
    assert here.alice.ask(*write).status == 200
    here.database.write(lambda s: s.execute(text("ALTER TABLE events RENAME TO away")))
    here.trail.record(audit.Entry("runs.create", audit.ALLOWED))
    here.trail.flush()
    upstream.seen.clear()
    reply = here.alice.ask(*write)
    if required:
        assert (reply.status, reply.json["reason"]) == (503, "audit_unavailable")
        assert (reply.headers["retry-after"], upstream.seen) == ("1", [])
        assert "audit trail cannot be written" in reply.json["message"]
    else:
        assert reply.status == 200
    assert here.alice.ask("GET", f"{API}/runs/get?run_id={RUN}").status == 200
    here.database.write(lambda s: s.execute(text("ALTER TABLE away RENAME TO events")))
    here.trail.flush()
    assert here.alice.ask(*write).status == 200
    here.stop()


def test_a_running_server_seals_within_five_seconds(proxy: NarrowProxy) -> None:
    database = Database(proxy.uac.environment["STUDIO_DATABASE_URL"])
    admin: Person = session_of(database, "admin", proxy.uac.url)
    proxy.alice.ask("POST", f"{API}/runs/log-metric", {"run_id": RUN, "key": "a", "value": 1})
    before = time.monotonic()
    while (found := admin.studio("GET", "/audit/verify").json)["waiting"] or not found["events"]:
        assert time.monotonic() < before + 10
        time.sleep(0.1)
    assert time.monotonic() - before < 5
    assert found["right"]
    database.close()


# What a body, an address and a query can spell of what no database stores.
ODD = [
    ("POST", f"{API}/runs/set-tag", b'{"run_id": "\\ud800", "key": "a", "value": "b"}'),
    ("POST", f"{API}/runs/set-tag", b'{"run_id": "a\\u0000", "key": "a", "value": "b"}'),
    ("POST", f"{API}/registered-models/create", b'{"name": "\\udfff\\ud83d"}'),
    ("POST", f"{API}/runs/create?experiment_id=%ED%A0%80%00", b'{"experiment_id": "1"}'),
    ("DELETE", f"{FILES}/%ED%A0%80%00", None),
    ("POST", "/projects/%ED%A0%80/api/2.0/mlflow/runs/create", b'{"experiment_id": "\\ud800"}'),
    ("PUT", "/studio/v1/projects/%ED%A0%80%00/members/%FF", b'{"role": "viewer"}'),
    ("POST", "/studio/v1/sessions", b'{"username": "\\ud800", "password": "\\ud800"}'),
]


@pytest.mark.parametrize("call", ODD, ids=lambda call: call[1].rpartition("/")[2])
def test_after_an_odd_text_the_trail_is_written_and_read(
    here: Here, call: tuple[str, str, bytes | None]
) -> None:
    method, path, raw = call
    odd = here.alice.ask(method, path, raw=raw, headers={"Content-Type": "application/json"})
    assert odd.status < 500, odd.body
    here.alice.mlflow(SLUG, "POST", "runs/create", {"experiment_id": "1"})
    assert here.alice.studio("GET", f"/audit?project={SLUG}").status == 200
    assert "runs/create" in {event.operation.rpartition("mlflow/")[2] for event in here.events()}
    assert not here.trail.broken
