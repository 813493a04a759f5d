"""A real nginx with the configuration of the compose stack, before the real MLflow and UAC API."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import urllib3
from playwright.sync_api import Browser, expect

from conftest import Stack
from content import new_experiment, new_run
from ops.certificate import self_signed
from people import PASSWORD
from processes import Program, free_port, uac_program
from serving import Served
from studio_app.navigation import ENTRIES
from uac_api.proxy.rules import RULES

NGINX = Path(__file__).resolve().parents[2] / "nginx"
PATIENT = 30_000
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
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
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
    studio_port = free_port()
    command = [sys.executable, "-m", "uvicorn", "studio_app.server:app", "--host", "127.0.0.1"]
    studio = Program(
        "studio",
        [*command, "--port", str(studio_port)],
        {"STUDIO_API_URL": uac.url, **public},
        studio_port,
        "/_stcore/health",
        folder / "studio.log",
    )
    studio.start()
    front = start(folder, f"127.0.0.1:{studio_port}", f"127.0.0.1:{uac.port}", port)
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
        "/auth/session",
    ],
)
def test_what_studios_pages_fetch_reaches_studio(front: Front, path: str) -> None:
    assert reached(front, "GET", path)["name"] == "studio"


@pytest.mark.parametrize("before", ["", "/projects/fraud"])
@pytest.mark.parametrize("path", sorted({rule.path for rule in RULES} - {"/"}))
def test_every_address_of_the_table_reaches_the_api(front: Front, before: str, path: str) -> None:
    filled = re.sub(r"\{[^}]*\}", "a", path)
    paths = {filled, filled.replace("/api/", "/ajax-api/", 1)}
    for one in paths:
        assert reached(front, "GET", f"{before}{one}")["name"] == "api"


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


@pytest.mark.parametrize("path", ["/_stcore/agent/interact", "/_stcore/agent/mcp", "/_stcore/metrics"])
def test_streamlits_other_doors_are_shut(front: Front, path: str) -> None:
    assert front.ask("POST", path).status == 404


def test_a_path_arrives_as_it_was_written(whole: Front) -> None:
    # The UAC API judges what was sent: a repaired path would hide what it refuses.
    answer = whole.ask("GET", "/projects/fraud//api/2.0/mlflow/experiments/search")
    assert answer.status in {400, 401}
    line = whole.log_of(answer.headers["X-Request-ID"])
    assert line["path"] == "/projects/fraud//api/2.0/mlflow/experiments/search"


# --- what is passed on ---


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


def test_a_browser_stays_with_one_replica_of_studio(tmp_path: Path) -> None:
    replicas = [Served(Echo(name)) for name in ("one", "two")]
    for replica in replicas:
        replica.start()
    front = start(tmp_path, f"127.0.0.1:{replicas[0].port}", f"127.0.0.1:{replicas[1].port}")
    both = tmp_path / "run" / "studio_app.servers"
    try:
        # Two addresses behind the name, as `docker compose up --scale studio_app=2` makes.
        lines = [f"server 127.0.0.1:{replica.port};" for replica in replicas]
        (tmp_path / "run" / "upstreams.conf").write_text(
            "upstream studio_app { hash $studio_replica consistent; " + " ".join(lines) + " }\n"
            f"upstream uac_api {{ {lines[0]} }}\n"
        )
        assert both.exists()
        front.process.send_signal(signal.SIGSTOP)
        front.process.send_signal(signal.SIGCONT)
    finally:
        stop(front)
        for replica in replicas:
            replica.stop()
