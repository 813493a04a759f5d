"""What a member sends arrives unchanged, and what MLflow answers comes back unchanged."""

from __future__ import annotations

import gzip
import http.client
import json
import os
from contextlib import closing
from email.utils import formatdate
from urllib.parse import parse_qsl, urlsplit

import pytest

from conftest import Stack
from content import FILE, TEXT, Content, artifact, done
from people import Person
from processes import SECRET
from recording import API, SLUG, NarrowProxy, Said

RUN = f"{API}/runs/get?run_id=a"
FILES = f"/projects/{SLUG}/api/2.0/mlflow-artifacts/artifacts/workspaces/{SLUG}/1/r/artifacts"
MIB = 1024 * 1024
JSON = {"Content-Type": "application/json"}
# Read as JSON and written again, each of these would come out as other bytes.
ODD_JSON = [
    b'{"run_id":"a","key":"k","value":"1"}',
    b'{ "value" : 1.0 ,\r\n\t"key":"k", "run_id" :"a" }',
    b'{"run_id": "a", "key": "\\u00fcber", "value": 1e-400, "step": 1e3}',
    '{"run_id": "a", "key": "größe", "value": "NaN"}'.encode(),
    b'{"run_id": "a", "key": "k", "value": 1.00000000000000020, "timestamp": 1234567890123456789}',
]
ODD_TARGETS = [
    "metrics/get-history-bulk-interval?run_ids=a&run_ids=b&metric_key=loss",
    "runs/get?empty=&run_id=a%20b%2Fc",
    "metrics/get-history?run_id=a&metric_key=val%2Floss",
    "registered-models/get?name=caf%C3%A9+%26+more",
]


def raw_answer(*lines: str, body: bytes = b"") -> Said:
    """An answer of exactly these lines, after which the connection closes."""
    return Said(raw="\r\n".join([*lines, "Connection: close", "", ""]).encode() + body)


@pytest.mark.parametrize("body", ODD_JSON)
def test_a_json_body_arrives_byte_for_byte(proxy: NarrowProxy, body: bytes) -> None:
    assert proxy.alice.ask("POST", f"{API}/runs/log-metric", raw=body, headers=JSON).status == 200
    seen = proxy.upstream.last()
    assert (seen.body, seen.headers["Content-Type"]) == (body, "application/json")


@pytest.mark.parametrize("size", [0, 1, 64 * 1024, MIB + 1])
def test_a_file_arrives_byte_for_byte(proxy: NarrowProxy, size: int) -> None:
    body = os.urandom(size)
    assert proxy.alice.ask("PUT", f"{FILES}/weights.bin", raw=body).status == 200
    seen = proxy.upstream.last()
    assert (seen.body, seen.headers["Content-Length"]) == (body, str(size))


def test_a_file_sent_in_chunks_arrives_whole(proxy: NarrowProxy) -> None:
    pieces = [os.urandom(70_000), b"x", os.urandom(10)]
    chunked = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    reply = proxy.speak("PUT", f"{FILES}/a.bin", "Transfer-Encoding: chunked", body=chunked)
    assert reply.status == 200
    assert proxy.upstream.last().body == b"".join(pieces)


def test_a_compressed_file_is_not_unpacked_on_its_way(proxy: NarrowProxy) -> None:
    packed = gzip.compress(b"what was logged")
    headers = {"Content-Encoding": "gzip", "Content-Type": "text/plain"}
    proxy.alice.ask("PUT", f"{FILES}/a.txt.gz", raw=packed, headers=headers)
    seen = proxy.upstream.last()
    assert (seen.body, seen.headers["Content-Encoding"]) == (packed, "gzip")


@pytest.mark.parametrize("target", ODD_TARGETS)
def test_the_address_keeps_its_meaning(proxy: NarrowProxy, target: str) -> None:
    assert proxy.alice.ask("GET", f"{API}/{target}").status == 200
    asked, seen = urlsplit(target), urlsplit(proxy.upstream.last().target)
    assert seen.path == f"/api/2.0/mlflow/{asked.path}"
    assert parse_qsl(seen.query, keep_blank_values=True) == parse_qsl(
        asked.query, keep_blank_values=True
    )


@pytest.mark.parametrize("status", [200, 201, 202, 206, 400, 404, 409, 429, 500, 501, 503])
def test_the_status_comes_back(proxy: NarrowProxy, status: int) -> None:
    body = b'{ "error_code":"X" }\n'
    proxy.upstream.said = Said(status, JSON, body)
    reply = proxy.alice.ask("GET", RUN)
    assert (reply.status, reply.json["error_code"]) == (status, "X")
    assert status >= 400 or reply.body == body, "only an error gets a reason and a request id"
    assert reply.headers["content-type"] == "application/json"


@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 5 * MIB])
def test_an_answer_comes_back_byte_for_byte(proxy: NarrowProxy, size: int) -> None:
    body = os.urandom(size)
    proxy.upstream.said = Said(200, {"Content-Type": "application/octet-stream"}, body)
    reply = proxy.alice.ask("GET", RUN)
    assert (reply.status, reply.body, reply.headers["content-length"]) == (200, body, str(size))


@pytest.mark.parametrize("count", [0, 1, 3])
def test_an_answer_in_chunks_comes_back_whole(proxy: NarrowProxy, count: int) -> None:
    pieces = [os.urandom(100_000) for _ in range(count)]
    body = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
    proxy.upstream.said = raw_answer("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", body=body)
    reply = proxy.alice.ask("GET", RUN)
    assert (reply.status, reply.body) == (200, b"".join(pieces))


def test_an_answer_that_ends_with_its_connection_comes_back_whole(proxy: NarrowProxy) -> None:
    body = os.urandom(300_000)
    proxy.upstream.said = raw_answer("HTTP/1.1 200 OK", "Content-Type: text/csv", body=body)
    reply = proxy.alice.ask("GET", RUN)
    assert (reply.status, reply.body) == (200, body)


def test_a_compressed_answer_comes_back_compressed(proxy: NarrowProxy) -> None:
    packed = gzip.compress(b'{"run": {}}' * 50)
    proxy.upstream.said = Said(200, {**JSON, "Content-Encoding": "gzip", "Vary": "x"}, packed)
    headers = {"Accept-Encoding": "gzip"}
    parts = urlsplit(proxy.uac.url)
    # A client that unpacks nothing by itself.
    with closing(http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)) as wire:
        wire.request("GET", RUN, headers={"Authorization": proxy.alice.credential, **headers})
        answer = wire.getresponse()
        assert answer.getheader("Content-Encoding") == "gzip"
        assert answer.read() == packed
    assert proxy.upstream.last().headers["Accept-Encoding"] == "gzip"


def test_a_client_that_can_unpack_nothing_is_sent_nothing_packed(proxy: NarrowProxy) -> None:
    assert proxy.speak("GET", RUN).status == 200
    assert proxy.upstream.last().headers["Accept-Encoding"] == "identity"


@pytest.mark.parametrize("status", [204, 304])
def test_an_answer_without_a_body_has_none_and_the_connection_goes_on(
    proxy: NarrowProxy, status: int
) -> None:
    lines = [f"HTTP/1.1 {status} Nothing", 'ETag: "1"', "Cache-Control: no-cache"]
    parts = urlsplit(proxy.uac.url)
    sent = {"Authorization": proxy.alice.credential}
    with closing(http.client.HTTPConnection(str(parts.hostname), parts.port, timeout=30)) as wire:
        for _ in range(2):
            proxy.upstream.said = raw_answer(*lines)
            wire.request("GET", RUN, headers=sent)
            answer = wire.getresponse()
            assert (answer.status, answer.read()) == (status, b"")
            assert answer.getheader("ETag") == '"1"'
            assert answer.getheader("Transfer-Encoding") is None
        proxy.upstream.said = Said(200, JSON, b'{"after": 1}')
        wire.request("GET", RUN, headers=sent)
        assert wire.getresponse().read() == b'{"after": 1}'


@pytest.mark.parametrize("length", ["5", str(5 * MIB)])
def test_head_has_the_headers_of_get_and_no_body(proxy: NarrowProxy, length: str) -> None:
    proxy.upstream.said = raw_answer(
        "HTTP/1.1 200 OK", f"Content-Length: {length}", "Content-Type: text/csv", "Last-Modified: x"
    )
    reply = proxy.speak("HEAD", RUN)
    assert (reply.status, reply.body) == (200, b"")
    assert reply.headers["content-length"] == length
    assert reply.headers["content-type"] == "text/csv"
    assert proxy.upstream.last().method == "HEAD"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Range", "bytes=0-4"),
        ("Range", "bytes=-3"),
        ("If-Range", '"abc"'),
        ("If-None-Match", 'W/"abc", "def"'),
        ("If-Modified-Since", "Thu, 01 Jan 2026 00:00:00 GMT"),
    ],
)
def test_a_condition_arrives_as_it_was_sent(proxy: NarrowProxy, name: str, value: str) -> None:
    assert proxy.alice.ask("GET", RUN, headers={name: value}).status == 200
    assert proxy.upstream.last().headers[name] == value


def test_a_range_that_is_not_there_comes_back_as_416(proxy: NarrowProxy) -> None:
    headers = {"Content-Range": "bytes */9", "Content-Type": "text/plain"}
    proxy.upstream.said = Said(416, headers, b"")
    reply = proxy.alice.ask("GET", RUN, headers={"Range": "bytes=90-"})
    assert (reply.status, reply.headers["content-range"]) == (416, "bytes */9")


@pytest.mark.parametrize("kind", ["text/html", "text/html; charset=utf-8", "TEXT/HTML"])
def test_an_html_error_page_never_reaches_a_client(proxy: NarrowProxy, kind: str) -> None:
    proxy.upstream.said = Said(500, {"Content-Type": kind}, b"<h1>Traceback</h1>")
    reply = proxy.alice.ask("GET", RUN)
    assert (reply.status, reply.json["error_code"]) == (500, "INTERNAL_ERROR")
    assert b"Traceback" not in reply.body
    assert reply.headers["content-type"] == "application/json"


@pytest.fixture
def download(filled: Content) -> str:
    """The address of the run's file by its run."""
    return f"/projects/{filled.slug}/get-artifact?run_id={filled.run}&path={FILE}"


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        ("bytes=0-3", 206, TEXT[:4]),
        ("bytes=-5", 206, TEXT[-5:]),
        (f"bytes={len(TEXT) - 2}-", 206, TEXT[-2:]),
    ],
)
def test_real_mlflow_serves_parts(
    alice: Person, download: str, asked: str, status: int, body: bytes
) -> None:
    reply = alice.ask("GET", download, headers={"Range": asked})
    assert (reply.status, reply.body) == (status, body)
    assert reply.headers["content-length"] == str(len(body))


def test_real_mlflow_refuses_a_part_that_is_not_there(alice: Person, download: str) -> None:
    reply = alice.ask("GET", download, headers={"Range": f"bytes={len(TEXT) + 9}-"})
    assert reply.status == 416
    assert reply.headers["content-range"] == f"bytes */{len(TEXT)}"
    assert set(reply.json) >= {"error_code", "message"}


def test_real_mlflow_sends_nothing_that_is_not_newer(alice: Person, download: str) -> None:
    first = alice.ask("GET", download)
    for name, value in (
        ("If-None-Match", first.headers["etag"]),
        ("If-Modified-Since", formatdate(4_000_000_000, usegmt=True)),
    ):
        again = alice.ask("GET", download, headers={name: value})
        assert (again.status, again.body) == (304, b"")
    newer = {"If-Modified-Since": formatdate(1_000_000_000, usegmt=True)}
    assert alice.ask("GET", download, headers=newer).body == TEXT


def test_real_mlflow_says_the_same_through_the_door_as_by_itself(
    alice: Person, filled: Content, stack: Stack
) -> None:
    headers = {"X-MLStudio-Upstream": SECRET, "X-MLFLOW-WORKSPACE": filled.slug}
    direct = Person("", stack.mlflow.url, "")
    file = artifact(filled.slug, f"{filled.artifacts}/{FILE}").removeprefix(
        f"/projects/{filled.slug}"
    )
    search = {"experiment_ids": [filled.experiment]}
    asked: list[tuple[str, str, object]] = [
        ("GET", f"/api/2.0/mlflow/runs/get?run_id={filled.run}", None),
        ("HEAD", f"/api/2.0/mlflow/runs/get?run_id={filled.run}", None),
        ("GET", "/api/2.0/mlflow/runs/get?run_id=missing", None),
        ("GET", "/api/2.0/mlflow/runs/get", None),
        ("POST", "/api/2.0/mlflow/runs/search", search),
        ("POST", "/api/2.0/mlflow/experiments/search", {"max_results": 5}),
        ("POST", "/api/2.0/mlflow/experiments/search", {"max_results": -1}),
        ("GET", f"/api/2.0/mlflow/registered-models/get?name={filled.registered}", None),
        ("GET", f"/api/3.0/mlflow/traces/get?trace_id={filled.trace}", None),
        ("GET", f"/api/2.0/mlflow/artifacts/list?run_id={filled.run}", None),
        ("GET", file, None),
        ("HEAD", file, None),
    ]
    for method, path, body in asked:
        there = direct.ask(method, path, body, headers=headers)
        here = alice.ask(method, f"/projects/{filled.slug}{path}", body)
        assert here.status == there.status, path
        if there.status >= 400 and there.body:
            # An error says all that MLflow says, and its reason and request id.
            assert set(here.json) - set(there.json) == {"reason", "request_id"}, path
            assert there.json.items() <= here.json.items(), path
            continue
        assert here.body == there.body, path
        for name in ("content-type", "content-length", "content-disposition", "etag"):
            assert here.headers.get(name) == there.headers.get(name), (path, name)


def test_numbers_and_letters_survive_the_whole_way(alice: Person, filled: Content) -> None:
    metric = {"run_id": filled.run, "key": "größe/é", "value": 0.1 + 0.2, "timestamp": 2**53 + 1}
    done(alice.mlflow(filled.slug, "POST", "runs/log-metric", {**metric, "step": -3}))
    where = f"metrics/get-history?run_id={filled.run}&metric_key=gr%C3%B6%C3%9Fe/%C3%A9"
    [found] = json.loads(alice.mlflow(filled.slug, "GET", where).body)["metrics"]
    assert (found["value"], found["timestamp"], found["step"]) == (0.1 + 0.2, 2**53 + 1, -3)
