"""What the four services tell who watches them: lines of one vocabulary, traces, no secret."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator

import pytest
import urllib3
from playwright.sync_api import Browser, expect

from mlflow_server.health import problem
from people import PASSWORD, Person, session_of
from system.conftest import PATIENT
from system.watched import Line, Watched, watched

SECRET = f"upstream-{secrets.token_urlsafe(32)}"
SERVICES = ("nginx", "studio_app", "uac_api", "mlflow_server")
# What every line of a service has, and what every line about a request has.
EVERY = {"at", "level", "service", "event"}
REQUEST = EVERY | {"request_id", "trace_id", "method", "path", "status", "ms"}
WRONG = "a wrong password, kept nowhere"
SLUG = "fraud"
# Kinds of spans, from opentelemetry/proto/trace/v1/trace.proto.
SERVER, CLIENT = 2, 3


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Watched]:
    with watched(tmp_path_factory.mktemp("watched"), SECRET) as running:
        alice = session_of(running.database, "alice", running.front.url)
        asked = {"slug": SLUG, "name": "Fraud"}
        assert ask(running, alice, "POST", "/studio/v1/projects", asked).status == 201
        yield running


def ask(
    here: Watched, who: Person | None, method: str, path: str, body: object = None, **headers: str
) -> urllib3.BaseHTTPResponse:
    """One request through nginx."""
    signed = {"Authorization": who.credential} if who else {}
    sent = {"json": body} if body is not None else {}
    return here.front.ask(method, path, headers={**signed, **headers}, **sent)


def person(here: Watched, username: str) -> Person:
    return session_of(here.database, username, here.front.url)


def test_one_call_stands_in_three_logs_under_one_id(here: Watched) -> None:
    path = f"/projects/{SLUG}/api/2.0/mlflow/experiments/search?max_results=5"
    own = {"X-Request-ID": "one-call", "traceparent": f"00-{'ab' * 16}-{'12' * 8}-01"}
    assert ask(here, person(here, "alice"), "GET", path, **own).status == 200
    same = {"request_id": "one-call", "trace_id": "ab" * 16, "status": 200, "method": "GET"}
    in_nginx = here.line("nginx", **same)
    in_api = here.line("uac_api", **same)
    in_mlflow = here.line("mlflow_server", **same)
    told = {"person": "alice", "project": SLUG, "decision": "allowed"}
    assert told.items() <= in_api.items()
    assert in_api["row"] == "GET /api/2.0/mlflow/experiments/search"
    assert in_api["path"] == f"/projects/{SLUG}/api/2.0/mlflow/experiments/search"
    assert in_mlflow["path"] == "/api/2.0/mlflow/experiments/search"
    assert (in_mlflow["project"], in_mlflow["decision"]) == (SLUG, "allowed")
    # Each waits for the next: nginx for the API, the API for MLflow.
    assert 0 < in_api["upstream_ms"] <= in_api["ms"]
    # nginx rounds the two by themselves.
    assert 0 < in_nginx["upstream_ms"] <= in_nginx["ms"] + 1
    assert in_mlflow["ms"] > 0
    assert in_nginx["upstream_status"] == 200


def test_a_refused_call_tells_its_row_and_why_and_never_reaches_mlflow(here: Watched) -> None:
    mallory, own = person(here, "mallory"), {"X-Request-ID": "refused-call"}
    path = f"/projects/{SLUG}/api/2.0/mlflow/runs/create"
    assert ask(here, mallory, "POST", path, {"experiment_id": "1"}, **own).status == 404
    line = here.line("uac_api", request_id="refused-call")
    row = "POST /api/2.0/mlflow/runs/create"
    told = {"person": "mallory", "row": row, "decision": "denied"}
    assert told.items() <= line.items()
    assert (line["reason"], line["status"]) == ("no_such_project", 404)
    assert line["upstream_ms"] is None
    assert "refused-call" not in here.text("mlflow_server")


def test_whom_the_gate_refuses_stands_in_mlflows_log_without_what_they_sent(here: Watched) -> None:
    forged = {"X-MLStudio-Upstream": "guess", "X-MLFLOW-WORKSPACE": "chosen-by-a-stranger"}
    path = "/api/2.0/mlflow/runs/get?run_id=0123"
    answer = urllib3.request(
        "GET", here.mlflow.url + path, headers=forged | {"X-Request-ID": "stranger"}
    )
    assert answer.status == 401
    line = here.line("mlflow_server", request_id="stranger")
    assert (line["decision"], line["project"], line["status"]) == ("denied", "", 401)
    assert "chosen-by-a-stranger" not in here.text("mlflow_server")


def open_page(here: Watched, browser: Browser, name: str) -> Line:
    """Alice signs in on a page of Studio: the line of its run."""
    context = browser.new_context(ignore_https_errors=True)
    page = context.new_page()
    page.goto(f"{here.front.url}/{name}")
    page.get_by_label("Username").fill("alice", timeout=PATIENT)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_test_id("stSidebar")).to_be_visible(timeout=PATIENT)
    expect(page.get_by_test_id("stMain").get_by_text("Fraud").first).to_be_visible(timeout=PATIENT)
    context.close()
    mine = {"event": "page", "row": f"pages.{name}", "person": "alice"}
    # It is written when the run has ended, which is after the page has been drawn.
    until = time.monotonic() + 15
    while True:
        for line in here.lines("studio_app"):
            if mine.items() <= line.items() and line["calls"] > 1:
                return line
        assert time.monotonic() < until, here.text("studio_app")[-2000:]
        time.sleep(0.1)


def test_a_page_and_its_calls_share_one_trace(here: Watched, browser: Browser) -> None:
    signed = open_page(here, browser, "projects")
    assert (signed["row"], signed["status"]) == ("pages.projects", 200)
    assert 0 < signed["upstream_ms"] <= signed["ms"]
    calls = [one for one in here.lines("uac_api") if one.get("trace_id") == signed["trace_id"]]
    assert {"me.read", "projects.list"} <= {call["row"] for call in calls}
    assert {call["person"] for call in calls} == {"alice"}


@pytest.mark.parametrize("service", SERVICES)
def test_every_line_is_json_in_the_same_words(here: Watched, service: str) -> None:
    found = here.lines(service)
    assert found
    assert [line for line in found if not line.keys() >= EVERY] == []
    requests = [line for line in found if line["event"] == "request"]
    assert [line for line in requests if not line.keys() >= REQUEST] == []
    assert {line["service"] for line in found} == {service}


@pytest.mark.parametrize("service", SERVICES)
def test_health_checks_leave_no_line(here: Watched, service: str) -> None:
    last = {"X-Request-ID": f"after-{service}"}
    before = len(here.lines("mlflow_server"))
    # The check of MLflow's container asks as a stranger and as we do, as does the API for /readyz.
    assert problem(here.mlflow.url, SECRET) == ""
    urllib3.request("GET", f"{here.studio.url}/_stcore/health")
    urllib3.request("GET", f"{here.mlflow.url}/health")
    for path in ("/healthz", "/readyz"):
        assert ask(here, None, "GET", path).status == 200
    path = f"/projects/{SLUG}/api/2.0/mlflow/experiments/search?max_results=1"
    assert ask(here, person(here, "alice"), "GET", path, **last).status == 200
    here.line("uac_api", request_id=f"after-{service}")
    here.line("mlflow_server", request_id=f"after-{service}")
    assert len(here.lines("mlflow_server")) == before + 1
    asked = {line.get("path") for line in here.lines(service)}
    assert asked.isdisjoint({"/healthz", "/readyz", "/health", "/_stcore/health", "/version"})
    assert "/api/3.0/mlflow/server-info" not in asked


def test_no_log_holds_a_password_a_token_or_the_secret_of_mlflow(here: Watched) -> None:
    alice = person(here, "alice")
    sign_in = {"username": "alice", "password": PASSWORD}
    opened = ask(here, None, "POST", "/studio/v1/sessions", sign_in).json()
    ask(here, None, "POST", "/studio/v1/sessions", {**sign_in, "password": WRONG})
    made = ask(here, alice, "POST", "/studio/v1/tokens", {"name": "laptop"}).json()
    program = Person("alice", here.front.url, f"Bearer {made['token']}")
    logged = f"/projects/{SLUG}/api/2.0/mlflow/experiments/create"
    assert ask(here, program, "POST", logged, {"name": "Logged by a token"}).status == 200
    # By mistake in an address, and on purpose past the API.
    ask(here, alice, "GET", f"/projects/{SLUG}/{made['token']}?token={made['token']}")
    ask(here, alice, "DELETE", f"/studio/v1/tokens/{made['token']}")
    ask(here, None, "GET", f"/auth/{opened['ticket']}?ticket={opened['ticket']}")
    urllib3.request("GET", f"{here.mlflow.url}/x/{made['token']}", headers={"Cookie": SECRET})
    last = ask(here, program, "GET", "/studio/v1/me", **{"X-Request-ID": "the-last"})
    assert last.status == 200
    here.line("uac_api", request_id="the-last")
    texts = [alice.credential, opened["token"], opened["ticket"], made["token"]]
    words = [PASSWORD, WRONG, SECRET, *(text.split("_", 2)[2] for text in texts)]
    files = [*here.logs.values(), here.front.folder / "nginx.log"]
    for file in files:
        text = file.read_text()
        assert [word for word in words if word in text] == [], file.name


def test_one_call_is_one_trace_over_the_api_and_mlflow(here: Watched) -> None:
    offered, client = "cd" * 16, "34" * 8
    path = f"/projects/{SLUG}/api/2.0/mlflow/experiments/search?max_results=7"
    traced = {"traceparent": f"00-{offered}-{client}-01"}
    assert ask(here, person(here, "alice"), "GET", path, **traced).status == 200
    spans = {
        (one.service, one.kind): one
        for one in here.collector.trace(offered, least=3, outside=client)
    }
    api, wait, gate = (
        spans[where]
        for where in (("uac_api", SERVER), ("uac_api", CLIENT), ("mlflow_server", SERVER))
    )
    assert (api.parent, wait.parent, gate.parent) == (client, api.span_id, wait.span_id)
    assert api.name == "GET /api/2.0/mlflow/experiments/search"
    told = {"studio.project": SLUG, "studio.decision": "allowed", "studio.status": 200}
    assert told.items() <= api.attributes.items()
    assert gate.attributes["studio.project"] == SLUG
    assert here.collector.paths == {"/v1/traces"}


def test_a_page_is_one_trace_over_three_services(here: Watched, browser: Browser) -> None:
    run = open_page(here, browser, "experiments")
    spans = here.collector.trace(run["trace_id"], least=3 + 2 * run["calls"])
    services = {one.service for one in spans}
    assert services == {"studio_app", "uac_api", "mlflow_server"}
    (page,) = (one for one in spans if not one.parent)
    assert (page.service, page.name) == ("studio_app", "pages.experiments")
    calls = [one for one in spans if one.service == "studio_app" and one.kind == CLIENT]
    assert {one.parent for one in calls} == {page.span_id}
    known = {one.span_id for one in spans}
    assert [one.name for one in spans if one.parent and one.parent not in known] == []


def test_the_span_of_a_refusal_does_not_name_the_project(here: Watched) -> None:
    offered = "ef" * 16
    path = f"/projects/{SLUG}/api/2.0/mlflow/experiments/search"
    client = "56" * 8
    traced = {"traceparent": f"00-{offered}-{client}-01"}
    assert ask(here, person(here, "mallory"), "GET", path, **traced).status == 404
    (span,) = here.collector.trace(offered, least=1, outside=client)
    assert span.attributes["studio.decision"] == "denied"
    assert span.attributes["studio.reason"] == "no_such_project"
    assert SLUG not in repr(span)


def test_health_checks_are_no_spans(here: Watched) -> None:
    names = {span.name for span in here.collector.spans}
    assert names
    assert [name for name in names if "health" in name or "readyz" in name] == []


def test_no_span_holds_a_secret_either(here: Watched) -> None:
    said = repr(here.collector.spans)
    assert here.collector.spans
    assert SECRET not in said
    assert PASSWORD not in said
    assert "mls_" not in said
