"""A request to MLflow has one spelling; every other one is refused, not interpreted."""

from __future__ import annotations

import io
import json
from dataclasses import FrozenInstanceError, replace
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from urllib3.util.url import _encode_target

from recording import API, NarrowProxy
from uac_api.errors import BadRequest, NoEndpoint, StudioError, TooLarge
from uac_api.proxy.match import Table
from uac_api.proxy.request import call

TABLE = Table()
PIECES = ("a", "runs", "/", ".", "..", "%2f", "%2e", "%25", "%72", "%5c", "\\", "%00", "%C3%A9")
MORE = (";", "=", "+", " ", "é", "%", "%zz", "#", "?", "&", "//", "%ff", "\x7f", "api", ":", "~")
READING = ("GET", "HEAD")


def asked(uri: str, method: str = "GET", body: bytes = b"", **headers: str) -> call.Call:
    """The call of a request whose body was read."""
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "RAW_URI": uri}
    environ |= {"HTTP_HOST": "studio.example.org:8443", **headers}
    environ |= {"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True}
    if body:
        environ.setdefault("CONTENT_LENGTH", str(len(body)))
    made = call.read(environ)
    if body:
        made = made.with_body_read(1024)
        made.check_json()
    return made


def reason(uri: str, method: str = "GET", body: bytes = b"", **headers: str) -> str:
    """Why a request is refused."""
    with pytest.raises(StudioError) as refusal:
        asked(uri, method, body, **headers).json()
    return refusal.value.reason


@given(st.lists(st.sampled_from(PIECES + MORE)).map(lambda pieces: "/" + "".join(pieces)))
def test_whatever_is_accepted_is_forwarded_in_exactly_one_spelling(uri: str) -> None:
    try:
        made = asked(uri)
    except BadRequest:
        return
    target = f"{made.path}?{made.query_string}".rstrip("?")
    again = asked(target)
    assert (again.segments, again.query) == (made.segments, made.query), "judged as forwarded"
    assert (again.path, again.query_string) == (made.path, made.query_string), "one spelling"
    assert _encode_target(target) == target, "the connection to MLflow rewrites nothing"
    once = unquote(made.path)
    assert unquote(once) == once, "a second decoding finds nothing"
    assert not {".", ".."} & set(once.split("/"))
    assert "\\" not in once
    assert dict(parse_qsl(made.query_string, keep_blank_values=True)) == dict(made.query)


@given(
    st.text(alphabet="runsget", min_size=1).flatmap(
        lambda word: st.tuples(
            st.just(word), st.lists(st.booleans(), min_size=len(word), max_size=len(word))
        )
    )
)
def test_encoded_letters_and_plain_ones_are_forwarded_alike(
    spelled: tuple[str, list[bool]],
) -> None:
    word, encoded = spelled
    odd = "".join(f"%{ord(c):02x}" if e else c for c, e in zip(word, encoded, strict=True))
    assert asked(f"/api/{odd}").path == f"/api/{word}"


@pytest.mark.parametrize(
    "path",
    [
        "/api/2.0/mlflow/./runs/get",
        "/api/2.0/mlflow/experiments/../runs/get",
        "/api/2.0/mlflow/%2e%2e/runs/get",
        "/api/2.0/mlflow/%2E/runs/get",
        "/api/2.0/mlflow/runs%2Fget",
        "/api/2.0/mlflow/runs%2fget",
        "/api/2.0/mlflow/runs%252Fget",
        "/api/2.0/mlflow/%2572uns/get",
        "/api/2.0/mlflow/runs\\get",
        "/api/2.0/mlflow/runs%5Cget",
        "/api/2.0/mlflow/runs%00/get",
        "/api/2.0/mlflow/runs%0a/get",
        "/api/2.0/mlflow/runs%7f/get",
        "/api/2.0/mlflow/runs%ff/get",
        "/api/2.0/mlflow/runs\x7f/get",
        "/api/2.0/mlflow/runs/get#fragment",
        "http://elsewhere.example.org/api/2.0/mlflow/runs/get",
        "*",
        "/projects",
        "/projects/%2e%2e/api/2.0/mlflow/runs/get",
    ],
)
def test_an_ambiguous_path_is_refused(path: str) -> None:
    with pytest.raises(BadRequest) as refusal:
        TABLE.match(asked(path))
    assert refusal.value.reason == "path"


def test_a_whole_address_is_the_call_of_its_path() -> None:
    whole = asked("http://Studio.example.org:8443/projects/fraud/api/2.0/mlflow/runs/get?run_id=a")
    assert (whole.slug_in_path, whole.path) == ("fraud", "/api/2.0/mlflow/runs/get")
    assert whole.query == (("run_id", "a"),)
    assert asked("https://studio.example.org:8443?a=b").segments == ()


@pytest.mark.parametrize(
    "address",
    [
        "http://elsewhere.example.org/api/2.0/mlflow/runs/get",
        "http://studio.example.org/api/2.0/mlflow/runs/get",
        "http://alice@studio.example.org:8443/api/2.0/mlflow/runs/get",
        "ftp://studio.example.org:8443/api/2.0/mlflow/runs/get",
        "//studio.example.org:8443@elsewhere/api/2.0/mlflow/runs/get",
        "http:/api/2.0/mlflow/runs/get",
    ],
)
def test_a_whole_address_of_another_host_than_the_header_is_refused(address: str) -> None:
    with pytest.raises(StudioError) as refusal:
        TABLE.match(asked(address))
    assert refusal.value.reason in ("path", "unknown_route")


@given(st.lists(st.sampled_from("ab c'(),:@/?;&=+%é{}"), max_size=60).map("".join))
def test_a_query_does_not_leave_longer_than_a_client_would_send_it(text: str) -> None:
    sent = urlencode({"filter": text})
    made = asked(f"/api/2.0/mlflow/model-versions/search?{sent}")
    assert len(made.query_string) <= len(sent)
    assert parse_qsl(made.query_string, keep_blank_values=True) == [("filter", text)]


@pytest.mark.parametrize(
    "path", ["//api/2.0/mlflow/runs/get", "/api/2.0/mlflow//runs/get", "/api/2.0/mlflow/runs/get/"]
)
def test_a_doubled_or_trailing_slash_names_nothing(path: str) -> None:
    with pytest.raises(NoEndpoint):
        TABLE.match(asked(path))


def test_the_ajax_twin_is_the_same_call() -> None:
    assert (
        asked("/ajax-api/2.0/mlflow/runs/get").segments
        == asked("/api/2.0/mlflow/runs/get").segments
    )


def test_the_prefix_names_the_project_and_is_not_forwarded() -> None:
    made = asked("/projects/fraud/api/2.0/mlflow/runs/get")
    assert (made.slug_in_path, made.path) == ("fraud", "/api/2.0/mlflow/runs/get")


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "CONNECT", "get", "PROPFIND"])
def test_a_method_that_mlflow_does_not_use_is_refused(method: str) -> None:
    assert reason("/api/2.0/mlflow/runs/get", method) == "method"


@pytest.mark.parametrize("method", READING)
@pytest.mark.parametrize("sign", [{"CONTENT_LENGTH": "2"}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_reading_with_a_body_is_refused(method: str, sign: dict[str, str]) -> None:
    assert reason("/api/2.0/mlflow/runs/get", method, b"", **sign) == "get_body"


@pytest.mark.parametrize(
    ("query", "why"),
    [
        ("experiment_id=1&experimentId=2", "field_twice"),
        ("run_id=a&runId=b", "field_twice"),
        ("path=a&Path=b", "field_twice"),
        ("path=%ff", "query"),
        ("path=é", "query"),
        ("a=1&" * 2001, "query"),
    ],
)
def test_an_ambiguous_query_is_refused(query: str, why: str) -> None:
    assert reason(f"/api/2.0/mlflow/artifacts/list?{query}") == why


def test_a_repeated_field_of_the_query_is_a_list() -> None:
    made = asked("/api/2.0/mlflow/metrics/get-history-bulk?run_id=a&run_id=b")
    assert made.query_string == "run_id=a&run_id=b"


def test_half_encoded_queries_are_forwarded_as_they_were_judged() -> None:
    made = asked("/get-artifact?path=%zz&run_id=%41")
    assert made.query == (("path", "%zz"), ("run_id", "A"))
    assert made.query_string == "path=%25zz&run_id=A"


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b'{"run_id": "a", "run_id": "b"}', "field_twice"),
        (b'{"run_id": "a", "runId": "b"}', "field_twice"),
        (b'{"metrics": [{"key": "a", "key": "b"}]}', "field_twice"),
        (b'{"run_id": "a", "\\u0072un_id": "b"}', "field_twice"),
        ('{"run_id": "a"}'.encode("utf-16"), "broken_json"),
        ('{"run_id": "a"}'.encode("utf-16-le"), "broken_json"),
        ('{"run_id": "a"}'.encode("utf-32-be"), "broken_json"),
        (b'\xef\xbb\xbf{"run_id": "a"}', "broken_json"),
        (json.dumps('{"run_id": "a"}').encode(), "broken_json"),
        (b'[{"run_id": "a"}]', "broken_json"),
        (b'{"run_id": "a\0"}', "broken_json"),
        (b'{"run_id": "a\xff"}', "broken_json"),
        (b'{"run_id": "a"} {"run_id": "b"}', "broken_json"),
        (b'{"run_id": ', "broken_json"),
        (b'{"a":' * 100_000, "too_large"),
        (b"run_id=a", "broken_json"),
    ],
)
def test_an_ambiguous_body_is_refused(body: bytes, why: str) -> None:
    assert reason("/api/2.0/mlflow/runs/update", "POST", body) == why


def test_a_body_nested_beyond_measure_is_refused_not_a_crash() -> None:
    nested = b'{"a":' * 100_000 + b"1" + b"}" * 100_000
    made = replace(asked("/api/2.0/mlflow/runs/update", "POST"), body=nested)
    with pytest.raises(BadRequest):
        made.check_json()


def test_a_call_never_changes_and_a_new_one_has_the_new_document() -> None:
    made = asked("/x", "POST", b'{"a": 1}')
    with pytest.raises(FrozenInstanceError):
        made.body = b"{}"  # type: ignore[misc]
    assert made.json() == {"a": 1}
    other = made.with_json({"b": 2})
    assert (other.json(), other.body) == ({"b": 2}, b'{"b": 2}')
    assert (made.json(), made.body) == ({"a": 1}, b'{"a": 1}')


@pytest.mark.parametrize("body", [b'{"a": "model"}', b'{"\\u006dodel": 1}'])
def test_a_word_is_found_plain_and_by_escapes(body: bytes) -> None:
    assert asked("/x", "POST", body).mentions(b"model")


def test_a_word_that_is_not_there_is_not_found() -> None:
    assert not asked("/x", "POST", b'{"a": "metric"}').mentions(b"model")


def test_a_body_over_the_limit_is_refused_by_its_announced_length() -> None:
    environ = {"REQUEST_METHOD": "POST", "RAW_URI": "/x", "CONTENT_LENGTH": "11"}
    with pytest.raises(TooLarge):
        call.read(environ).stream(10)


@pytest.mark.parametrize(
    ("lines", "body"),
    [
        (("Content-Length: 50",), b'{"run_id": "a"}'),
        (("Transfer-Encoding: chunked",), b'f\r\n{"run_id": "a"}\r\n'),
        (("Transfer-Encoding: chunked",), b'ff\r\n{"run_id": "a"}'),
        (("Transfer-Encoding: chunked",), b"xyz\r\n{}\r\n0\r\n\r\n"),
    ],
)
@pytest.mark.parametrize("target", [f"POST {API}/runs/update", "PUT"])
def test_a_body_that_breaks_off_is_refused_and_never_taken_for_whole(
    proxy: NarrowProxy, target: str, lines: tuple[str, ...], body: bytes
) -> None:
    method, _, path = target.partition(" ")
    path = path or f"{API}-artifacts/artifacts/1/r/artifacts/file"
    reply = proxy.speak(method, path, *lines, body=body)
    assert (reply.status, reply.json["reason"]) == (400, "incomplete_body")
    # The proxy itself may have asked which run the file is for.
    assert [one for one in proxy.upstream.seen if one.method == method] == []


MIB = 1024 * 1024
CHUNKED = ("Transfer-Encoding: chunked",)


@pytest.mark.parametrize("path", [f"POST {API}/runs/log-batch", "POST /projects/fraud/v1/traces"])
@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_over_the_limit_is_413(proxy: NarrowProxy, path: str, chunked: bool) -> None:
    method, _, target = path.partition(" ")
    content = b'{"metrics": "' + b"x" * (2 * MIB) + b'"}'
    lines, body = ((f"Content-Length: {len(content)}",), content)
    if chunked:
        lines, body = CHUNKED, b"%x\r\n" % len(content) + content + b"\r\n0\r\n\r\n"
    reply = proxy.speak(method, target, *lines, body=body)
    assert (reply.status, reply.json["error_code"]) == (413, "REQUEST_TOO_LARGE")
    assert proxy.upstream.seen == []


@pytest.mark.parametrize("chunked", [False, True])
def test_an_artifact_has_its_own_limit(proxy: NarrowProxy, chunked: bool) -> None:
    path = f"{API}-artifacts/artifacts/1/r/artifacts/file"
    for size, status in ((2 * MIB, 200), (2 * MIB + 1, 413)):
        lines, body = ((f"Content-Length: {size}",), b"x" * size)
        if chunked:
            lines, body = CHUNKED, b"%x\r\n" % size + body + b"\r\n0\r\n\r\n"
        assert proxy.speak("PUT", path, *lines, body=body).status == status
    assert [len(seen.body) for seen in proxy.upstream.seen] == [2 * MIB]


@pytest.mark.parametrize(
    "target",
    [
        f"{API}/runs/get?run_id=a#b",
        f"{API}/runs%2Fget?run_id=a",
        f"{API}/%2572uns/get?run_id=a",
        f"{API}/../mlflow/runs/get?run_id=a",
        f"/{API}/runs/get?run_id=a",
        f"{API}//runs/get?run_id=a",
        f"{API}/runs\\get?run_id=a",
    ],
)
def test_no_odd_spelling_passes_the_real_door(proxy: NarrowProxy, target: str) -> None:
    assert proxy.speak("GET", target).status in (400, 404)
    assert proxy.upstream.seen == []


def test_what_passes_the_real_door_arrives_in_the_one_spelling(proxy: NarrowProxy) -> None:
    assert proxy.speak("GET", f"{API}/%72uns/get?run%5Fid=%61%20b%2Bc").status == 200
    assert proxy.upstream.last().target == "/api/2.0/mlflow/runs/get?run_id=a+b%2Bc"
