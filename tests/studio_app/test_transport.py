"""Connections to the API: how long Studio waits, and that each is given back at every exit."""

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import urllib3

from configuration.settings import SettingsError
from processes import COOKIE_KEY, ROOT
from studio_app.api import transport
from studio_app.api.client import ApiError, Client, Unavailable
from studio_app.settings import API_SECONDS_BESIDES_MLFLOW, read, settings
from uac_api import traffic
from uac_api.mlflow import upstream

DATABASE_SECONDS = 5
KEY = {"STUDIO_COOKIE_KEY": COOKIE_KEY}


@contextmanager
def answering(raw: bytes, *, then: Callable[[socket.socket], None] | None = None) -> Iterator[str]:
    """A server that gives the same bytes to each request and then ends the connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(65_536)
                    connection.sendall(raw)
                    if then:
                        then(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        server.shutdown(socket.SHUT_RDWR)


BROKEN_OFF = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nshort"
REFUSED = (
    b"HTTP/1.1 404 NOT FOUND\r\nContent-Length: 2000000\r\n\r\n"
    + b'{"error_code":"RESOURCE_DOES_NOT_EXIST","message":"No such file."}'.ljust(2_000_000)
)
REFUSED_AND_BROKEN_OFF = b"HTTP/1.1 500 ERROR\r\nContent-Length: 1000\r\n\r\n{"
LONG = b"HTTP/1.1 200 OK\r\nContent-Length: 300000\r\n\r\n" + b"x" * 300_000


@pytest.mark.parametrize(
    ("raw", "limit", "error"),
    [
        (LONG, None, None),
        (LONG, 10, None),
        (BROKEN_OFF, None, Unavailable),
        (BROKEN_OFF, 100, Unavailable),
        (REFUSED, None, ApiError),
        (REFUSED_AND_BROKEN_OFF, None, Unavailable),
    ],
)
def test_a_download_gives_its_connection_back_at_every_exit(
    raw: bytes, limit: int | None, error: type[ApiError] | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[urllib3.BaseHTTPResponse] = []
    ask = transport._pool.request

    def noted(*args: object, **given: object) -> urllib3.BaseHTTPResponse:
        seen.append(ask(*args, **given))  # type: ignore[arg-type]
        return seen[-1]

    monkeypatch.setattr(transport._pool, "request", noted)
    with answering(raw) as url:
        if error is None:
            found = Client(url).download("fraud", "get-artifact", limit=limit)
            assert len(found.content) == (limit or 300_000)
        else:
            with pytest.raises(error):
                Client(url).download("fraud", "get-artifact", limit=limit)
    (answer,) = seen
    assert answer.closed
    assert answer.connection is None


def test_an_answer_that_breaks_off_is_an_outage_and_no_crash() -> None:
    with answering(REFUSED_AND_BROKEN_OFF) as url, pytest.raises(Unavailable):
        Client(url).me()


def test_studio_waits_longer_than_the_api_waits_for_mlflow() -> None:
    besides = traffic.PLACE_SECONDS + upstream.CONNECT_SECONDS + DATABASE_SECONDS
    assert besides < API_SECONDS_BESIDES_MLFLOW
    assert read(KEY).api_seconds == 120 + API_SECONDS_BESIDES_MLFLOW
    assert read({**KEY, "STUDIO_UPSTREAM_TIMEOUT_SECONDS": "600"}).api_seconds > 600 + besides


def test_nginx_waits_longer_than_the_api_waits_for_mlflow() -> None:
    script = (ROOT / "deploy" / "nginx" / "start.sh").read_text()
    found = re.search(r"@UPSTREAM_SECONDS@\|\$\(\(\$\{seconds%\.\*\} \+ (\d+)\)\)", script)
    assert found is not None
    # The shell cuts the fraction of a second off.
    assert int(found[1]) - 1 >= API_SECONDS_BESIDES_MLFLOW


@pytest.mark.parametrize("value", ["0", "-1", "3601", "soon", "nan"])
def test_a_wait_that_is_none_is_named(value: str) -> None:
    with pytest.raises(SettingsError, match="STUDIO_UPSTREAM_TIMEOUT_SECONDS"):
        read({**KEY, "STUDIO_UPSTREAM_TIMEOUT_SECONDS": value})


def test_the_504_of_the_api_arrives_because_studio_waits_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STUDIO_UPSTREAM_TIMEOUT_SECONDS", "77")
    settings.cache_clear()
    used: list[object] = []

    def noted(*_args: object, **given: object) -> urllib3.BaseHTTPResponse:
        used.append(given["timeout"])
        raise urllib3.exceptions.ProtocolError

    monkeypatch.setattr(transport._pool, "request", noted)
    with pytest.raises(Unavailable):
        Client("http://127.0.0.1:9").me()
    settings.cache_clear()
    assert [timeout.read_timeout for timeout in used if isinstance(timeout, urllib3.Timeout)] == [
        77 + API_SECONDS_BESIDES_MLFLOW
    ] * 2


def refusal(status: int, reason: str, retry_after: int) -> bytes:
    """An answer of the API that asks to come again."""
    body = b'{"error_code":"TEMPORARILY_UNAVAILABLE","message":"Again.","reason":"%s"}'
    body %= reason.encode()
    head = f"HTTP/1.1 {status} X\r\nRetry-After: {retry_after}\r\nContent-Length: {len(body)}\r\n"
    return head.encode() + b"Connection: close\r\n\r\n" + body


WELL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@contextmanager
def answering_in_turn(*answers: bytes) -> Iterator[tuple[str, list[float]]]:
    """A server that gives the answers one after the other, and when it was asked."""
    moments: list[float] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            for answer in answers:
                connection, _ = server.accept()
                with connection:
                    connection.recv(65_536)
                    moments.append(time.monotonic())
                    connection.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}", moments


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [503, 429])
def test_a_person_waits_for_a_place_and_sees_no_outage(method: str, status: int) -> None:
    busy = refusal(status, "mlflow_unavailable", 1)
    with answering_in_turn(busy, busy, WELL) as (url, moments):
        assert Client(url).request(method, "/studio/v1/me") == {}
    assert len(moments) == 3
    assert moments[2] - moments[0] >= 1.0


@pytest.mark.parametrize(
    ("status", "reason", "retry_after"),
    [
        (503, "mlflow_unavailable", 10),
        (503, "database_unavailable", 1),
        (429, "quota_requests", 1),
    ],
)
def test_what_is_no_matter_of_a_moment_is_told_at_once(
    status: int, reason: str, retry_after: int
) -> None:
    with answering_in_turn(refusal(status, reason, retry_after)) as (url, moments):
        with pytest.raises(ApiError) as refused:
            Client(url).request("GET", "/studio/v1/me")
        assert refused.value.reason == reason
    assert len(moments) == 1


def test_nobody_waits_for_a_place_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport, "BUSY_SECONDS", 1.5)
    busy = refusal(503, "mlflow_unavailable", 1)
    with answering_in_turn(*[busy] * 5) as (url, moments), pytest.raises(Unavailable):
        Client(url).request("GET", "/studio/v1/me")
    assert 2 <= len(moments) <= 3
