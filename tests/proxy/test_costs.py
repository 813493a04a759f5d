"""A thousand bodies and filters that hypothesis makes: what each costs the proxy and MLflow."""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from conftest import Stack
from content import Content
from processes import Program
from uac_api.proxy.request import bodies, spans
from uac_api.proxy.request.bodies import MOST_VALUES, MOST_VALUES_OF_LARGE
from uac_api.proxy.rules import RULES

CALLS = 1000
MOST_BYTES, MOST_SECONDS = 150 * 1024 * 1024, 10.0
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")

# Values that a parser may make much of, each repeated as often as is drawn.
ONES = (b"{}", b"[]", b"0", b'""', b'{"a":{}}', b"[[[]]]", b'"\\ud83e\\udd8a"', '"🦊"'.encode())
COUNTS = (1, 100, 10_000, MOST_VALUES + 1, MOST_VALUES_OF_LARGE + 1)
PATTERNS = (
    *("(a+)+$", "(a|aa)+$", "(.*a){30}b", "^(a?){40}a{40}$", "([a-z]+)*[0-9]", r"(a)\1", "(?=a)b"),
    *("a{1000}", "(a{900}){900}", "(", "%" * 400, "%a" * 200 + "b", "é+", "[" * 400, "x*" * 240),
)
NAMES = ("tags.x", "name", "trace.status", "metadata.x", "span.name", "span.attributes.x", "text")
JOINED = (" AND ", " and ", ";", ",", " OR ", " ")


@dataclass(frozen=True)
class Ask:
    """A call to a row: its address below the project, its kind and its body."""

    path: str
    # Hypothesis would spend its time on what a megabyte looks like.
    body: bytes = field(repr=False)
    kind: str = "application/json"


def processes(program: Program) -> list[Path]:
    """The folders in /proc of a program and all that it started."""
    assert program.process is not None
    found, waiting = [], [program.process.pid]
    while waiting:
        folder = Path("/proc") / str(waiting.pop())
        found.append(folder)
        for task in (folder / "task").iterdir():
            waiting += map(int, (task / "children").read_text().split())
    return found


class Meter:
    """What the processes of a program took from a moment on."""

    def __init__(self, program: Program) -> None:
        self._folders = processes(program)
        for folder in self._folders:
            # The peak counts from what is held now (proc(5), clear_refs).
            (folder / "clear_refs").write_text("5")
        self._before = [(self._held(folder), self._seconds(folder)) for folder in self._folders]

    def bytes(self) -> int:
        """By how much one of the processes grew at most."""
        return max(
            self._peak(folder) - held
            for folder, (held, _) in zip(self._folders, self._before, strict=True)
        )

    def seconds(self) -> float:
        """How much processor time one of them took at most: the machine may be slow."""
        return max(
            self._seconds(folder) - seconds
            for folder, (_, seconds) in zip(self._folders, self._before, strict=True)
        )

    def _held(self, folder: Path) -> int:
        return int((folder / "statm").read_text().split()[1]) * PAGE

    def _peak(self, folder: Path) -> int:
        lines = (folder / "status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM"))

    def _seconds(self, folder: Path) -> float:
        fields = (folder / "stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


@st.composite
def filters(draw: st.DrawFn) -> str:
    """Conditions one after the other, sound or not."""
    count = draw(st.sampled_from((1, 2, 10, 59, 61, 1000)))
    name, pattern = draw(st.sampled_from(NAMES)), draw(st.sampled_from(PATTERNS))
    comparator = draw(st.sampled_from(("RLIKE", "LIKE", "ILIKE", "=", "IN", "rlike")))
    one = f"{name} {comparator} '{pattern}'"
    return draw(st.sampled_from(JOINED)).join([one] * count)


@st.composite
def asks(draw: st.DrawFn, content: Content) -> Ask:
    """A call that may cost much."""
    ones = b",".join([draw(st.sampled_from(ONES))] * draw(st.sampled_from(COUNTS)))
    metric = {"run_id": content.run, "key": "m", "value": 1.0, "timestamp": 1}
    head = json.dumps(metric).encode()[:-1]
    place = {"mlflow_experiment": {"experiment_id": content.experiment}}
    locations = [{"type": "MLFLOW_EXPERIMENT", **place}]
    exported = b'{"resourceSpans":[{"scopeSpans":[{"spans":[' + ones + b"]}]}]}"
    searched: Any = {"locations": locations, "filter": draw(filters())}
    correlated = {
        "experiment_ids": [content.experiment],
        "filter_string1": draw(filters()),
        "filter_string2": draw(filters()),
    }
    datasets = {"experiment_ids": [content.experiment], "filter_string": draw(filters())}
    runs = {"experiment_ids": [content.experiment], "filter": draw(filters())}
    deep = b"[" * draw(st.sampled_from((50, 99, 101, 5000)))
    return draw(
        st.sampled_from(
            [
                Ask("api/2.0/mlflow/runs/log-metric", head + b',"x":[' + ones + b"]}"),
                Ask("api/2.0/mlflow/runs/log-metric", head + b',"x":' + deep),
                Ask("api/2.0/mlflow/runs/log-batch", head + b',"tags":[' + ones + b"]}"),
                Ask("api/3.0/mlflow/traces", b'{"trace":{"trace_info":{"x":[' + ones + b"]}}}"),
                Ask(
                    f"api/3.0/mlflow/datasets/{content.dataset}/records",
                    # No record is written: what is no object is refused before.
                    json.dumps({"records": f"[0,{ones.decode(errors='ignore')}]"}).encode(),
                ),
                Ask("v1/traces", exported),
                Ask("v1/traces", ones, "application/x-protobuf"),
                Ask("api/3.0/mlflow/traces/search", json.dumps(searched).encode()),
                Ask(
                    "api/3.0/mlflow/traces/calculate-filter-correlation",
                    json.dumps(correlated).encode(),
                ),
                Ask("api/3.0/mlflow/datasets/search", json.dumps(datasets).encode()),
                Ask("api/2.0/mlflow/runs/search", json.dumps(runs).encode()),
            ]
        )
    )


def test_no_body_and_no_filter_costs_much(stack: Stack, filled: Content) -> None:
    bob = stack.person("bob")
    text = "a" * 39 + "!"
    named = {"key": "x", "value": text}
    assert bob.mlflow(filled.slug, "PATCH", f"traces/{filled.trace}/tags", named).status == 200
    headers = {"X-Mlflow-Experiment-Id": filled.experiment}
    statuses: set[int] = set()

    def cost_of(ask: Ask) -> tuple[int, float]:
        meters = [Meter(stack.uac), Meter(stack.mlflow)]
        kind = {"Content-Type": ask.kind, **headers}
        reply = bob.ask("POST", f"/projects/{filled.slug}/{ask.path}", raw=ask.body, headers=kind)
        statuses.add(reply.status)
        assert reply.status < 500, (ask.path, ask.body[:200], reply.body[:500])
        return max(one.bytes() for one in meters), max(one.seconds() for one in meters)

    @settings(
        max_examples=CALLS,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(asks(filled))
    def spend(ask: Ask) -> None:
        held, seconds = cost_of(ask)
        assert held < MOST_BYTES, (ask.path, len(ask.body), ask.body[:200], held)
        assert seconds < MOST_SECONDS, (ask.path, len(ask.body), ask.body[:200], seconds)

    # What is imported at the first call of its kind is nobody's cost.
    cost_of(Ask("api/2.0/mlflow/runs/search", b"{}"))
    cost_of(Ask("v1/traces", b'{"resourceSpans":[]}'))
    spend()
    assert {200, 400, 413} <= statuses


def widest(limit: int, around: Callable[[str], bytes]) -> bytes:
    """A body of nearly so many MiB, of letters that take Python four bytes each."""
    room = limit * 1024 * 1024 - len(around("")) - 16
    return around("🦊" * (room // 4))


def plain(document: Any) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


def as_batch(content: Content) -> Callable[[str], bytes]:
    return lambda text: plain({"run_id": content.run, "tags": [{"key": "wide", "value": text}]})


def as_records(_: Content) -> Callable[[str], bytes]:
    def around(text: str) -> bytes:
        records = json.dumps([{"inputs": {"q": text}}], ensure_ascii=False)
        return plain({"records": records})

    return around


def as_trace(content: Content) -> Callable[[str], bytes]:
    place = {"mlflow_experiment": {"experiment_id": content.experiment}}
    info = {
        "trace_id": f"tr-{uuid.uuid4().hex}",
        "trace_location": {"type": "MLFLOW_EXPERIMENT", **place},
        "state": "OK",
        "request_time": "2026-01-01T00:00:00Z",
    }
    return lambda text: plain({"trace": {"trace_info": {**info, "request_preview": text}}})


def as_span(_: Content) -> Callable[[str], bytes]:
    span = {"traceId": uuid.uuid4().hex, "spanId": uuid.uuid4().hex[:16], "name": "wide"}
    moments = {"startTimeUnixNano": "1544712660000000000", "endTimeUnixNano": "1544712661000000000"}

    def around(text: str) -> bytes:
        attributes = [{"key": "k", "value": {"stringValue": text}}]
        made = [{**span, **moments, "attributes": attributes}]
        return plain({"resourceSpans": [{"scopeSpans": [{"spans": made}]}]})

    return around


def as_inputs(content: Content) -> Callable[[str], bytes]:
    kept = {"name": "a", "digest": "b", "source_type": "c", "source": "d"}

    def around(text: str) -> bytes:
        return plain({"run_id": content.run, "datasets": [{"dataset": {**kept, "profile": text}}]})

    return around


WIDE: dict[str, tuple[str, Callable[[Content], Callable[[str], bytes]]]] = {
    "POST /api/2.0/mlflow/runs/log-batch": ("api/2.0/mlflow/runs/log-batch", as_batch),
    "POST /api/2.0/mlflow/runs/log-inputs": ("api/2.0/mlflow/runs/log-inputs", as_inputs),
    "POST /api/3.0/mlflow/traces": ("api/3.0/mlflow/traces", as_trace),
    "POST /v1/traces": ("v1/traces", as_span),
    "POST /api/3.0/mlflow/datasets/{dataset_id}/records": (
        "api/3.0/mlflow/datasets/{dataset}/records",
        as_records,
    ),
}


@pytest.mark.parametrize("operation", WIDE)
def test_a_text_as_large_as_its_row_takes_costs_no_more(
    stack: Stack, filled: Content, operation: str
) -> None:
    (rule,) = [one for one in RULES if one.operation == operation]
    path, shape = WIDE[operation]
    address = f"/projects/{filled.slug}/{path.format(dataset=filled.dataset)}"
    headers = {"Content-Type": "application/json", "X-Mlflow-Experiment-Id": filled.experiment}
    bob = stack.person("bob")
    around = shape(filled)
    # What is imported at the first call of its kind is nobody's cost.
    assert bob.ask("POST", address, raw=around("a"), headers=headers).status == 200
    meters = [Meter(stack.uac), Meter(stack.mlflow)]
    most = spans.MOST_JSON // bodies.MIB if rule.spans else rule.large
    reply = bob.ask("POST", address, raw=widest(most, around), headers=headers)
    assert reply.status == 200, reply.body[:500]
    assert max(one.bytes() for one in meters) < MOST_BYTES, [one.bytes() for one in meters]
    assert max(one.seconds() for one in meters) < MOST_SECONDS
    larger = around("🦊" * (most * bodies.MIB // 4))
    assert bob.ask("POST", address, raw=larger, headers=headers).status == 413
