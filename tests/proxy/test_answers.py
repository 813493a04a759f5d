"""Headers that go to MLflow and come back, and the shape of what leaves."""

from __future__ import annotations

import json

import pytest

from content import FILE, TEXT, Content, artifact
from people import Person
from processes import SECRET
from recording import API, SLUG, NarrowProxy, Said

RUN = f"{API}/runs/get?run_id=a"


def test_nothing_of_the_client_that_grants_trust_reaches_mlflow(proxy: NarrowProxy) -> None:
    forged = {
        "X-MLFLOW-WORKSPACE": SLUG,
        "Cookie": "session=stolen",
        "Proxy-Authorization": "Basic eDp5",
        "Forwarded": "for=127.0.0.1",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Host": "elsewhere",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Prefix": "/elsewhere",
        "X-Real-IP": "127.0.0.1",
        "X-Remote-User": "admin",
        "X-MLStudio-Upstream": "guessed",
        "X-MLStudio-Client": "6.6.6.6",
        "X-MLStudio-Reads": "forged",
        "X-HTTP-Method-Override": "DELETE",
        "Origin": "https://elsewhere",
        "Upgrade": "websocket",
    }
    assert proxy.alice.ask("GET", RUN, headers=forged).status == 200
    headers = proxy.upstream.last().headers
    ours = {"Host", "Accept-Encoding", "X-Request-ID", "User-Agent", "traceparent"}
    assert set(headers.keys()) - ours == {
        "X-MLStudio-Upstream",
        "X-MLStudio-Client",
        "X-MLStudio-Reads",
        "X-MLFLOW-WORKSPACE",
    }
    assert headers.get_all("X-MLStudio-Upstream") == [SECRET]
    # The address as we know it, for MLflow's log.
    assert headers.get_all("X-MLStudio-Client") == ["127.0.0.1"]
    # A read, which the database may end.
    assert headers.get_all("X-MLStudio-Reads") == ["1"]
    assert headers.get_all("X-MLFLOW-WORKSPACE") == [SLUG]
    assert headers["Host"] == proxy.upstream.url.removeprefix("http://")


def test_an_underscore_in_a_header_names_no_project_and_no_author(proxy: NarrowProxy) -> None:
    reply = proxy.speak("GET", RUN, "X_MLFLOW_WORKSPACE: vault", "X_MLStudio_Upstream: guessed")
    assert reply.status == 200
    assert proxy.upstream.last().headers.get_all("X-MLFLOW-WORKSPACE") == [SLUG]


def test_two_workspace_headers_name_no_project(proxy: NarrowProxy) -> None:
    lines = (f"X-MLFLOW-WORKSPACE: {SLUG}", "X-MLFLOW-WORKSPACE: vault")
    assert proxy.speak("GET", "/api/2.0/mlflow/runs/get", *lines).status in (400, 404)
    assert proxy.upstream.seen == []


def test_the_headers_that_matter_reach_mlflow(proxy: NarrowProxy) -> None:
    sent = {
        "Accept": "application/json",
        "Content-Type": "application/x-protobuf",
        "User-Agent": "mlflow-python-client/3.17.2",
        "X-Mlflow-Experiment-Id": "7",
        "X-Request-ID": "one-of-mine",
    }
    proxy.alice.ask("POST", f"/projects/{SLUG}/v1/traces", raw=b"spans", headers=sent)
    seen = proxy.upstream.last()
    assert {name: seen.headers[name] for name in sent} == sent
    assert seen.body == b"spans"


def test_the_headers_that_matter_come_back_and_no_others(proxy: NarrowProxy) -> None:
    good = {"Content-Type": "text/csv", "Content-Disposition": "attachment; filename=a.csv"}
    good |= {"ETag": '"1"', "Content-Range": "bytes 0-1/9", "Accept-Ranges": "bytes"}
    bad = {"Set-Cookie": "a=b", "Location": "http://elsewhere", "X-MLStudio-Upstream": SECRET}
    bad |= {"Access-Control-Allow-Origin": "*", "Authentication-Info": "x"}
    proxy.upstream.said = Said(206, {**good, **bad}, b"ab")
    reply = proxy.alice.ask("GET", RUN)
    assert (reply.status, reply.body) == (206, b"ab")
    assert {name: reply.headers[name.lower()] for name in good} == good
    assert not {name.lower() for name in bad} & set(reply.headers)


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (404, "RESOURCE_DOES_NOT_EXIST"),
        (405, "ENDPOINT_NOT_FOUND"),
        (400, "BAD_REQUEST"),
        (500, "INTERNAL_ERROR"),
    ],
)
def test_an_html_error_page_becomes_json(proxy: NarrowProxy, status: int, code: str) -> None:
    page = b"<!doctype html><title>Oh</title>" + b" " * 2_000_000
    proxy.upstream.said = Said(status, {"Content-Type": "text/html; charset=utf-8"}, page)
    reply = proxy.alice.ask("GET", RUN)
    assert (reply.status, reply.json["error_code"]) == (status, code)
    assert reply.json["reason"] == "mlflow_error"
    assert reply.json["request_id"] == reply.headers["x-request-id"]


@pytest.mark.parametrize(
    ("status", "said", "added"),
    [
        (
            400,
            {"error_code": "RESOURCE_ALREADY_EXISTS", "message": "It is there.", "sqlstate": "K"},
            {},
        ),
        (404, {"detail": "Not Found"}, {"error_code": "RESOURCE_DOES_NOT_EXIST"}),
        (500, {"error_code": "INTERNAL_ERROR", "message": "é", "reason": "theirs"}, {}),
        (422, {"detail": [{"loc": ["body"]}]}, {"error_code": "BAD_REQUEST"}),
    ],
)
def test_a_json_error_of_mlflow_comes_back_with_reason_and_request_id(
    proxy: NarrowProxy, status: int, said: dict[str, object], added: dict[str, object]
) -> None:
    content = json.dumps(said).encode()
    proxy.upstream.said = Said(status, {"Content-Type": "application/json; charset=utf-8"}, content)
    reply = proxy.alice.ask("GET", RUN)
    ours = {"reason": "mlflow_error", "request_id": reply.headers["x-request-id"], **added}
    if "detail" in said:
        ours["message"] = str(said["detail"])
    assert (reply.status, reply.json) == (status, {**ours, **said})
    assert reply.headers["content-length"] == str(len(reply.body))


@pytest.mark.parametrize("content", [b"[1]", b"broken {", b"", b"\x1f\x8b\x08 packed"])
def test_an_error_that_is_no_json_object_comes_back_as_it_is(
    proxy: NarrowProxy, content: bytes
) -> None:
    proxy.upstream.said = Said(400, {"Content-Type": "application/json"}, content)
    reply = proxy.alice.ask("GET", RUN)
    assert (reply.status, reply.body) == (400, content)


def test_the_length_of_an_error_that_head_asks_for_is_kept(proxy: NarrowProxy) -> None:
    proxy.upstream.said = Said(404, {"Content-Type": "application/json"}, b'{"error_code": "X"}')
    reply = proxy.alice.ask("HEAD", RUN)
    assert (reply.status, reply.headers["content-length"], reply.body) == (404, "19", b"")


def test_a_good_answer_is_never_touched(proxy: NarrowProxy) -> None:
    content = b'{"error_code": "no error, a name"}'
    proxy.upstream.said = Said(200, {"Content-Type": "application/json"}, content)
    assert proxy.alice.ask("GET", RUN).body == content


@pytest.mark.parametrize("character", ["\r", "\n", "\0"])
@pytest.mark.parametrize("name", ["User-Agent", "Content-Type", "X-Mlflow-Run-Id", "X-Anything"])
def test_a_line_break_in_a_header_never_reaches_mlflow(
    proxy: NarrowProxy, name: str, character: str
) -> None:
    line = f"{name}: a{character}X-MLFLOW-WORKSPACE: vault"
    assert proxy.speak("GET", RUN, line).status == 400
    assert proxy.upstream.seen == []


def test_an_html_artifact_is_no_error_and_comes_back_as_it_is(proxy: NarrowProxy) -> None:
    proxy.upstream.said = Said(200, {"Content-Type": "text/html"}, b"<h1>Report</h1>")
    assert proxy.alice.ask("GET", RUN).body == b"<h1>Report</h1>"


def test_a_refusal_has_mlflows_shape_and_is_not_kept_by_caches(proxy: NarrowProxy) -> None:
    reply = proxy.speak("GET", f"/projects/{SLUG}/graphql", "X-Request-ID: mine-1")
    assert set(reply.json) == {"error_code", "message", "reason", "request_id"}
    assert reply.json["request_id"] == reply.headers["x-request-id"] == "mine-1"
    assert reply.headers["cache-control"] == "no-store"


def test_a_401_says_how_to_sign_in(proxy: NarrowProxy) -> None:
    reply = Person("x", proxy.uac.url, "Bearer wrong").ask("GET", RUN)
    assert (reply.status, reply.json["error_code"]) == (401, "UNAUTHENTICATED")
    assert reply.headers["www-authenticate"] == 'Bearer realm="ML Studio"'
    assert proxy.upstream.seen == []


@pytest.mark.parametrize("address", ["artifacts", "get-artifact"])
def test_a_part_of_a_file_can_be_asked_for(alice: Person, filled: Content, address: str) -> None:
    path = artifact(filled.slug, f"{filled.artifacts}/{FILE}")
    if address == "get-artifact":
        path = f"/projects/{filled.slug}/get-artifact?run_id={filled.run}&path={FILE}"
    reply = alice.ask("GET", path, headers={"Range": "bytes=5-9"})
    assert (reply.status, reply.body) == (206, TEXT[5:10])
    assert reply.headers["content-range"] == f"bytes 5-9/{len(TEXT)}"


def test_a_download_keeps_its_type_and_is_offered_as_a_file(alice: Person, filled: Content) -> None:
    reply = alice.ask("GET", artifact(filled.slug, f"{filled.artifacts}/{FILE}"))
    assert reply.body == TEXT
    assert reply.headers["content-type"].startswith("text/plain")
    assert reply.headers["content-disposition"] == "attachment; filename=plan.txt"
    assert reply.headers["x-content-type-options"] == "nosniff"


def test_head_tells_the_size_and_sends_nothing(alice: Person, filled: Content) -> None:
    reply = alice.ask("HEAD", artifact(filled.slug, f"{filled.artifacts}/{FILE}"))
    assert (reply.status, reply.body) == (200, b"")
    assert reply.headers["content-length"] == str(len(TEXT))


def test_an_unchanged_file_is_not_sent_again(alice: Person, filled: Content) -> None:
    path = f"/projects/{filled.slug}/get-artifact?run_id={filled.run}&path={FILE}"
    etag = alice.ask("GET", path).headers["etag"]
    assert alice.ask("GET", path, headers={"If-None-Match": etag}).status == 304
