"""MLflow in trouble: each trouble has its own clear answer, and no connection is left behind."""

from __future__ import annotations

import threading
import time

import pytest
from urllib3.exceptions import ProtocolError

from people import Reply
from processes import free_port
from recording import API, NarrowProxy, Recorder, Said
from uac_api.errors import Unavailable
from uac_api.mlflow.upstream import Upstream

RUN = f"{API}/runs/get?run_id=a"
START = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
MIB = 1024 * 1024


def fails(proxy: NarrowProxy, said: Said) -> tuple[int, str]:
    """Status and reason of what alice gets when MLflow says this."""
    proxy.upstream.said = said
    reply = proxy.alice.ask("GET", RUN)
    assert set(reply.json) == {"error_code", "message", "reason", "request_id"}
    return reply.status, reply.json["reason"]


def test_mlflow_that_hangs_is_504(proxy: NarrowProxy) -> None:
    assert fails(proxy, Said(hang=True)) == (504, "mlflow_timeout")


@pytest.mark.parametrize(
    "raw",
    [
        b"what?\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"",
        START + b"Content-Length: 100\r\n\r\n{",
        b"\x16\x03\x01\x02\x00",
    ],
)
def test_mlflow_that_answers_nonsense_or_breaks_off_is_502(proxy: NarrowProxy, raw: bytes) -> None:
    assert fails(proxy, Said(raw=raw)) == (502, "mlflow_bad_answer")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("runs/create", {"experiment_id": "0"}),
        ("traces/link-to-run", {"run_id": "a", "trace_ids": ["tr-1"]}),
    ],
)
@pytest.mark.parametrize("nonsense", [b"<h1>hello</h1>", b"[]"])
def test_nonsense_in_answer_to_a_question_of_our_own_is_502(
    proxy: NarrowProxy, path: str, body: dict[str, object], nonsense: bytes
) -> None:
    proxy.upstream.said = Said(body=nonsense)
    reply = proxy.alice.ask("POST", f"{API}/{path}", body)
    assert (reply.status, reply.json["reason"]) == (502, "mlflow_bad_answer")


def test_a_refused_secret_is_503_and_says_whose_fault_it_is(proxy: NarrowProxy) -> None:
    assert fails(proxy, Said(401, {}, b'{"error_code": "UNAUTHENTICATED"}')) == (
        503,
        "mlflow_secret",
    )


@pytest.mark.parametrize(
    "raw",
    [
        START + b"Content-Length: %d\r\n\r\n" % (8 * MIB) + b"x" * MIB,
        START + b"Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n",
    ],
    ids=["announced", "chunked"],
)
def test_a_streamed_answer_that_breaks_off_is_never_taken_for_whole(
    proxy: NarrowProxy, raw: bytes
) -> None:
    proxy.upstream.said = Said(raw=raw)
    with pytest.raises(ProtocolError):
        proxy.alice.ask("GET", RUN)


def test_a_write_that_may_have_been_carried_out_is_in_the_audit_trail(proxy: NarrowProxy) -> None:
    proxy.upstream.said = Said(hang=True)
    headers = {"X-Request-ID": "unknown-outcome"}
    path = f"{API}/runs/log-metric"
    assert proxy.alice.ask("POST", path, {"key": "a"}, headers=headers).status == 504
    until = time.monotonic() + 10
    while time.monotonic() < until:
        found = proxy.alice.studio("GET", "/audit?project=fraud&request_id=unknown-outcome").json
        if found["events"]:
            break
        time.sleep(0.1)
    assert [(e["outcome"], e["status"]) for e in found["events"]] == [("failed", 504)]


def test_trouble_leaves_no_connection_behind(proxy: NarrowProxy) -> None:
    long = START + b"Content-Length: 3000000\r\n\r\n" + b"x" * 3_000_000
    troubles = [Said(raw=b"what?\r\n\r\n"), Said(401, {}, b"{}"), Said(raw=b"")]
    troubles.append(Said(500, {"Content-Type": "text/html"}, b"x" * 3_000_000))
    for said in troubles * 5:
        fails(proxy, said)
    proxy.upstream.said = Said(raw=long)
    for _ in range(5):
        assert len(proxy.alice.ask("GET", RUN).body) == 3_000_000
    proxy.upstream.said = Said()
    assert proxy.alice.ask("GET", RUN).status == 200
    # Kept for the next request: one. Anything more was forgotten.
    until = time.monotonic() + 5
    while proxy.upstream.open_connections > 1 and time.monotonic() < until:
        time.sleep(0.05)
    assert proxy.upstream.open_connections <= 1


def test_a_client_that_leaves_in_the_middle_leaves_no_connection_behind(proxy: NarrowProxy) -> None:
    proxy.upstream.said = Said(200, {}, b"x" * (64 * MIB))
    for _ in range(3):
        proxy.start(RUN).close()
    until = time.monotonic() + 10
    while proxy.upstream.open_connections > 1 and time.monotonic() < until:
        time.sleep(0.05)
    assert proxy.upstream.open_connections <= 1


def test_many_at_once_are_all_answered(proxy: NarrowProxy) -> None:
    replies: list[Reply] = []

    def ask() -> None:
        replies.extend(proxy.alice.ask("GET", RUN) for _ in range(5))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [reply.status for reply in replies] == [200] * 40


def test_nobody_there_is_unavailable() -> None:
    upstream = Upstream(f"http://127.0.0.1:{free_port()}", "s" * 40, timeout=1)
    with pytest.raises(Unavailable) as refusal:
        upstream.fetch("GET", "/health", workspace=None)
    assert refusal.value.reason == "mlflow_unavailable"


def test_an_address_with_a_path_is_put_before_every_target() -> None:
    recorder = Recorder()
    recorder.start()
    upstream = Upstream(f"{recorder.url}/mlflow", "s" * 40, timeout=1)
    upstream.fetch("GET", "/version", workspace="fraud")
    assert recorder.last().target == "/mlflow/version"
    upstream.close()
    recorder.stop()
