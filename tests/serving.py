"""A running uac_api for tests of Studio, and the cast.

uac_api is the real one on a database of its own. MLflow is a stand-in that answers only what
opening a project and listing experiments need; the real MLflow is used in tests/system.
"""

import json
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs
from wsgiref.types import StartResponse, WSGIEnvironment

import pyarrow as pa
import pytest
import streamlit as st
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import AppTest
from werkzeug.wsgi import get_input_stream

from people import CAST, PASSWORD, add_people
from processes import COOKIE_KEY, ROOT, studio_program
from served import Served
from studio_app.api.client import Client
from studio_app.settings import settings
from uac_api import create_app
from uac_api.access.database import Database
from uac_api.access.models import now
from uac_api.access.projects import projects
from uac_api.access.quotas import usage
from uac_api.access.quotas.usage import What
from uac_api.migrations import upgrade
from uac_api.proxy.rules import OLDEST
from uac_api.settings import load

# The limits of `fraud`, where a test gives it any.
LIMITS = {"storage_mb": 10, "runs_per_day": 10, "requests_per_minute": 0}

# Streamlit reads the metadata of every installed package at each AppTest, for half a second.
component_manifests = cache(manifest_scanner.scan_component_manifests)


def mlflow_stand_in(environ: WSGIEnvironment, start: StartResponse) -> list[bytes]:
    """Answers as MLflow with one experiment in every project."""
    path = environ["PATH_INFO"]
    kind, missing = "application/json", 0
    if path.endswith("/server-info"):
        content = json.dumps({"workspaces_enabled": True}).encode()
    elif path == "/version":
        content, kind = OLDEST.encode(), "text/plain"
    elif path == "/mlstudio/reading":
        content = json.dumps({"revision": "x", "tested": True}).encode()
    elif path.endswith("/lists/experiments"):
        asked = json.loads(get_input_stream(environ).read())
        content = json.dumps({"rows": [_experiment(slug) for slug in asked["workspaces"]]}).encode()
    elif path.endswith("/reading/runs/query"):
        content, kind = _no_runs(), "application/vnd.apache.arrow.stream"
    elif path.endswith("/runs/get"):
        run_id = parse_qs(environ["QUERY_STRING"])["run_id"][0]
        content = json.dumps({"run": {"info": {"run_id": run_id}}}).encode()
    elif path.endswith("/experiments/get"):
        # What a broken MLflow says: not JSON.
        content, kind = b"<h1>hello</h1>", "text/html"
    elif path.endswith("/artifacts/list"):
        run_id = parse_qs(environ["QUERY_STRING"])["run_id"][0]
        names = ("a.bin", "gone.bin") if run_id == "broken" else ("a.bin",)
        files = [{"path": name, "is_dir": False, "file_size": 1000} for name in names]
        content = json.dumps({"files": files}).encode()
    elif path.endswith("/get-artifact"):
        if "gone.bin" in environ["QUERY_STRING"]:
            start("404 Not Found", [("Content-Length", "0")])
            return []
        large = 3000 if "run_uuid=broken" in environ["QUERY_STRING"] else 1
        content, kind = b"0123456789" * 100 * large, "application/octet-stream"
        # More is promised than comes.
        missing = 1000 if "cut.bin" in environ["QUERY_STRING"] else 0
    else:
        content = b"{}"
    start("200 OK", [("Content-Type", kind), ("Content-Length", str(len(content) + missing))])
    return [content]


@cache
def _no_runs() -> bytes:
    """A table of runs without a row, as the reading room sends it."""
    names = ("project", "run_id", "run_name", "experiment_name", "status")
    schema = pa.schema([*((name, pa.string()) for name in names), ("start_time", pa.int64())])
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, schema):
        pass
    return bytes(sink.getvalue().to_pybytes())


def _experiment(slug: str) -> dict[str, object]:
    return {
        "project": slug,
        "experiment_id": "1",
        "name": f"{slug} baseline",
        "lifecycle_stage": "active",
        "creation_time": 1_700_000_000_000,
        "last_update_time": 1_700_000_000_000,
        "artifact_location": "",
        "tags": {},
        "runs": 0,
        "last_run": None,
        "last_status": None,
        "newest_metric": None,
    }


@dataclass
class Service:
    """The API with the cast: `fraud` is alice's, `vault` is admin's alone."""

    api: Served
    mlflow: Served

    def session(self, username: str, password: str = PASSWORD) -> str:
        """A fresh session token of a person."""
        return str(Client(self.api.url).sign_in(username, password)["token"])

    def client(self, username: str) -> Client:
        """A client that speaks as a person."""
        return Client(self.api.url, self.session(username))


@pytest.fixture(scope="session", autouse=True)
def cookie_key() -> Iterator[None]:
    """Studio's settings of this process need one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STUDIO_COOKIE_KEY", COOKIE_KEY)
        yield


@pytest.fixture(scope="session")
def mould(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A UAC database with the cast, `fraud` and `vault`, to be copied; nobody has it open."""
    file = tmp_path_factory.mktemp("mould") / "uac.db"
    with closing(Database(f"sqlite:///{file}")) as database:
        upgrade(database)
        add_people(database, CAST)
    with pytest.MonkeyPatch.context() as patch:
        for made in _served(file, patch):
            _cast(made)
    # What is still in the log beside the file would not be copied.
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return file


@pytest.fixture
def service(mould: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """The API, with Studio's settings of this process pointing at it."""
    yield from _served(Path(shutil.copyfile(mould, tmp_path / "uac.db")), monkeypatch)


def _served(database: Path, patch: pytest.MonkeyPatch) -> Iterator[Service]:
    mlflow = Served(mlflow_stand_in)
    mlflow.start()
    environment = {
        "STUDIO_DATABASE_URL": f"sqlite:///{database}",
        "STUDIO_SECRET_KEY": "k" * 40,
        "STUDIO_UPSTREAM_SECRET": "u" * 40,
        "STUDIO_UPSTREAM_URL": mlflow.url,
        "STUDIO_LOG_LEVEL": "ERROR",
    }
    for name, value in environment.items():
        patch.setenv(name, value)
    application = create_app(load())
    api = Served(application)
    api.start()
    patch.setenv("STUDIO_API_URL", api.url)
    patch.setenv("STUDIO_PUBLIC_API_URL", "https://mlflow.example.org")
    settings.cache_clear()
    yield Service(api, mlflow)
    api.stop()
    mlflow.stop()
    application.extensions["studio"].meter.stop()
    application.extensions["studio"].trail.stop()
    application.extensions["studio"].database.close()
    settings.cache_clear()


def _cast(service: Service) -> None:
    alice = service.client("alice")
    alice.create_project("fraud", "Fraud detection", "Every card payment.")
    alice.set_member("fraud", "bob", "contributor")
    alice.set_member("fraud", "carol", "viewer")
    service.client("admin").create_project("vault", "Vault")


def uses(service: Service, *, size: int = 0, runs: int = 0, measured: bool = False) -> None:
    """Let `fraud` use so much."""

    def work(session: Any) -> None:
        project_id = projects.get(session, "fraud").id
        today = usage.day_of(now())
        if runs:
            usage.add(session, {(project_id, What.RUNS, today): runs})
        if size and measured:
            ago = now() - timedelta(minutes=20)
            usage.measured(session, project_id, size=size, files=1200, before=0, at=ago)
        elif size:
            usage.add(session, {(project_id, What.UNMEASURED, ""): size})

    service.api.application.extensions["studio"].database.write(work)  # type: ignore[attr-defined]


def limit(service: Service, **limits: int | None) -> None:
    """Give `fraud` limits."""
    service.client("admin").set_quota("fraud", {**LIMITS, **limits})


Open = Callable[..., AppTest]


def press(at: AppTest, label: str) -> AppTest:
    """Presses the last button with this label.

    AppTest runs the whole page where a browser runs only the dialog: press what opened the
    dialog together with what is in it.
    """
    [button for button in at.button if button.label == label][-1].click()
    return at


def choose(at: AppTest, whose: str, option: str) -> AppTest:
    """Chooses in the menu of one row."""
    menu = next(menu for menu in at.menu_button if menu.help.endswith(f" {whose}"))
    menu.click(option)
    return at


def without_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Prepare AppTest, in which a browser that is not there would have every cookie."""
    monkeypatch.setattr(manifest_scanner, "scan_component_manifests", component_manifests)
    monkeypatch.setattr(type(st.context), "cookies", {})


@pytest.fixture
def studio(service: Service, monkeypatch: pytest.MonkeyPatch) -> Open:
    """Opens a page of Studio as a person, or signed out, without a browser."""
    without_browser(monkeypatch)

    def open_page(page: str, username: str | None = None, **params: str) -> AppTest:
        at = AppTest.from_file(str(ROOT / "studio_app" / "app" / "main.py"), default_timeout=30)
        if username:
            at.session_state["studio_token"] = service.session(username)
        at.query_params.update(params)
        at.run()
        if page != "home":
            at.switch_page(f"../../pages/{page}.py")
            at.query_params.update(params)
            at.run()
        return at

    return open_page


def text(at: AppTest) -> str:
    """Everything that a page says, in one string."""
    said = [*at.title, *at.header, *at.subheader, *at.markdown, *at.caption, *at.toast]
    said += [*at.error, *at.warning, *at.info, *at.success, *at.code]
    links = [str(link.proto.label) for link in at.get("page_link")]
    return "\n".join([*(str(element.value) for element in said), *links])


@pytest.fixture
def server(service: Service, tmp_path: Path) -> Iterator[str]:
    """Studio as it is served: its address, in a process of its own."""
    program = studio_program(
        tmp_path, service.api.url, STUDIO_PUBLIC_API_URL="https://mlflow.example.org"
    )
    program.start()
    yield program.url
    program.stop()
