"""The logs of all services name the client, and not the proxy before them."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from werkzeug.test import EnvironBuilder, run_wsgi_app
from werkzeug.wrappers import Response

import loops
from logs import lines_of
from mlflow_server.gate import Gate
from mlflow_server.log import with_log
from studio_app.app.log import AccessLog as StudioAccessLog
from telemetry import log_lines
from telemetry.addresses import TrustedProxies
from telemetry.asgi import Application, Message, Receive, Scope, Send
from uac_api import access_log
from uac_api.access_log import AccessLog
from uac_api.client_address import ClientAddresses

SECRET = "a-secret-of-more-than-thirty-two-characters"
NGINX, CLIENT = "10.0.0.3", "203.0.113.9"


@pytest.mark.parametrize(
    ("peer", "forwarded", "seen"),
    [
        (NGINX, CLIENT, CLIENT),
        (NGINX, f"198.51.100.1, {CLIENT}", CLIENT),
        (NGINX, "", NGINX),
        (CLIENT, "198.51.100.1", CLIENT),
        (NGINX, "no address", NGINX),
    ],
)
def test_the_uac_apis_log_names_the_client_behind_trusted_proxies(
    peer: str, forwarded: str, seen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = lines_of(access_log, monkeypatch)
    trusted = TrustedProxies.listed("10.0.0.0/24, ::1")
    assert trusted.client(peer, forwarded) == seen
    log = AccessLog(Response("ok"), ClientAddresses(trusted._networks))
    builder = EnvironBuilder("/x", headers=[("X-Forwarded-For", forwarded)])
    environ: dict[str, Any] = {**builder.get_environ(), "REMOTE_ADDR": peer}
    content, *_ = run_wsgi_app(log, environ)
    b"".join(content)
    content.close()  # type: ignore[attr-defined]  # werkzeug's ClosingIterator
    assert [one["address"] for one in said] == [seen]


def test_what_is_no_network_is_no_trusted_proxy() -> None:
    with pytest.raises(ValueError, match="nginx"):
        TrustedProxies.listed("nginx")


async def _answer(scope: Scope, _: Receive, send: Send) -> None:
    assert b"x-mlstudio-client" not in dict(scope["headers"])
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})


def _ask(application: object, headers: list[tuple[bytes, bytes]]) -> None:
    scope = {
        "type": "http",
        "method": "GET",
        "path": "/api/2.0/mlflow/runs/get",
        "client": (NGINX, 4711),
        "headers": headers,
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: Message) -> None:
        pass

    loops.run(application(scope, receive, send))  # type: ignore[operator]


def _addresses(said: pytest.LogCaptureFixture) -> list[object]:
    written = [log_lines.JsonLines("x").format(one) for one in said.records]
    return [json.loads(one)["address"] for one in written]


def test_mlflows_log_names_whom_the_uac_api_asks_for_and_believes_no_stranger(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    here = with_log(Gate(_answer, [SECRET]))
    client = (b"x-mlstudio-client", CLIENT.encode())
    secret = (b"x-mlstudio-upstream", SECRET.encode())
    _ask(here, [client, secret])
    _ask(here, [secret])
    _ask(here, [client])
    assert _addresses(caplog) == [CLIENT, NGINX, NGINX]


def test_mlflows_log_has_no_line_of_a_health_check_unless_it_fails(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    proof, secret = (b"x-probe", b"1"), (b"x-mlstudio-upstream", SECRET.encode())

    async def fail(_scope: Scope, _receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 503, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def logged(behind: Application) -> Application:
        return with_log(Gate(behind, [SECRET]), lambda scope: proof in scope["headers"])

    _ask(logged(_answer), [proof, secret])
    _ask(logged(_answer), [proof])
    assert _addresses(caplog) == []
    _ask(logged(fail), [proof, secret])
    _ask(logged(_answer), [secret])
    assert _addresses(caplog) == [NGINX, NGINX]


def test_studios_log_names_the_client_that_uvicorn_has_found(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    _ask(StudioAccessLog(_answer), [])
    assert _addresses(caplog) == [NGINX]
