"""Whatever raises wherever in a request, everything that the request held is free afterwards.

The proof is by brute force: a request is answered once to learn which functions of ours it calls,
from the first one to the end of its answer, and then once for each of these calls, in which that
call fails.
"""

from __future__ import annotations

import inspect
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

import uac_api
from evaluation import root_span
from people import add_people, session_of, token_of
from processes import SECRET, SECRET_KEY
from recording import API, SLUG, Recorder, Said
from uac_api import create_app
from uac_api.access.database import Database
from uac_api.access.models import User
from uac_api.access.projects.projects import create, draft
from uac_api.migrations import upgrade
from uac_api.settings import load

OURS = str(Path(uac_api.__file__).parent)
FILES = f"/projects/{SLUG}/api/2.0/mlflow-artifacts/artifacts/workspaces/{SLUG}/1/r/artifacts"
# What gives back is not made to fail: nothing can promise to release what its release did not.
RELEASES = frozenset({"Wire.close", "UsageLimiter.commit"})
MIB = 1024 * 1024
# Where each answer is streamed rather than read at once.
LARGE = Said(200, {"Content-Type": "application/octet-stream"}, b"x" * (3 * MIB))


class Injected(Exception):
    """The failure that a test makes."""


@dataclass
class Injector:
    """Notes each place from which a function of ours is called; raises at the `at`-th one."""

    at: int = 0
    places: list[str] = field(default_factory=list)
    _seen: set[tuple[object, object, int]] = field(default_factory=set)

    def __call__(self, frame: FrameType, event: str, _argument: object) -> None:
        """What Python calls before each function of this thread."""
        code, caller = frame.f_code, frame.f_back
        if event != "call" or caller is None or not code.co_filename.startswith(OURS):
            return
        # A generator goes on in its finalizer as well, where nobody can catch anything. What
        # generators call is made to fail like everything else.
        if code.co_flags & inspect.CO_GENERATOR:
            return
        place = (code, caller.f_code, caller.f_lineno)
        if place in self._seen or {code.co_qualname, caller.f_code.co_qualname} & RELEASES:
            return
        self._seen.add(place)
        self.places.append(f"{code.co_qualname} from {caller.f_code.co_qualname}")
        if len(self.places) == self.at:
            raise Injected(self.places[-1])


@dataclass(frozen=True)
class Row:
    """A kind of request; `said` is what MLflow answers to it."""

    method: str
    target: str
    body: object = None
    raw: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    said: Said = field(default_factory=Said)
    cookie: bool = False

    def environ(self, here: Here) -> dict[str, Any]:
        """The request as WSGI has it."""
        content = json.dumps(self.body).encode() if self.body is not None else self.raw
        path, _, query = self.target.partition("?")
        return {
            "REQUEST_METHOD": self.method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "RAW_URI": self.target,
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "5001",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(content or b""),
            **({"CONTENT_LENGTH": str(len(content))} if content is not None else {}),
            **({"CONTENT_TYPE": "application/json"} if self.body is not None else {}),
            **(here.cookie if self.cookie else {"HTTP_AUTHORIZATION": here.credential}),
            **self.headers,
        }


CREATED = Said(body=b'{"experiment_id": "7"}')
KEPT = Said(body=b'{"kept": {"what": "model", "name": "m"}}')
ROWS = {
    "a read": Row("GET", f"{API}/runs/get?run_id=a"),
    "a large answer": Row("GET", f"{API}/runs/get?run_id=a", said=LARGE),
    "an error page": Row(
        "GET", f"{API}/runs/get?run_id=a", said=Said(500, {"Content-Type": "text/html"}, b"<p>")
    ),
    "a refused secret": Row("GET", f"{API}/runs/get?run_id=a", said=Said(401)),
    "nonsense": Row("GET", f"{API}/runs/get?run_id=a", said=Said(raw=b"what?\r\n\r\n")),
    "a broken answer": Row(
        "GET",
        f"{API}/runs/get?run_id=a",
        said=Said(raw=b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + b"x" * 2000),
    ),
    "a run": Row("POST", f"{API}/runs/create", {"experiment_id": "1", "tags": []}),
    "a run in 0": Row("POST", f"{API}/runs/create", {"experiment_id": "0"}, said=CREATED),
    "a metric with a model": Row(
        "POST",
        f"{API}/runs/log-metric",
        {"run_id": "a", "key": "m", "value": 1, "timestamp": 1, "model_id": "m-1"},
    ),
    "spans": Row(
        "POST",
        f"/projects/{SLUG}/v1/traces",
        root_span("tr-" + "ab" * 16),
        headers={"HTTP_X_MLFLOW_EXPERIMENT_ID": "1"},
    ),
    "a file": Row("PUT", f"{FILES}/a.bin", raw=b"x" * 600_000),
    "a file in chunks": Row(
        "PUT",
        f"{FILES}/a.bin",
        raw=b"x" * 600_000,
        headers={"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": "1"},
    ),
    "a download": Row("GET", f"{FILES}/a.bin", said=LARGE),
    "a file that is missing": Row(
        "GET", f"{FILES}/a.bin", said=Said(500, {}, b'{"message": "NoSuchKey"}')
    ),
    "a deletion that is kept": Row(
        "DELETE", f"{API}/registered-models/delete", {"name": "m"}, said=KEPT
    ),
    "an answer of ours": Row("GET", f"/projects/{SLUG}/api/3.0/mlflow/workspaces"),
    "a page": Row("GET", f"/projects/{SLUG}/", cookie=True, said=LARGE),
    "an asset": Row("GET", f"/projects/{SLUG}/static-files/static/js/main.js", said=LARGE),
    "a refusal": Row("DELETE", f"/projects/{SLUG}/api/3.0/mlflow/workspaces/x"),
}


class Here:
    """uac_api in this process, before the stand-in, with one place for everything."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.upstream = Recorder()
        self.upstream.start()
        settings = {
            "STUDIO_DATABASE_URL": f"sqlite:///{folder}/uac.db",
            "STUDIO_SECRET_KEY": SECRET_KEY,
            "STUDIO_UPSTREAM_URL": self.upstream.url,
            "STUDIO_UPSTREAM_SECRET": SECRET,
            "STUDIO_MAX_PARALLEL_CALLS": "1",
            "STUDIO_QUOTA_RUNS_PER_DAY": "1000000",
            "STUDIO_QUOTA_STORAGE_MB": "1000000",
            "UAC_THREADS": "5",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        self.database = Database(settings["STUDIO_DATABASE_URL"])
        upgrade(self.database)
        add_people(self.database, ("alice",))
        self.database.write(self._project)
        app = create_app(load())
        self.app = app.wsgi_app
        self.services = app.extensions["studio"]
        self.credential = token_of(self.database, "alice", "").credential
        self.cookie = {
            "HTTP_COOKIE": session_of(self.database, "alice", "").cookie,
            "HTTP_SEC_FETCH_SITE": "same-origin",
            "HTTP_HOST": "127.0.0.1:5001",
        }

    @staticmethod
    def _project(session: Any) -> None:
        alice = session.query(User).filter_by(username="alice").one()
        create(session, draft(slug=SLUG, name="Fraud", description="", created_by="alice"), alice)

    def answer(self, row: Row, *, pieces: int | None = None) -> int:
        """The status of a request; the client leaves after so many `pieces` of the answer."""
        statuses: list[int] = []

        def start(line: str, *_: object) -> Callable[[bytes], object]:
            statuses.append(int(line[:3]))
            return lambda _: None

        self.upstream.said = row.said
        content: Iterable[bytes] = self.app(row.environ(self), start)
        try:
            for number, _ in enumerate(content):
                if number == pieces:
                    break
        finally:
            close = getattr(content, "close", None)
            if close is not None:
                close()
        return statuses[-1]

    def require_nothing_held(self, after: str) -> None:
        """Fail unless every place is free, every reservation over, and a next call answered."""
        assert not self.services.meter._reserved, after
        assert self.answer(ROWS["a read"]) == 200, after

    def stop(self) -> None:
        """End everything."""
        self.services.trail.stop()
        self.services.meter.stop()
        self.services.catalog._upstream.close()
        self.database.close()
        self.upstream.stop()


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Here]:
    with pytest.MonkeyPatch.context() as monkeypatch:
        # Nothing is to be waited for: what is not free at once was lost.
        monkeypatch.setattr("uac_api.traffic.PLACE_SECONDS", 0.0)
        found = Here(tmp_path_factory.mktemp("resources"), monkeypatch)
        yield found
        found.stop()


def answered(here: Here, row: Row, injector: Injector) -> None:
    """Let a request go its way with the injector looking on; what raises is let go."""
    before = sys.gettrace()
    sys.settrace(injector)
    try:
        with suppress(Exception):
            here.answer(row)
    finally:
        sys.settrace(before)


@pytest.mark.parametrize("kind", ROWS)
def test_a_failure_of_any_call_in_the_way_leaves_everything_free(here: Here, kind: str) -> None:
    row = ROWS[kind]
    answered(here, row, learnt := Injector())
    assert len(learnt.places) > 20
    here.require_nothing_held(f"{kind}, undisturbed")
    for at in range(1, len(learnt.places) + 1):
        answered(here, row, injector := Injector(at))
        here.require_nothing_held(f"{kind}: {injector.places[-1]}")


@pytest.mark.parametrize("pieces", [0, 1, 2])
@pytest.mark.parametrize("kind", ["a large answer", "a download", "a page", "an asset"])
def test_a_client_that_leaves_leaves_everything_free(here: Here, kind: str, pieces: int) -> None:
    assert here.answer(ROWS[kind], pieces=pieces) == 200
    here.require_nothing_held(kind)


def test_no_connection_is_left_open(here: Here) -> None:
    for row in ROWS.values():
        with suppress(Exception):
            here.answer(row, pieces=0)
    here.require_nothing_held("all of them")
    here.services.catalog._upstream.close()
    assert here.upstream.is_left_alone(within=10)
