"""What a body would cost is counted before it is parsed; large ones are few at a time."""

from __future__ import annotations

import gzip
import json
import socket
import time
import zlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from recording import API, SLUG, NarrowProxy, Said, request
from uac_api.errors import BadRequest, TooLarge
from uac_api.proxy.effects import datasets
from uac_api.proxy.request import bodies, otlp, spans
from uac_api.proxy.request.call import Call
from uac_api.proxy.rules import RULES

MIB = 1024 * 1024
BATCH = {
    "run_id": "a" * 32,
    "metrics": [{"key": f"m{i}", "value": 0.5, "timestamp": 1, "step": i} for i in range(1000)],
    "params": [{"key": f"p{i}", "value": "x" * 20} for i in range(100)],
    "tags": [{"key": f"t{i}", "value": "y" * 20} for i in range(100)],
}
# A conversation, code and a table, with all that JSON is written with.
TEXT = 'He said: "{[,]}", and {"a": [1, 2, {"b": null}]}; if (x[0]) { y = [z, ","] } \\ \n' * 20
JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=40,
)


def values(document: Any) -> int:
    """How many values there are in a document, itself included."""
    below = list(document.values()) if isinstance(document, dict) else document
    return 1 + sum(map(values, below)) if isinstance(below, list) else 1


def levels(document: Any) -> int:
    below = list(document.values()) if isinstance(document, dict) else document
    return 1 + max(map(levels, below), default=0) if isinstance(below, list) else 0


@pytest.mark.parametrize(
    ("document", "large"),
    [
        ({}, False),
        (BATCH, False),
        ({"trace": {"spans": [{"inputs": TEXT * 4000}] * 2}}, True),
        ({"records": json.dumps([{"inputs": {f"f{j}": j for j in range(10)}}] * 10_000)}, True),
        ({"ids": ["x" * 32] * 10_000}, False),
        ({"text": "[" * 200_000}, False),
    ],
)
def test_what_clients_send_passes(document: Any, large: bool) -> None:
    bodies.check(json.dumps(document).encode(), large=large)
    bodies.check(json.dumps(document, indent=1, ensure_ascii=False).encode(), large=large)
    bodies.check_text(document.get("records"))


@pytest.mark.parametrize("one", [b"{}", b"[]", b"0", b'""', b'{"":0}', b"[[]]"])
@pytest.mark.parametrize("large", [False, True])
def test_too_many_values_are_413_whatever_they_are(one: bytes, large: bool) -> None:
    most = bodies.MOST_VALUES_OF_LARGE if large else bodies.MOST_VALUES
    with pytest.raises(TooLarge, match=f"more than {most:,} values") as refused:
        bodies.check(b'{"x":[' + b",".join([one] * (most + 1)) + b"]}", large=large)
    assert refused.value.reason == "too_many_values"


def test_more_records_than_mlflow_writes_in_time_are_413() -> None:
    most = {"records": json.dumps([{}] * datasets.MOST_RECORDS)}
    assert len(json.loads(datasets.with_records(most, "bob")["records"])) == datasets.MOST_RECORDS
    with pytest.raises(TooLarge, match="10,000 records at most") as refused:
        datasets.with_records({"records": json.dumps([{}] * (datasets.MOST_RECORDS + 1))}, "bob")
    assert refused.value.reason == "too_many_records"


@pytest.mark.parametrize(("opens", "closes"), [(b"[", b"]"), (b'{"a":', b"}"), (b'[{"a":', b"}]")])
def test_more_than_a_hundred_levels_are_400(opens: bytes, closes: bytes) -> None:
    each = 1 if len(closes) == 1 else 2
    at_most = bodies.MOST_DEEP // each
    bodies.check(opens * at_most + b"1" + closes * at_most)
    for body in (opens * (at_most + 1) + b"1" + closes * (at_most + 1), opens * 3000):
        with pytest.raises(BadRequest) as refused:
            bodies.check(body)
        assert refused.value.reason == "too_deep"


@settings(max_examples=300, deadline=None)
@given(JSON_LIKE, st.integers(1, 30), st.booleans())
def test_the_count_is_never_too_low_and_the_depth_is_right(
    document: Any, most: int, spaced: bool
) -> None:
    body = json.dumps(document, indent=1 if spaced else None).encode()
    patch = pytest.MonkeyPatch()
    with patch.context() as limited:
        limited.setattr(bodies, "MOST_VALUES", most)
        limited.setattr(bodies, "MOST_DEEP", most)
        try:
            bodies.check(body)
        except TooLarge:
            # An empty list, and one of one value, are both counted by their brackets.
            assert 2 * values(document) > most
        except BadRequest:
            assert levels(document) > most
        else:
            # The document itself is not counted.
            assert values(document) - 1 <= most
            assert levels(document) <= most


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=200), st.lists(st.sampled_from([b'"', b"\\", b"[", b"{", b"}", b","])))
def test_no_bytes_confuse_the_count(some: bytes, signs: list[bytes]) -> None:
    body = some + b"".join(signs) * 50
    for most in (1, 1000):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bodies, "MOST_VALUES", most)
            with suppress(TooLarge, BadRequest):
                bodies.check(body)


@pytest.mark.parametrize("sign", [b'"', b'"\\', b"\\", b"[", b"]", b"{}", b"[]", b'",', b"[}"])
def test_counting_takes_little_time_for_any_body(sign: bytes) -> None:
    body = (sign * (32 * MIB))[: 32 * MIB]
    began = time.process_time()
    with suppress(TooLarge, BadRequest):
        bodies.check(body, large=True)
    # Some tenths of a second; a count that began anew at each mark would take hours.
    assert time.process_time() - began < 20


def exported(**more: Any) -> ExportTraceServiceRequest:
    made = ExportTraceServiceRequest()
    span = made.resource_spans.add().scope_spans.add().spans.add(name="answer", **more)
    for number in range(20):
        attribute = span.attributes.add(key=f"k{number}")
        attribute.value.kvlist_value.values.add(key="a").value.array_value.values.add()
        attribute.value.string_value = "text " * 100
    return made


def test_spans_are_counted_in_protobuf_too() -> None:
    body = exported().SerializeToString()
    assert not otlp.has_more_values(body, 1000)
    assert otlp.has_more_values(body, 50)
    for name in ("attributes", "events", "links"):
        made = ExportTraceServiceRequest()
        span = made.resource_spans.add().scope_spans.add().spans.add()
        for _ in range(300):
            getattr(span, name).add()
        assert otlp.has_more_values(made.SerializeToString(), 200), name
    made = ExportTraceServiceRequest()
    spans_of = made.resource_spans.add().scope_spans.add().spans
    for _ in range(300):
        spans_of.add()
    assert otlp.has_more_values(made.SerializeToString(), 200)
    lists = ExportTraceServiceRequest()
    value = lists.resource_spans.add().resource.attributes.add().value
    for _ in range(300):
        value.array_value.values.add()
    assert otlp.has_more_values(lists.SerializeToString(), 200)


@settings(max_examples=500, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_are_too_much_for_the_count_of_spans(body: bytes) -> None:
    assert otlp.has_more_values(body, 5) in (True, False)


@pytest.mark.parametrize("kind", ["application/json", "application/x-protobuf"])
def test_spans_with_too_many_values_are_413(kind: str) -> None:
    most = bodies.MOST_VALUES_OF_LARGE
    if kind == "application/json":
        body = b'{"resourceSpans":[' + b"{}," * most + b"{}]}"
    else:
        body = ExportTraceServiceRequest().SerializeToString() + b"\x0a\x00" * (most + 1)
    call = Call("POST", (), None, (), {"CONTENT_TYPE": kind}, body=body)
    with pytest.raises(TooLarge) as refused:
        spans.unpack(call, 32 * MIB)
    assert refused.value.reason == "too_many_values"


def one_field(size: int) -> bytes:
    """A field of protobuf with a text in it, of so many bytes together."""
    length = size - 5
    if length < 0:
        return b"\x7a"[:size]
    parts = [length & 127 | 128, length >> 7 & 127 | 128, length >> 14 & 127 | 128, length >> 21]
    return b"\x7a" + bytes(parts) + b"x" * length


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress], ids=["gzip", "deflate"])
@pytest.mark.parametrize("size", [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB])
def test_what_unpacks_to_a_large_body_is_a_large_one(pack: Any, size: int) -> None:
    encoding = "gzip" if pack is gzip.compress else "deflate"
    admitted: list[int] = []
    environ = {"HTTP_CONTENT_ENCODING": encoding, "CONTENT_TYPE": "application/x-protobuf"}
    plain = one_field(size)
    call = Call("POST", (), None, (), environ, body=pack(plain))
    unpacked = spans.unpack(call, 4 * MIB, lambda: admitted.append(1))
    assert unpacked.body == plain
    assert len(admitted) == (size > MIB)


def test_only_rows_with_batches_traces_records_and_documents_take_large_bodies() -> None:
    large = [rule for rule in RULES if rule.large and rule.feature is None]
    # In MiB: what makes MLflow 3.17.2 hold 150 MB, for a text in the widest letters.
    assert {rule.path.rpartition("mlflow/")[2] or rule.path: rule.large for rule in large} == {
        "runs/log-batch": 8,
        "runs/log-model": 8,
        "runs/log-inputs": 16,
        "traces": 5,
        "traces/{trace_id}": 5,
        "/v1/traces": 24,
        "datasets/{dataset_id}/records": 4,
        "/api/2.0/mlflow-artifacts/mpu/complete/{artifact_path:path}": 24,
    }
    assert all(rule.method in ("POST", "PATCH") for rule in large)
    assert {rule.path.rpartition("/")[2]: rule.texts for rule in RULES if rule.texts} == {
        "log-model": ("model_json",),
        "records": ("records",),
    }


def long_batch(proxy: NarrowProxy, text: str) -> Any:
    tags = [{"key": f"k{i}", "value": text} for i in range(3)]
    return proxy.alice.ask("POST", f"{API}/runs/log-batch", {"run_id": "a", "tags": tags})


def test_a_small_row_takes_a_mebibyte_and_a_large_one_more(proxy: NarrowProxy) -> None:
    text = "v" * (MIB // 2)
    assert long_batch(proxy, text).status == 200
    body = {"run_id": "a", "key": "k", "value": text * 2}
    reply = proxy.alice.ask("POST", f"{API}/runs/set-tag", body)
    assert (reply.status, reply.json["reason"]) == (413, "too_large")
    assert "1 MiB" in reply.json["message"]


def test_two_large_bodies_of_one_person_are_under_way_one_after_the_other(
    proxy: NarrowProxy,
) -> None:
    proxy.upstream.said = Said(delay=0.3)
    text = "v" * (MIB // 2)
    began = time.monotonic()
    with ThreadPoolExecutor(2) as pool:
        replies = list(pool.map(lambda _: long_batch(proxy, text), range(2)))
    assert [reply.status for reply in replies] == [200, 200]
    assert time.monotonic() - began >= 0.6


def test_small_calls_pass_while_a_large_body_is_slow_to_come(proxy: NarrowProxy) -> None:
    lines = [f"Content-Length: {2 * MIB}", "Content-Type: application/json"]
    head = request("POST", f"{API}/runs/log-batch", proxy.alice.credential, *lines)
    parts = urlsplit(proxy.uac.url)
    with socket.create_connection((parts.hostname, parts.port), timeout=20) as slow:
        slow.sendall(head + b'{"run_id": "a", "tags": [')
        for _ in range(5):
            named = {"run_id": "a", "key": "m", "value": 1.0, "timestamp": 1}
            reply = proxy.alice.ask("POST", f"{API}/runs/log-metric", named)
            assert reply.status == 200
    # Its place is free again.
    assert long_batch(proxy, "v" * (MIB // 2)).status == 200


def in_scope(spans_: Any) -> Any:
    return {"resourceSpans": [{"scopeSpans": [{"spans": spans_}]}]}


# At each of these MLflow 3.17.2 failed with 500 and no word.
@pytest.mark.parametrize(
    "document",
    [
        [],
        "spans",
        {"resourceSpans": None},
        {"resourceSpans": {}},
        {"resourceSpans": [1]},
        {"resourceSpans": [{"scopeSpans": [None]}]},
        in_scope([[]]),
        in_scope([""]),
        in_scope(["\U0001f98a"]),
        in_scope({"a": 1}),
        in_scope([{"traceId": 5}]),
        in_scope([{"parentSpanId": ["a"]}]),
    ],
)
def test_spans_in_json_that_are_none_are_400(proxy: NarrowProxy, document: Any) -> None:
    reply = proxy.alice.ask(
        "POST",
        f"/projects/{SLUG}/v1/traces",
        raw=json.dumps(document).encode(),
        headers={"Content-Type": "application/json", "X-Mlflow-Experiment-Id": "7"},
    )
    assert (reply.status, reply.json["reason"]) == (400, "invalid")
    assert proxy.upstream.seen == []


@pytest.mark.parametrize("document", [in_scope([]), in_scope([{"traceId": "5b8e"}]), {}])
def test_spans_in_json_pass(proxy: NarrowProxy, document: Any) -> None:
    body = json.dumps(document).encode()
    headers = {"Content-Type": "application/json", "X-Mlflow-Experiment-Id": "7"}
    reply = proxy.alice.ask("POST", f"/projects/{SLUG}/v1/traces", raw=body, headers=headers)
    assert reply.status == 200
    assert proxy.upstream.last().body == body
