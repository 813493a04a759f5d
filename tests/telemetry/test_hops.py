"""Hops without OpenTelemetry: the same ids go on, and the waits are counted."""

from __future__ import annotations

import subprocess
import sys

import pytest

from processes import ROOT
from telemetry import hops, spans

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_a_wait_goes_on_in_the_trace_and_is_counted() -> None:
    hop = hops.begin(f"00-{TRACE}-{SPAN}-01", "mine")
    with hops.call("MLflow") as traceparent:
        pass
    with pytest.raises(OSError, match="gone"), hops.call("MLflow"):
        raise OSError("gone")
    hops.end(hop, "runs.get", {}, failed=False)
    assert traceparent.startswith(f"00-{TRACE}-")
    assert traceparent.split("-")[2] != SPAN
    assert hop.calls == 2
    assert hop.waited > 0
    assert hops.current() is None


def test_outside_a_request_a_wait_is_a_trace_of_its_own() -> None:
    with hops.call("MLflow") as first, hops.call("MLflow") as second:
        assert first.split("-")[1] != second.split("-")[1]


@pytest.mark.parametrize("service", ["uac_api", "studio_app.server", "mlflow_server.gate"])
def test_without_a_collector_nothing_of_opentelemetry_is_loaded(service: str) -> None:
    code = (
        f"import sys, {service}; print([n for n in sys.modules if n.startswith('opentelemetry')])"
    )
    clean = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)}
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
