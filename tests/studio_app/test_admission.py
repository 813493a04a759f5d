"""What reaches Streamlit: attacks of people without an account on Studio as it is served."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
import urllib3
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Origin, Subprotocol

from processes import Program, studio_program
from studio_app.auth import cookie

http = urllib3.PoolManager(retries=False, timeout=60)
_addresses = count(1)
SECONDS = 60
# What an address may ask for after a pause; opening a socket counts.
AT_ONCE = 10
SIGNED_OUT_SOCKETS, ADDRESS_SOCKETS, SESSION_SOCKETS = 4, 3, 5
LIMITS = {
    "STUDIO_SIGNED_OUT_SOCKETS": str(SIGNED_OUT_SOCKETS),
    "STUDIO_SIGNED_OUT_MESSAGES_PER_SECOND": "20",
    "STUDIO_ADDRESS_SOCKETS": str(ADDRESS_SOCKETS),
    "STUDIO_ADDRESS_MESSAGES_PER_SECOND": "1",
    "STUDIO_SESSION_SOCKETS": str(SESSION_SOCKETS),
}


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Studio with small shares. The sign-in form needs no API."""
    folder = tmp_path_factory.mktemp("admission")
    program = studio_program(folder, "http://127.0.0.1:1", **LIMITS)
    program.start()
    yield program
    program.stop()


@pytest.fixture
def address() -> str:
    """An address of the test's own, whose share nobody has used."""
    return f"192.0.2.{next(_addresses)}"


def rerun(content: str = "") -> bytes:
    """What a browser sends for Streamlit to run the page."""
    message = BackMsg()
    message.rerun_script.query_string = content
    return bytes(message.SerializeToString())


@contextmanager
def socket(
    studio: Program,
    address: str,
    *,
    origin: str | None = None,
    cookies: str = "",
    at: str = "",
    path: str = "/_stcore/stream",
) -> Iterator[ClientConnection]:
    """A socket as browsers open it, behind a proxy that says from where; an Origin may be missing.

    `at` is the server by another name.
    """
    said = studio.url if origin is None else origin
    with connect(
        (at or studio.url).replace("http", "ws") + path,
        origin=Origin(said) if said else None,
        subprotocols=[Subprotocol("streamlit")],
        additional_headers={"X-Forwarded-For": address, "Cookie": cookies},
        open_timeout=SECONDS,
        max_size=None,
    ) as opened:
        yield opened


def signed_in(name: str) -> str:
    """The cookies of a browser with somebody's session; nobody has asked the API about it."""
    ends = datetime.now(UTC) + timedelta(hours=1)
    return f"{cookie.SESSION.name}={cookie.SESSION.seal(f'mss_{name}_secret', ends)}"


def shown(opened: ClientConnection) -> str:
    """Everything of one run of the page, in one string."""
    opened.send(rerun())
    said = ""
    while True:
        message = ForwardMsg()
        message.ParseFromString(opened.recv(SECONDS))
        said += str(message)
        if message.WhichOneof("type") == "script_finished":
            return said


def refused(studio: Program, address: str, **how: Any) -> int:
    """The status of a handshake that must fail."""
    with pytest.raises(InvalidStatus) as answer, socket(studio, address, **how):
        pass
    return answer.value.response.status_code


def code_of_close(opened: ClientConnection) -> int:
    """Why the server ends a socket; what it sends before is passed over."""
    with suppress(ConnectionClosed):
        while True:
            opened.recv(SECONDS)
    assert opened.protocol.close_rcvd is not None
    return opened.protocol.close_rcvd.code


def lines(studio: Program, event: str) -> int:
    """How many lines of the log say this."""
    entries = [json.loads(line) for line in studio.log.read_text().splitlines() if line[:1] == "{"]
    return sum(event in entry["event"] for entry in entries)


def test_a_page_of_ours_gets_the_sign_in_form(studio: Program, address: str) -> None:
    with socket(studio, address) as opened:
        assert "No account yet?" in shown(opened)


@pytest.mark.parametrize(
    "origin",
    ["", "null", "https://evil.example", "http://127.0.0.1:1", "http://localhost", "http://["],
)
def test_a_page_of_somebody_else_opens_no_socket_with_anybodys_cookie(
    studio: Program, address: str, origin: str
) -> None:
    began = time.monotonic()
    for cookies in ("", signed_in("alice")):
        assert refused(studio, address, origin=origin, cookies=cookies) == 403
    # Streamlit would have asked a third party whether that is its own address.
    assert time.monotonic() - began < SECONDS


def test_another_port_of_the_host_is_another_origin(studio: Program, address: str) -> None:
    origin = f"http://127.0.0.1:{studio.port + 1}"
    assert refused(studio, address, origin=origin, cookies=signed_in("alice")) == 403


def test_the_server_is_reached_by_another_name_of_this_machine(
    studio: Program, address: str
) -> None:
    there = f"http://localhost:{studio.port}"
    with socket(studio, address, origin=there, at=there) as opened:
        assert "No account yet?" in shown(opened)
    # By a proxy that changes the Host; Streamlit would ask around for its own addresses.
    with socket(studio, address, at=there) as opened:
        assert "No account yet?" in shown(opened)


def test_many_refused_sockets_leave_few_lines(studio: Program, address: str) -> None:
    before = len(studio.log.read_text().splitlines())
    for _ in range(40):
        refused(studio, address, origin="https://evil.example")
    assert len(studio.log.read_text().splitlines()) - before < 20


def test_an_upload_is_refused_before_it_comes(studio: Program) -> None:
    sent = 0

    def without_end() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(2000):
            sent += 1
            yield b"x" * 100_000

    path = "/_stcore/upload_file/abcdefgh/12345678"
    for origin in (studio.url, "https://evil.example"):
        try:
            answer = http.request(
                "PUT", studio.url + path, body=without_end(), headers={"Origin": origin}
            )
            assert answer.status == 404
        except urllib3.exceptions.ProtocolError:
            # The server has answered and closed while there was more to come.
            pass
    assert sent < 1000
    small = http.request("PUT", studio.url + path, body=b"x", headers={"Origin": studio.url})
    assert (small.status, small.json()["reason"]) == (404, "no_such_path")
    assert small.headers["Connection"] == "close"
    assert small.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "path", ["/_stcore/metrics", "/_stcore/agent/openapi.json", "/component/x"]
)
def test_what_streamlit_brings_beside_is_closed(studio: Program, path: str) -> None:
    answer = http.request("GET", studio.url + path)
    assert (answer.status, answer.json()["error_code"]) == (404, "ENDPOINT_NOT_FOUND")
    assert answer.json()["request_id"]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
@pytest.mark.parametrize("path", ["/", "/run", "/_stcore/health", "/media/x.png"])
def test_what_is_read_takes_nothing_else(studio: Program, method: str, path: str) -> None:
    answer = http.request(method, studio.url + path, headers={"Origin": studio.url})
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD")


def test_the_routes_of_the_cookies_want_our_origin_and_have_a_share(
    studio: Program, address: str
) -> None:
    asked = {"X-Forwarded-For": address, "Origin": studio.url}
    for path in ("session", "sign-out", "invitation", "forget"):
        for origin in ("", "null", "https://evil.example"):
            sent = {**asked, "Origin": origin} if origin else {"X-Forwarded-For": address}
            answer = http.request("POST", f"{studio.url}/auth/{path}", body=b"{}", headers=sent)
            assert (answer.status, answer.json()["reason"]) == (403, "wrong_origin")
    statuses = [
        http.request("POST", f"{studio.url}/auth/invitation", body=b"{}", headers=asked).status
        for _ in range(30)
    ]
    assert statuses[:AT_ONCE] == [400] * AT_ONCE
    assert 429 in statuses
    other = {**asked, "X-Forwarded-For": "198.51.100.250"}
    answer = http.request("POST", f"{studio.url}/auth/invitation", body=b"{}", headers=other)
    assert answer.status == 400


def test_an_address_has_so_many_sockets_and_a_session_has_its_own(
    studio: Program, address: str
) -> None:
    with ExitStack() as opened:
        for _ in range(ADDRESS_SOCKETS):
            opened.enter_context(socket(studio, address))
        assert refused(studio, address) == 403
        for _ in range(SESSION_SOCKETS):
            opened.enter_context(socket(studio, address, cookies=signed_in("alice")))
        assert refused(studio, address, cookies=signed_in("alice")) == 403
        opened.enter_context(socket(studio, address, cookies=signed_in("bob")))
        opened.enter_context(socket(studio, "198.51.100.1"))


def test_a_cookie_that_studio_did_not_seal_is_no_session(studio: Program, address: str) -> None:
    with ExitStack() as opened:
        for _ in range(ADDRESS_SOCKETS):
            opened.enter_context(socket(studio, address))
        for value in ("mss_alice_secret", "\xe9", "gAAAAA"):
            assert refused(studio, address, cookies=f"mlstudio_session={value}") == 403


def test_a_crowd_of_one_address_makes_room_for_the_next(studio: Program, address: str) -> None:
    with ExitStack() as opened:
        crowd = [opened.enter_context(socket(studio, address)) for _ in range(ADDRESS_SOCKETS)]
        opened.enter_context(socket(studio, "198.51.100.2"))
        late = opened.enter_context(socket(studio, "198.51.100.3"))
        assert "No account yet?" in shown(late)
        assert code_of_close(crowd[0]) == 1013
        assert "No account yet?" in shown(crowd[1])


def test_messages_over_the_share_wait_their_turn(studio: Program, address: str) -> None:
    with socket(studio, address) as opened:
        for _ in range(AT_ONCE + 2):
            assert "No account yet?" in shown(opened)


def test_a_flood_of_messages_ends_its_socket_and_costs_a_few_runs(
    studio: Program, address: str
) -> None:
    before = lines(studio, "page")
    with socket(studio, address) as opened:
        with suppress(ConnectionClosed):
            for _ in range(1000):
                opened.send(rerun())
        assert code_of_close(opened) == 1013
    assert lines(studio, "page") - before <= AT_ONCE
    # Whoever has another address notices nothing.
    with socket(studio, "198.51.100.4") as other:
        assert "No account yet?" in shown(other)


def test_who_goes_while_their_messages_wait_is_not_waited_for(
    studio: Program, address: str
) -> None:
    with ExitStack() as opened:
        for one in [opened.enter_context(socket(studio, address)) for _ in range(ADDRESS_SOCKETS)]:
            for _ in range(AT_ONCE // 2):
                one.send(rerun())
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        with suppress(InvalidStatus), socket(studio, address):
            return
        time.sleep(0.1)
    raise AssertionError("the places of those who went are still taken")


@pytest.mark.parametrize(
    ("message", "code"), [("text", 1003), (rerun("x" * 70_000), 1009)], ids=["text", "large"]
)
def test_what_no_sign_in_form_sends_ends_the_socket(
    studio: Program, address: str, message: str | bytes, code: int
) -> None:
    with socket(studio, address) as opened:
        opened.send(message)
        assert code_of_close(opened) == code


def test_a_message_cannot_grow_when_it_is_unpacked(studio: Program, address: str) -> None:
    with socket(studio, address) as opened:
        assert opened.response is not None
        assert "Sec-WebSocket-Extensions" not in opened.response.headers


def test_a_browser_that_goes_in_the_middle_leaves_no_trace_in_the_log(
    studio: Program, address: str
) -> None:
    for _ in range(5):
        with socket(studio, address) as opened:
            opened.send(rerun())
            opened.socket.close()
    with socket(studio, "198.51.100.5") as other:
        assert "No account yet?" in shown(other)
    assert lines(studio, "Exception") == 0
