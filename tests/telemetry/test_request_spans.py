"""Hops without OpenTelemetry: the same ids go on, and the waits are counted."""

from __future__ import annotations

import subprocess
import sys
import uuid

import pytest

import mlflow_server.environment
import studio_app.settings
import uac_api.settings
from processes import COOKIE_KEY, ROOT
from telemetry import request_spans, spans

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_a_wait_goes_on_in_the_trace_and_is_counted() -> None:
    hop = request_spans.begin(f"00-{TRACE}-{SPAN}-01", "mine")
    with request_spans.call("MLflow") as traceparent:
        pass
    with pytest.raises(OSError, match="gone"), request_spans.call("MLflow"):
        raise OSError("gone")
    request_spans.end(hop, "runs.get", {}, failed=False)
    assert traceparent.startswith(f"00-{TRACE}-")
    assert traceparent.split("-")[2] != SPAN
    assert hop.calls == 2
    assert hop.waited > 0
    assert request_spans.current() is None


def test_outside_a_request_a_wait_is_a_trace_of_its_own() -> None:
    with request_spans.call("MLflow") as first, request_spans.call("MLflow") as second:
        assert first.split("-")[1] != second.split("-")[1]


@pytest.mark.parametrize("service", ["uac_api", "studio_app.app.server", "mlflow_server.gate"])
def test_without_a_collector_nothing_of_opentelemetry_is_loaded(service: str) -> None:
    code = (
        f"import sys, {service}; print([n for n in sys.modules if n.startswith('opentelemetry')])"
    )
    clean = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "STUDIO_COOKIE_KEY": COOKIE_KEY}
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"


def test_an_empty_address_is_no_collector() -> None:
    assert not spans.wanted({"OTEL_EXPORTER_OTLP_ENDPOINT": " "})
    assert spans.wanted({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://collector:4318/v1/traces"})


@pytest.mark.parametrize("general", [None, "", "http://collector:4318"])
@pytest.mark.parametrize("traces", [None, "", "http://collector:4318/v1/traces"])
def test_every_service_sends_spans_by_the_same_settings_alone_or_together(
    monkeypatch: pytest.MonkeyPatch, general: str | None, traces: str | None
) -> None:
    given = {spans.ENDPOINT: general, spans.TRACES_ENDPOINT: traces}
    environment = {name: value for name, value in given.items() if value is not None}
    for name in given:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    expected = bool(general or traces)
    assert spans.wanted(environment) is expected
    studio = {**environment, "STUDIO_COOKIE_KEY": COOKIE_KEY}
    assert studio_app.settings.read(studio).traces is expected
    assert spans.wanted(mlflow_server.environment.with_defaults(environment)) is expected
    monkeypatch.setenv("STUDIO_DATABASE_URL", "sqlite://")
    for name in ("STUDIO_SECRET_KEY", "STUDIO_UPSTREAM_SECRET"):
        monkeypatch.setenv(name, uuid.uuid4().hex)
    assert uac_api.settings.load().traces is expected
