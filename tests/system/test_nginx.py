"""A real nginx with the configuration of the compose stack, before the real MLflow and UAC API."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import uuid
import warnings
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3
from playwright.sync_api import Browser, expect
from werkzeug.serving import make_server

from conftest import Stack
from content import new_experiment, new_run
from ops.server.certificate import self_signed
from people import PASSWORD
from processes import free_port, studio_program, uac_program
from served import Served
from studio_app.ui.navigation import ENTRIES, Entry
from system.conftest import PATIENT, Running
from uac_api.proxy.rules import RULES

NGINX = Path(__file__).resolve().parents[2] / "deploy" / "nginx"

PROGRAM = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@dataclass
class Front:
    """A running nginx, and a client that trusts its certificate."""

    port: int
    folder: Path
    process: subprocess.Popen[bytes]
    client: urllib3.PoolManager

    @property
    def url(self) -> str:
        """Its address."""
        return f"https://localhost:{self.port}"

    def ask(self, method: str, path: str, **more: Any) -> urllib3.BaseHTTPResponse:
        """One request."""
        return self.client.request(method, f"{self.url}{path}", redirect=False, **more)

    def log_of(self, request_id: str) -> dict[str, Any]:
        """The line of the access log with this request id."""
        until = time.monotonic() + 5
        while time.monotonic() < until:
            for line in (self.folder / "access.log").read_text().splitlines():
                found: dict[str, Any] = json.loads(line)
                if found["request_id"] == request_id:
                    return found
            time.sleep(0.05)
        raise AssertionError(f"no line for {request_id}")


def start(folder: Path, studio: str, api: str, port: int | None = None, **more: str) -> Front:
    """nginx as its container starts it, before these two."""
    if PROGRAM is None:
        sentence = "NGINX IS NOT INSTALLED: its tests cannot run"
        (pytest.fail if os.environ.get("CI") else pytest.skip)(sentence)
    port = port or free_port()
    text, key = self_signed("localhost")
    (folder / "tls.crt").write_text(text)
    (folder / "tls.key").write_text(key)
    environment = {
        "PATH": f"{os.environ['PATH']}:/usr/sbin",
        "NGINX_RUN": str(folder / "run"),
        "NGINX_LISTEN": f"127.0.0.1:{port}",
        "NGINX_CERTIFICATE": str(folder / "tls.crt"),
        "NGINX_KEY": str(folder / "tls.key"),
        "NGINX_ACCESS_LOG": str(folder / "access.log"),
        "NGINX_STUDIO": studio,
        "NGINX_API": api,
        "NGINX_FOLLOW_SECONDS": "1",
        "NGINX_WORKERS": "1",
        **more,
    }
    with (folder / "nginx.log").open("wb") as log:
        command = [str(NGINX / "start.sh")]
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
    client = urllib3.PoolManager(ca_certs=str(folder / "tls.crt"), retries=False, timeout=60)
    front = Front(port, folder, process, client)
    until = time.monotonic() + 20
    while time.monotonic() < until and process.poll() is None:
        # The check of the settings before listens for a moment, too, and resets whoever has come:
        # Python 3.11 leaves such a socket open that is reset before its handshake. Its own number
        # nginx writes when it listens to stay; the check leaves that file empty.
        pid = folder / "run" / "nginx.pid"
        if pid.exists() and pid.stat().st_size:
            client.request("GET", f"{front.url}/_stcore/metrics", retries=False)
            return front
        time.sleep(0.05)
    raise AssertionError((folder / "nginx.log").read_text())


def stop(front: Front) -> None:
    """Ends it at once."""
    front.client.clear()
    front.process.send_signal(signal.SIGTERM)
    front.process.wait(20)


@pytest.fixture(scope="module")
def whole(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """nginx before a UAC API and a Studio that are told of their one https address."""
    folder, port = tmp_path_factory.mktemp("whole"), free_port()
    here = f"https://localhost:{port}"
    public = {"STUDIO_PUBLIC_URL": here, "STUDIO_PUBLIC_API_URL": here}
    database = stack.database.url.render_as_string(hide_password=False)
    uac = uac_program(folder, database, stack.mlflow.url, UAC_WORKERS="1", **public)
    uac.start()
    studio = studio_program(folder, uac.url, **public)
    studio.start()
    front = start(folder, f"127.0.0.1:{studio.port}", f"127.0.0.1:{uac.port}", port)
    yield front
    stop(front)
    studio.stop()
    uac.stop()


class Echo:
    """Answers with what it was asked, and says who it is."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, environ: Mapping[str, Any], start_response: Any) -> list[bytes]:
        """A document of the request's headers."""
        length = int(environ.get("CONTENT_LENGTH") or 0)
        environ["wsgi.input"].read(length)
        headers = {
            name.removeprefix("HTTP_").replace("_", "-").title(): value
            for name, value in environ.items()
            if name.startswith("HTTP_")
        }
        content = json.dumps({"name": self.name, "headers": headers}).encode()
        kind = "text/html" if environ["PATH_INFO"] == "/" else "application/json"
        start_response("200 OK", [("Content-Type", kind), ("Content-Length", str(len(content)))])
        return [content]


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    """nginx before two programs that tell what reached them."""
    studio, api = Served(Echo("studio")), Served(Echo("api"))
    studio.start()
    api.start()
    folder = tmp_path_factory.mktemp("front")
    one = start(folder, f"127.0.0.1:{studio.port}", f"127.0.0.1:{api.port}")
    yield one
    stop(one)
    studio.stop()
    api.stop()


def reached(front: Front, method: str, path: str, **headers: str) -> dict[str, Any]:
    """Who answered, and the headers that arrived there."""
    answer = front.ask(method, path, headers=headers)
    assert answer.status == 200, answer.data
    found: dict[str, Any] = json.loads(answer.data)
    return found


# --- who gets a request ---


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_page_of_studio_reaches_studio(front: Front, entry: Entry) -> None:
    path = "/" if entry.name == "home" else f"/{entry.name}"
    assert reached(front, "GET", f"{path}?project=fraud")["name"] == "studio"


@pytest.mark.parametrize(
    "path",
    [
        "/static/js/index.js",
        "/app/static/fonts/inter.woff2",
        "/media/1f2e.png",
        "/_stcore/health",
        "/_stcore/host-config",
        "/projects/_stcore/health",
        "/studio.js",
        "/download/artifacts.zip",
        "/auth/session",
    ],
)
def test_what_studios_pages_fetch_reaches_studio(front: Front, path: str) -> None:
    assert reached(front, "GET", path)["name"] == "studio"


@pytest.mark.parametrize("before", ["", "/projects/fraud"])
def test_every_address_of_the_table_reaches_the_api(front: Front, before: str) -> None:
    paths = {re.sub(r"\{[^}]*\}", "a", rule.path) for rule in RULES} - {"/"}
    paths |= {path.replace("/api/", "/ajax-api/", 1) for path in paths}
    asked = {path: reached(front, "GET", f"{before}{path}")["name"] for path in sorted(paths)}
    assert [path for path, name in asked.items() if name != "api"] == []


@pytest.mark.parametrize(
    "path",
    [
        "/studio/v1/me",
        "/studio/v1/openapi.json",
        "/healthz",
        "/readyz",
        "/projects/fraud",
        "/projects/fraud/",
        "/projects/fraud/api/2.0/mlflow-artifacts/artifacts/1/a",
        "/projects/7/static-files/index.js",
    ],
)
def test_what_people_and_scripts_call_reaches_the_api(front: Front, path: str) -> None:
    assert reached(front, "GET", path)["name"] == "api"


def test_the_list_of_projects_with_a_slash_is_studios_page(front: Front) -> None:
    answer = front.ask("GET", "/projects/?project=fraud")
    assert answer.status == 308
    assert answer.headers["Location"] == "/projects?project=fraud"


@pytest.mark.parametrize(
    "path",
    [
        "/_stcore/agent/interact",
        "/_stcore/agent/mcp",
        "/_stcore/metrics",
        "/_stcore/upload_file/session/file",
        "/_stcore/script-health-check",
    ],
)
def test_streamlits_other_doors_are_shut(front: Front, path: str) -> None:
    assert front.ask("POST", path).status == 404


def test_a_path_arrives_as_it_was_written(whole: Front) -> None:
    # The UAC API judges what was sent: a repaired path would hide what it refuses.
    answer = whole.ask("GET", "/projects/fraud//api/2.0/mlflow/experiments/search")
    assert answer.status in {400, 401}
    line = whole.log_of(answer.headers["X-Request-ID"])
    assert line["path"] == "/projects/fraud//api/2.0/mlflow/experiments/search"


# --- what is passed on ---


@pytest.mark.parametrize(("ids", "status"), [(200, 200), (1_600, 200), (1_900, 414)])
def test_hundreds_of_ids_in_one_address_pass_nginx_and_more_are_told_why_not(
    whole: Front, stack: Stack, ids: int, status: int
) -> None:
    listed = ",".join(f"'{number:032x}'" for number in range(ids))
    query = urlencode({"filter": f"run_id IN ({listed})"}, safe="'(),")
    path = f"/projects/{stack.new_project()}/api/2.0/mlflow/model-versions/search?{query}"
    headers = {"Authorization": stack.with_token("alice").credential}
    answer = whole.ask("GET", path, headers=headers)
    assert answer.status == status, answer.data
    assert answer.json().get("reason") == (None if status == 200 else "address_too_long")


def test_what_a_client_says_about_other_hops_is_dropped(front: Front) -> None:
    forged = {
        "X-Forwarded-For": "6.6.6.6",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.example.org",
        "X-Forwarded-Port": "1",
        "X-Forwarded-Prefix": "/evil",
        "X-Real-IP": "6.6.6.6",
        "Forwarded": "for=6.6.6.6",
        "Via": "evil",
        "X-MLStudio-Upstream": "guess",
    }
    for path in ("/", "/studio/v1/me"):
        arrived = reached(front, "GET", path, **forged)["headers"]
        assert arrived["X-Forwarded-For"] == "127.0.0.1"
        assert arrived["X-Forwarded-Proto"] == "https"
        assert arrived["Host"] == f"localhost:{front.port}"
        ours = {"X-Forwarded-For", "X-Forwarded-Proto"}
        assert not (set(map(str.title, forged)) - ours) & set(arrived)


def test_a_request_id_goes_all_the_way_and_back(front: Front) -> None:
    answer = front.ask("GET", "/studio/v1/me", headers={"X-Request-ID": "a.b-c_1"})
    assert json.loads(answer.data)["headers"]["X-Request-Id"] == "a.b-c_1"
    assert answer.headers.getlist("X-Request-ID") == ["a.b-c_1"]
    assert front.log_of("a.b-c_1")["path"] == "/studio/v1/me"


def test_a_request_id_that_is_none_is_replaced(front: Front) -> None:
    answer = front.ask("GET", "/studio/v1/me", headers={"X-Request-ID": 'x" onload="'})
    arrived = json.loads(answer.data)["headers"]["X-Request-Id"]
    assert re.fullmatch(r"[0-9a-f]{32}", arrived)
    assert answer.headers["X-Request-ID"] == arrived


def test_only_studios_stream_becomes_a_websocket(front: Front) -> None:
    asked = {"Connection": "Upgrade", "Upgrade": "websocket"}
    arrived = reached(front, "GET", "/_stcore/stream", **asked)["headers"]
    assert arrived["Upgrade"] == "websocket"
    for path in ("/", "/studio/v1/me"):
        assert "Upgrade" not in reached(front, "GET", path, **asked)["headers"]


def test_the_log_has_no_query_and_no_secret(front: Front) -> None:
    secret = "mls_abcdefghijkl_" + "s" * 43
    answer = front.ask("GET", f"/projects/fraud/{secret}/x?token=hidden-{secret}")
    line = front.log_of(answer.headers["X-Request-ID"])
    assert line["path"] == "/projects/fraud/mls_abcdefghijkl_..."
    for file in ("access.log", "nginx.log"):
        assert "hidden" not in (front.folder / file).read_text()
    assert line["status"] == 200
    assert line["method"] == "GET"


# --- what comes back ---


def test_every_answer_tells_the_browser_what_it_may_not_do(front: Front) -> None:
    headers = front.ask("GET", "/studio/v1/me").headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Server"] == "nginx"
    # On localhost it would shut every port to plain http.
    assert "Strict-Transport-Security" not in headers
    named = front.ask("GET", "/studio/v1/me", headers={"Host": "studio.example.org"}).headers
    assert named["Strict-Transport-Security"] == "max-age=31536000"


def test_what_ml_studio_says_itself_is_said_once(whole: Front) -> None:
    for path in ("/", "/studio/v1/openapi.json"):
        headers = whole.ask("GET", path).headers
        for name in ("X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy"):
            assert len(headers.getlist(name)) == 1, (path, name)
        assert len(headers.getlist("X-Request-ID")) == 1
    assert "script-src" in whole.ask("GET", "/").headers["Content-Security-Policy"]


def test_plain_http_is_sent_to_https(front: Front) -> None:
    address = f"http://localhost:{front.port}/studio/v1/me?a=b"
    answer = urllib3.request("GET", address, redirect=False, retries=False)
    assert answer.status == 308
    assert answer.headers["Location"] == f"{front.url}/studio/v1/me?a=b"


def test_old_versions_of_tls_are_refused(front: Front) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    context.set_ciphers("ALL:@SECLEVEL=0")
    with (
        socket.create_connection(("127.0.0.1", front.port)) as plain,
        pytest.raises((ssl.SSLError, OSError)),
    ):
        context.wrap_socket(plain)


def test_http_2_is_offered(front: Front) -> None:
    context = ssl.create_default_context(cafile=str(front.folder / "tls.crt"))
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", front.port)) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as secured,
    ):
        assert secured.selected_alpn_protocol() == "h2"
        assert secured.version() == "TLSv1.3"


def test_too_large_a_body_is_refused_before_it_is_sent_on(front: Front) -> None:
    answer = front.ask("POST", "/studio/v1/projects", headers={"Content-Length": str(33 << 20)})
    assert answer.status == 413
    document = json.loads(answer.data)
    assert document["error_code"] == "REQUEST_TOO_LARGE"
    assert document["request_id"] == answer.headers["X-Request-ID"]


# --- replicas ---


@dataclass
class Replicas:
    """Two Studios behind one name, whose addresses the test can change, and no API at all."""

    front: Front
    addresses: Path

    def who(self, path: str = "/runs", cookie: str = "") -> str:
        """Which of them answers."""
        headers = {"Cookie": f"mlstudio_replica={cookie}"} if cookie else {}
        return str(reached(self.front, "GET", path, **headers)["name"])


@pytest.fixture
def replicas(tmp_path: Path) -> Iterator[Replicas]:
    """nginx with a `getent` of the test's, which knows `studio` by the addresses of a file."""
    first = make_server("127.0.0.1", 0, Echo("one"), threaded=True)
    second = make_server("127.0.0.2", first.port, Echo("two"), threaded=True)
    for server in (first, second):
        threading.Thread(target=server.serve_forever, daemon=True).start()
    programs, addresses = tmp_path / "bin", tmp_path / "addresses"
    programs.mkdir()
    addresses.write_text("127.0.0.1\n127.0.0.2\n")
    getent = programs / "getent"
    getent.write_text(f'#!/bin/sh\n[ "$2" = studio ] && sed "s/$/ STREAM/" {addresses}\n')
    getent.chmod(0o755)
    path = f"{programs}:{os.environ['PATH']}:/usr/sbin"
    front = start(tmp_path, f"studio:{first.port}", "nobody:5001", PATH=path)
    yield Replicas(front, addresses)
    stop(front)
    for server in (first, second):
        server.shutdown()
        server.server_close()


def test_a_browser_stays_with_one_replica_of_studio(replicas: Replicas) -> None:
    page = replicas.front.ask("GET", "/")
    given = page.headers["Set-Cookie"]
    assert re.fullmatch(
        r"mlstudio_replica=[0-9a-f]{32}; Path=/; Secure; HttpOnly; SameSite=Lax", given
    )
    cookie = given.partition("=")[2].partition(";")[0]
    mine = json.loads(page.data)["name"]
    assert {replicas.who(cookie=cookie) for _ in range(20)} == {mine}
    assert "Set-Cookie" not in replicas.front.ask("GET", "/runs").headers


def test_browsers_are_spread_over_the_replicas(replicas: Replicas) -> None:
    assert {replicas.who(cookie=uuid.uuid4().hex) for _ in range(40)} == {"one", "two"}


def test_nginx_follows_the_addresses_behind_a_name(replicas: Replicas) -> None:
    replicas.addresses.write_text("127.0.0.2\n")
    until = time.monotonic() + 15
    while {replicas.who() for _ in range(12)} != {"two"}:
        assert time.monotonic() < until
        time.sleep(0.2)


def test_a_name_that_means_nothing_for_a_while_keeps_its_addresses(replicas: Replicas) -> None:
    replicas.addresses.write_text("")
    time.sleep(2.5)
    assert {replicas.who(cookie=uuid.uuid4().hex) for _ in range(40)} == {"one", "two"}


class Unlucky:
    """Takes a request and falls silent for ever: it may have been carried out, or not."""

    def __init__(self, place: str, port: int) -> None:
        self.requests: list[bytes] = []
        self._listener = socket.create_server((place, port))
        self.port = int(self._listener.getsockname()[1])
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Accept nothing more; the thread that waits for a caller wakes up."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                self.requests.append(connection.recv(65536))


@pytest.fixture
def apis(tmp_path: Path) -> Iterator[tuple[Front, Unlucky]]:
    """nginx before two of the API: one breaks off every answer, one is well."""
    unlucky = Unlucky("127.0.0.1", 0)
    well = make_server("127.0.0.2", unlucky.port, Echo("well"), threaded=True)
    threading.Thread(target=well.serve_forever, daemon=True).start()
    getent = tmp_path / "bin" / "getent"
    getent.parent.mkdir()
    getent.write_text('#!/bin/sh\n[ "$2" = api ] && printf "127.0.0.1 S\\n127.0.0.2 S\\n"\n')
    getent.chmod(0o755)
    path = f"{getent.parent}:{os.environ['PATH']}:/usr/sbin"
    front = start(tmp_path, "nobody:8501", f"api:{unlucky.port}", PATH=path)
    yield front, unlucky
    stop(front)
    unlucky.close()
    well.shutdown()
    well.server_close()


METRIC = "/projects/fraud/api/2.0/mlflow/runs/log-metric"


def test_a_call_that_no_replica_took_goes_to_the_next_a_write_too(
    apis: tuple[Front, Unlucky],
) -> None:
    front, unlucky = apis
    unlucky.close()
    answers = [front.ask("POST", METRIC, body=b"{}") for _ in range(12)]
    assert [answer.status for answer in answers] == [200] * 12


def written(front: Front) -> int:
    """The status of a write whose head and body come in one piece: nginx has it whole."""
    head = f"POST {METRIC} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n"
    trust = ssl.create_default_context(cafile=str(front.folder / "tls.crt"))
    with (
        socket.create_connection(("127.0.0.1", front.port), 30) as plain,
        trust.wrap_socket(plain, server_hostname="localhost") as connection,
    ):
        connection.sendall(head.encode() + b"{}")
        return int(connection.recv(65536).split(b" ")[1])


def test_a_write_that_went_out_is_never_sent_again_a_read_is(apis: tuple[Front, Unlucky]) -> None:
    front, unlucky = apis
    while not unlucky.requests:
        # Who got it fell silent, and nobody else was asked.
        assert written(front) == (502 if unlucky.requests else 200)
    assert unlucky.requests[0].startswith(b"POST")
    reads = [front.ask("GET", "/projects/fraud/api/2.0/mlflow/runs/get") for _ in range(8)]
    assert [answer.status for answer in reads] == [200] * 8


def test_without_the_api_its_callers_get_a_document_and_studio_works(replicas: Replicas) -> None:
    answer = replicas.front.ask("GET", "/projects/fraud/api/2.0/mlflow/runs/get?run_id=1")
    document = json.loads(answer.data)
    assert answer.status == 502
    assert document["error_code"] == "TEMPORARILY_UNAVAILABLE"
    assert document["reason"] == "api_unavailable"
    assert document["request_id"] == answer.headers["X-Request-ID"]
    assert answer.headers["Retry-After"] == "2"
    assert replicas.who() in {"one", "two"}


@pytest.fixture
def nobody() -> Iterator[int]:
    """A port at which a connection is never accepted, as at the address of a removed container."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        waiting = []
        # Once its queue is full, the kernel answers nobody any more.
        for _ in range(3):
            caller = socket.socket()
            caller.setblocking(False)
            caller.connect_ex(listening.getsockname())
            waiting.append(caller)
        yield int(listening.getsockname()[1])
        for caller in waiting:
            caller.close()


def test_an_api_that_was_removed_is_away_and_not_slow(tmp_path: Path, nobody: int) -> None:
    front = start(tmp_path, f"127.0.0.1:{free_port()}", f"127.0.0.1:{nobody}")
    try:
        answer = front.ask("GET", "/studio/v1/me")
        assert (answer.status, json.loads(answer.data)["reason"]) == (502, "api_unavailable")
        assert json.loads(answer.data)["request_id"] == answer.headers["X-Request-ID"]
        assert answer.headers["Retry-After"] == "2"
    finally:
        stop(front)


def test_without_studio_a_browser_gets_a_page_that_looks_again(tmp_path: Path) -> None:
    front = start(tmp_path, f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}")
    try:
        answer = front.ask("GET", "/runs")
        assert answer.status == 502
        assert b'http-equiv="refresh"' in answer.data
        assert answer.headers["X-Request-ID"] in answer.data.decode()
    finally:
        stop(front)


def test_signing_in_is_slowed_down_by_address(tmp_path: Path) -> None:
    api = Served(Echo("api"))
    api.start()
    front = start(tmp_path, f"127.0.0.1:{free_port()}", f"127.0.0.1:{api.port}")
    try:
        tries = [front.ask("POST", "/studio/v1/sessions", body=b"{}") for _ in range(25)]
        assert [one.status for one in tries[:20]] == [200] * 20
        last = tries[-1]
        assert last.status == 429
        assert json.loads(last.data)["reason"] == "too_many_sign_ins"
        assert last.headers["Retry-After"] == "10"
        # Nothing else is slowed down.
        assert front.ask("GET", "/studio/v1/me").status == 200
    finally:
        stop(front)
        api.stop()


@pytest.mark.parametrize(
    ("version", "waits"),
    [("1.22.1", False), ("1.27.3", False), ("1.27.4", True), ("1.28.0 (Ubuntu)", True)],
)
def test_a_reload_waits_for_clients_where_nginx_can(
    tmp_path: Path, version: str, waits: bool
) -> None:
    (tmp_path / "tls.crt").touch()
    (tmp_path / "tls.key").touch()
    # Says its version, and ends before it would serve.
    program = tmp_path / "nginx"
    program.write_text(f'#!/bin/sh\n[ "$1" = -v ] && echo "nginx version: nginx/{version}" >&2\n')
    program.chmod(0o755)
    environment = {
        "PATH": f"{tmp_path}:{os.environ['PATH']}",
        "NGINX_RUN": str(tmp_path / "run"),
        "NGINX_CERTIFICATE": str(tmp_path / "tls.crt"),
        "NGINX_KEY": str(tmp_path / "tls.key"),
    }
    subprocess.run([str(NGINX / "start.sh")], env=environment, check=False, capture_output=True)
    written = (tmp_path / "run" / "nginx.conf").read_text()
    assert ("keepalive_min_timeout 5s;" in written) == waits
    assert "@" not in re.sub(r"@(api|studio)_\w+|@NAME@", "", written)


def test_settings_that_nginx_cannot_use_stop_the_start(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="invalid"):
        start(tmp_path, "127.0.0.1:1", "127.0.0.1:1", STUDIO_MAX_REQUEST_MB="much")


def test_a_missing_certificate_stops_the_start(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="cannot be read"):
        start(tmp_path, "127.0.0.1:1", "127.0.0.1:1", NGINX_CERTIFICATE="/nowhere/tls.crt")


# --- the whole: an mlflow client and a browser over https ---


def test_a_large_artifact_goes_up_and_down_in_pieces(whole: Front, stack: Stack) -> None:
    slug, alice = stack.new_project(), stack.with_token("alice")
    run = new_run(alice, slug, new_experiment(alice, slug))["info"]
    place = f"{run['experiment_id']}/{run['run_id']}/artifacts/large.bin"
    path = f"/projects/{slug}/api/2.0/mlflow-artifacts/artifacts/{place}"
    piece, number = os.urandom(1 << 20), 100
    signed = {"Authorization": alice.credential}
    sent = whole.ask("PUT", path, headers=signed, body=(piece for _ in range(number)))
    assert sent.status == 200, sent.data
    got = whole.ask("GET", path, headers=signed, preload_content=False)
    digest, length = hashlib.sha256(), 0
    for chunk in got.stream(1 << 20):
        digest.update(chunk)
        length += len(chunk)
    assert length == number << 20
    assert digest.digest() == hashlib.sha256(piece * number).digest()
    # nginx kept none of it.
    kept = [file for name in ("body", "proxy") for file in (whole.folder / "run" / name).rglob("*")]
    assert [file for file in kept if file.is_file()] == []


def test_a_training_script_works_over_https(whole: Front, stack: Stack, tmp_path: Path) -> None:
    slug, bob = stack.new_project(), stack.with_token("bob")
    script = Running(
        slug,
        "log_one.py",
        tmp_path,
        MLFLOW_TRACKING_URI=f"{whole.url}/projects/{slug}",
        MLFLOW_TRACKING_TOKEN=bob.credential.split()[1],
        REQUESTS_CA_BUNDLE=str(whole.folder / "tls.crt"),
    ).end()
    assert script.code == 0, script.complained[-2000:]


def test_somebody_signs_in_and_opens_mlflows_interface_at_the_same_address(
    whole: Front, stack: Stack, browser: Browser
) -> None:
    slug, alice = stack.new_project(), stack.person("alice")
    new_run(alice, slug, new_experiment(alice, slug, "over-https"))
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    page.goto(f"{whole.url}/projects")
    page.get_by_label("Username").fill("alice", timeout=PATIENT)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", name="Projects").first).to_be_visible(timeout=PATIENT)
    page.reload()
    expect(page.get_by_role("heading", name="Projects").first).to_be_visible(timeout=PATIENT)
    cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    ours = ("__Host-mlstudio_session", "__Secure-mlstudio_interface", "mlstudio_replica")
    for name in ours:
        assert cookies[name]["secure"]
        assert cookies[name]["httpOnly"]
    page.goto(f"{whole.url}/projects/{slug}/#/experiments")
    expect(page.get_by_text("over-https").first).to_be_visible(timeout=PATIENT)
    # What the mlflow client prints for somebody who names the project by a header.
    page.goto(f"{whole.url}/#/experiments?workspace={slug}")
    page.wait_for_url(f"{whole.url}/projects/{slug}/#/experiments**", timeout=PATIENT)
    expect(page.get_by_text("over-https").first).to_be_visible(timeout=PATIENT)
    context.close()
