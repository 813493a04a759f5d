"""Whether we live and are ready."""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from types import TracebackType
from wsgiref.types import StartResponse, WSGIEnvironment

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text
from structlog.testing import CapturingLogger
from werkzeug.serving import make_server

from api.conftest import Caller, Studio, settings, url
from conftest import Stack
from people import PASSWORD, Person, add_people, basic
from processes import SECRET, free_port
from recording import Recorder, Said
from uac_api import create_app
from uac_api.access.database import Database
from uac_api.api.services import EXTENSION
from uac_api.errors import BadUpstream
from uac_api.migrations import upgrade
from uac_api.proxy.rules import VERSIONS
from uac_api.version import __version__


class Upstream:
    """Says yes to everything in MLflow's place, and notes what it was asked."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.asked: list[str] = []
        self._server = make_server("127.0.0.1", port, self._answer, threaded=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))

    def __enter__(self) -> Upstream:
        self._thread.start()
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
        self.asked.append(str(environ["PATH_INFO"]))
        start("200 OK", [("Content-Type", "application/json"), ("Content-Length", "2")])
        return [b"{}"]


def test_healthz_answers_anybody(studio: Studio) -> None:
    reply = studio.anonymous().ask("GET", "/healthz")
    assert (reply.status, reply.json) == (200, {"status": "alive"})


def test_readyz_names_all_that_is_fit(studio: Studio) -> None:
    reply = studio.anonymous().ask("GET", "/readyz")
    fit = {"ok": True, "message": ""}
    names = ("database", "migrations", "mlflow", "table", "reading")
    checks = dict.fromkeys(names, fit)
    assert (reply.status, reply.json) == (200, {"status": "ready", "checks": checks})


def test_readyz_names_mlflow_when_it_is_down_and_recovers(studio: Studio) -> None:
    studio.mlflow.down = True
    reply = studio.anonymous().ask("GET", "/readyz")
    unfit = [name for name, check in reply.json["checks"].items() if not check["ok"]]
    assert (reply.status, reply.json["status"], unfit) == (
        503,
        "not ready",
        ["mlflow", "table", "reading"],
    )
    assert "MLflow cannot be reached" in reply.json["checks"]["mlflow"]["message"]
    studio.mlflow.down = False
    assert studio.anonymous().ask("GET", "/readyz").status == 200


def test_readyz_warns_of_a_schema_that_the_reading_room_was_not_tested_on(studio: Studio) -> None:
    studio.reading.schema = BadUpstream("The schema is at revision x.", reason="reading_schema")
    reply = studio.anonymous().ask("GET", "/readyz")
    assert (reply.status, reply.json["status"]) == (200, "ready")
    assert reply.json["checks"]["reading"] == {
        "ok": False,
        "message": "The schema is at revision x.",
    }


def test_readyz_names_missing_migrations_and_the_command(studio: Studio) -> None:
    here = studio.database.read(
        lambda session: session.scalar(text("SELECT version_num FROM alembic_version"))
    )
    older = text("UPDATE alembic_version SET version_num = '0001'")
    newer = text(f"UPDATE alembic_version SET version_num = '{here}'")  # noqa: S608
    studio.database.write(lambda session: session.execute(older))
    try:
        reply = studio.anonymous().ask("GET", "/readyz")
    finally:
        studio.database.write(lambda session: session.execute(newer))
    unfit = [name for name, check in reply.json["checks"].items() if not check["ok"]]
    assert (reply.status, unfit) == (503, ["migrations"])
    assert "uac_api.cli migrate" in reply.json["checks"]["migrations"]["message"]


def test_status_tells_the_signed_in_whether_mlflow_can_be_used(
    studio: Studio, mallory: Caller
) -> None:
    fit = {"mlflow": {"ok": True, "message": ""}, "version": __version__}
    assert mallory.studio("GET", "/status").json == fit
    studio.mlflow.down = True
    down = mallory.studio("GET", "/status")
    assert (down.status, down.json["mlflow"]["ok"]) == (200, False)
    assert studio.anonymous().studio("GET", "/status").status == 401


def test_readyz_of_the_real_thing(stack: Stack) -> None:
    reply = Person("", stack.uac.url, "").ask("GET", "/readyz")
    assert (reply.status, reply.json["status"]) == (200, "ready")
    fit = {"ok": True, "message": ""}
    assert reply.json["checks"]["table"] == reply.json["checks"]["reading"] == fit


def test_the_table_was_made_for_the_installed_mlflow() -> None:
    assert version("mlflow") in VERSIONS


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (Said(body=b"3.99.0"), "version is 3.99.0"),
        (Said(body=b"<html>hello</html>"), "version is unknown"),
        (Said(status=404, body=b"3.17.2"), "version is unknown"),
    ],
)
def test_readyz_warns_of_another_version_and_stays_ready(
    tmp_path: Path, answer: Said, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = CapturingLogger()
    monkeypatch.setattr("uac_api.mlflow.catalog._log", logger)
    upstream = Recorder()
    upstream.start()
    upstream.by_path = {
        "/version": answer,
        "/api/3.0/mlflow/server-info": Said(body=b'{"workspaces_enabled": true}'),
    }
    try:
        with _served(tmp_path, upstream_url=upstream.url) as client:
            replies = [client.get("/readyz") for _ in range(2)]
    finally:
        upstream.stop()
    for reply in replies:
        found = reply.get_json()
        assert (reply.status_code, found["status"]) == (200, "ready")
        assert not found["checks"]["table"]["ok"]
        assert told in found["checks"]["table"]["message"]
        assert all(one in found["checks"]["table"]["message"] for one in VERSIONS)
    assert [call.args for call in logger.calls] == [("mlflow_version",)], "it is logged once"


def test_readyz_sees_a_wrong_secret_and_an_mlflow_that_is_not_ours(
    stack: Stack, tmp_path: Path
) -> None:
    for secret, address in ((SECRET[::-1], stack.mlflow.url), (SECRET, stack.uac.url)):
        with _served(tmp_path, upstream_url=address, upstream_secret=secret) as client:
            answer = client.get("/readyz")
        checks = answer.get_json()["checks"]
        assert (answer.status_code, checks["mlflow"]["ok"]) == (503, False)
        assert checks["mlflow"]["message"]


def test_a_closed_port_in_place_of_mlflow_leaves_no_project_until_it_opens(tmp_path: Path) -> None:
    port = free_port()
    sent = {"Authorization": basic("alice", PASSWORD)}
    with _served(tmp_path, upstream_url=f"http://127.0.0.1:{port}") as client:
        answer = client.get("/readyz")
        assert (answer.status_code, answer.get_json()["checks"]["mlflow"]["ok"]) == (503, False)
        refused = client.post("/studio/v1/projects", json={"slug": "risk"}, headers=sent)
        assert (refused.status_code, refused.get_json()["reason"]) == (503, "mlflow_unavailable")
        assert client.get("/studio/v1/projects", headers=sent).get_json()["projects"] == []
        with Upstream(port):
            made = client.post("/studio/v1/projects", json={"slug": "risk"}, headers=sent)
        assert made.status_code == 201


GONE = {
    "sqlite": "sqlite:////nonexistent/folder/uac.db",
    "mysql": "mysql+pymysql://root:hidden-word@127.0.0.1:1/uac",
    "postgresql": "postgresql+psycopg://root:hidden-word@127.0.0.1:1/uac",
}


@dataclass
class Blind:
    """The application, whose database cannot be reached, in front of an upstream that can."""

    client: FlaskClient
    upstream: Upstream


@pytest.fixture(params=GONE)
def blind(request: pytest.FixtureRequest) -> Iterator[Blind]:
    """The application on a database of each kind that does not answer."""
    with Upstream(free_port()) as upstream:
        app = create_app(settings(GONE[request.param], upstream_url=upstream.url))
        yield Blind(app.test_client(), upstream)
        app.extensions[EXTENSION].trail.stop()


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/studio/v1/me"),
        ("POST", "/studio/v1/sessions"),
        ("POST", "/studio/v1/sessions/redeem"),
        ("GET", "/projects/fraud/api/2.0/mlflow/experiments/search"),
    ],
)
def test_without_the_database_everything_is_503(blind: Blind, method: str, path: str) -> None:
    body = {"username": "alice", "password": "x"} if path.endswith("sessions") else {}
    body = {"ticket": f"mst_{'x' * 12}_x"} if path.endswith("redeem") else body
    sent = {"Authorization": f"Bearer mls_{'x' * 12}_secret"}
    answer = blind.client.open(
        path, method=method, json=body if method == "POST" else None, headers=sent
    )
    document = answer.get_json()
    assert (answer.status_code, document["error_code"]) == (503, "TEMPORARILY_UNAVAILABLE")
    assert document["reason"] == "database_unavailable"
    assert b"hidden-word" not in answer.data
    assert blind.upstream.asked == []


def test_without_the_database_readyz_names_it_and_healthz_lives(blind: Blind) -> None:
    answer = blind.client.get("/readyz")
    assert answer.status_code == 503
    assert not answer.get_json()["checks"]["database"]["ok"]
    assert b"hidden-word" not in answer.data
    assert blind.client.get("/healthz").status_code == 200


@contextmanager
def _served(folder: Path, **more: str) -> Iterator[FlaskClient]:
    """The application with alice on a SQLite file of its own."""
    database = Database(f"sqlite:///{folder}/{uuid.uuid4().hex}.db")
    upgrade(database)
    add_people(database, ("alice",))
    app = create_app(settings(url(database), **more))
    yield app.test_client()
    app.extensions[EXTENSION].trail.stop()
    app.extensions[EXTENSION].catalog._upstream.close()
    app.extensions[EXTENSION].database.close()
    database.close()
