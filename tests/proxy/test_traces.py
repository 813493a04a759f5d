"""What MLflow would do to foreign files and assessments by way of an own trace; and does not."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any

import pytest

from content import TEXT, Content, artifact, done, new_trace, refused, v3
from evaluation import feedback, new_assessment, root_span
from people import Person, Reply
from recording import SLUG, NarrowProxy

SPANS_FILE = b'{"spans": [], "said": "only alice may read this"}'
RESERVED = (
    "mlflow.artifactLocation",
    "mlflow.trace.archiveLocation",
    "mlflow.trace.archivalFailure",
    "mlflow.trace.spansLocation",
    "MLFLOW.ArtifactLocation",
    "mlflow.artifactLocati\u00f3n",
)


def info(c: Content, trace: str, **fields: object) -> dict[str, Any]:
    """The body that creates a trace, or writes one again."""
    place = {"type": "MLFLOW_EXPERIMENT", "mlflow_experiment": {"experiment_id": c.experiment}}
    known = {"trace_id": trace, "trace_location": place, "request_time": "2026-01-01T00:00:00Z"}
    return {"trace": {"trace_info": {**known, "state": "OK", **fields}}}


def ways_to_tag(c: Content, trace: str, key: str, value: str) -> list[tuple[str, str, Any]]:
    """Every request by which a client can give a trace a tag."""
    tag = {"key": key, "value": value}
    start = {"experiment_id": c.experiment, "timestamp_ms": 1, "tags": [tag]}
    end = {"request_id": trace, "timestamp_ms": 2, "status": "OK", "tags": [tag]}
    return [
        ("PATCH", f"api/2.0/mlflow/traces/{trace}/tags", tag),
        ("PATCH", f"api/3.0/mlflow/traces/{trace}/tags", tag),
        ("PATCH", f"api/2.0/mlflow/traces/{trace}", end),
        ("POST", "api/2.0/mlflow/traces", start),
        ("POST", "api/3.0/mlflow/traces", info(c, trace, tags={key: value})),
        ("POST", "api/3.0/mlflow/traces", {"trace": {"traceInfo": {"tags": {key: value}}}}),
        ("POST", "v1/traces", otlp(trace, key, value)),
    ]


def otlp(trace: str, key: str, value: str) -> dict[str, Any]:
    """A root span that gives its trace a tag."""
    return root_span(trace, **{f"mlflow.traceTag.{key}": value})


def send(person: Person, c: Content, method: str, path: str, body: Any) -> Reply:
    """Send it as a member of the project."""
    headers = {"X-Mlflow-Experiment-Id": c.experiment} if path == "v1/traces" else {}
    return person.ask(method, f"/projects/{c.slug}/{path}", body, headers=headers)


@pytest.mark.parametrize("key", RESERVED)
def test_no_tag_makes_mlflow_open_or_delete_foreign_files(
    alice: Person, erin: Person, filled: Content, own: Content, key: str
) -> None:
    folder = f"workspaces/{filled.slug}/{filled.experiment}/traces/{filled.trace}/artifacts"
    hers = artifact(filled.slug, f"{folder}/traces.json")
    assert alice.ask("PUT", hers, raw=SPANS_FILE).status == 200
    trace = new_trace(erin, own.slug, own.experiment)
    for place in (f"mlflow-artifacts:/{folder}", "file:///etc", "s3://bucket/x", "ARCHIVE_REPO"):
        for method, path, body in ways_to_tag(own, trace, key, place):
            assert refused_somehow(send(erin, own, method, path, body)), (path, place)
    for version in ("2.0", "3.0"):
        path = f"ajax-api/{version}/mlflow/get-trace-artifact?request_id={trace}"
        assert b"only alice" not in erin.ask("GET", f"/projects/{own.slug}/{path}").body
    body = {"experiment_id": own.experiment, "request_ids": [trace]}
    v3(erin, own.slug, "POST", "traces/delete-traces", body)
    assert alice.ask("GET", hers).body == SPANS_FILE


def refused_somehow(reply: Reply) -> bool:
    """Whether it is one of the refusals of a tag."""
    return refused(reply, "reserved_tag") or refused(reply) or refused(reply, "path")


def test_a_trace_may_keep_the_place_that_mlflow_gave_it(erin: Person, own: Content) -> None:
    # Old clients send a trace's tags back as they got them.
    trace = new_trace(erin, own.slug, own.experiment)
    tags = done(v3(erin, own.slug, "GET", f"traces/{trace}"))["trace"]["trace_info"]["tags"]
    sent = [{"key": key, "value": value} for key, value in tags.items()]
    sent.append({"key": "mlflow.trace.spansLocation", "value": "ARTIFACT_REPO"})
    body = {"request_id": trace, "timestamp_ms": 2, "status": "OK", "tags": sent}
    done(erin.mlflow(own.slug, "PATCH", f"traces/{trace}", body))


def seen(alice: Person, c: Content, trace: str, assessment: str) -> Any:
    """An assessment as its owner sees it."""
    path = f"traces/{trace}/assessments/{assessment}"
    return done(v3(alice, c.slug, "GET", path))["assessment"]


@pytest.mark.parametrize("name", ["assessment_id", "assessmentId"])
def test_a_foreign_assessment_is_not_taken_over(
    alice: Person, erin: Person, filled: Content, own: Content, name: str
) -> None:
    before = seen(alice, filled, filled.trace, filled.assessment)
    stolen = feedback("stolen", **{name: filled.assessment})["assessment"]
    trace = new_trace(erin, own.slug, own.experiment)
    again = v3(erin, own.slug, "POST", "traces", info(own, trace, assessments=[stolen]))
    path = f"traces/{trace}/assessments"
    added = v3(erin, own.slug, "POST", path, {"assessment": stolen})
    unknown = v3(erin, own.slug, "POST", path, feedback("x", **{name: "a-unknown"}))
    assert refused(again, "invalid")
    assert (added.status, added.json["message"]) == (unknown.status, unknown.json["message"])
    assert seen(alice, filled, filled.trace, filled.assessment) == before


def test_a_foreign_assessment_stays_overridden(
    alice: Person, erin: Person, filled: Content, own: Content
) -> None:
    trace = new_trace(alice, filled.slug, filled.experiment)
    first = new_assessment(alice, filled.slug, trace)["assessment_id"]
    new_assessment(alice, filled.slug, trace, overrides=first)
    assert seen(alice, filled, trace, first)["valid"] is False
    mine = feedback("mine", overrides=first)["assessment"]
    fresh = info(own, "tr-" + "cd" * 16, assessments=[mine])
    assert refused(v3(erin, own.slug, "POST", "traces", fresh), "invalid")
    path = f"traces/{own.trace}/assessments"
    assert v3(erin, own.slug, "POST", path, {"assessment": mine}).status == 404
    assert seen(alice, filled, trace, first)["valid"] is False


def test_an_assessment_counts_for_no_foreign_issue(
    alice: Person, erin: Person, filled: Content, own: Content
) -> None:
    path = f"traces/{own.trace}/assessments"
    for name in (filled.issue, filled.issue.upper()):
        linked = feedback(name, issue={"issue_name": "x"})
        linked["assessment"].pop("feedback")
        assert refused(v3(erin, own.slug, "POST", path, linked))
    asked = {"experiment_id": filled.experiment, "include_trace_count": True}
    found = done(v3(alice, filled.slug, "POST", "issues/search", asked))["issues"]
    assert [one.get("trace_count", 0) for one in found if one["issue_id"] == filled.issue] == [0]
    linked = feedback(own.issue, issue={"issue_name": "x"})
    linked["assessment"].pop("feedback")
    done(v3(erin, own.slug, "POST", path, linked))


def test_an_assessment_comes_from_a_run_of_the_project(
    erin: Person, filled: Content, own: Content
) -> None:
    path = f"traces/{own.trace}/assessments"
    for run, good in ((filled.run, False), ("0" * 32, False), (own.run, True)):
        metadata = {"mlflow.assessment.sourceRunId": run}
        reply = v3(erin, own.slug, "POST", path, feedback(metadata=metadata))
        assert reply.status == 200 if good else refused(reply), reply.body


def test_foreign_traces_are_not_deleted(
    alice: Person, erin: Person, filled: Content, own: Content
) -> None:
    trace = new_trace(erin, own.slug, own.experiment)
    for experiment in (own.experiment, filled.experiment):
        for ids in ({"request_ids": [trace, filled.trace]}, {"max_timestamp_millis": 2**50}):
            body = {"experiment_id": experiment, **ids}
            v3(erin, own.slug, "POST", "traces/delete-traces", body)
            erin.mlflow(own.slug, "POST", "traces/delete-traces", body)
    assert v3(alice, filled.slug, "GET", f"traces/{filled.trace}").status == 200
    assert v3(erin, own.slug, "GET", f"traces/{trace}").status == 404, "her own is gone"


def packed(way: str, plain: bytes) -> tuple[bytes, dict[str, str]]:
    """A body as a sender of OpenTelemetry may pack it, with its headers."""
    if way == "gzip in two":
        content = gzip.compress(plain[:100]) + gzip.compress(plain[100:])
    elif way == "raw":
        squeeze = zlib.compressobj(wbits=-15)
        content = squeeze.compress(plain) + squeeze.flush()
    elif way == "gzip":
        content = gzip.compress(plain)
    else:
        content = zlib.compress(plain) if way == "deflate" else plain
    name = {"gzip in two": "gzip", "raw": "deflate"}.get(way, way)
    return content, {"Content-Encoding": name} if name else {}


@pytest.mark.parametrize("way", ["", "gzip", "GZIP", "gzip in two", "deflate", "raw"])
@pytest.mark.parametrize("spelling", ["mlflow.user", "MLFLOW.User", "mlflow.\\u0075ser"])
def test_no_packing_hides_a_forged_author(proxy: NarrowProxy, way: str, spelling: str) -> None:
    document = json.dumps(otlp("tr-" + "ab" * 16, "NAME", "ceo")).replace("NAME", spelling)
    content, headers = packed(way.lower(), document.encode())
    headers = {**headers, "Content-Type": "application/json", "X-Mlflow-Experiment-Id": "1"}
    if way == "GZIP":
        headers["Content-Encoding"] = way
    path = f"/projects/{SLUG}/v1/traces"
    assert refused(proxy.alice.ask("POST", path, raw=content, headers=headers), "reserved_tag")
    assert proxy.upstream.seen == []
    content, _ = packed(way.lower(), document.replace(spelling, "team").encode())
    assert proxy.alice.ask("POST", path, raw=content, headers=headers).status == 200
    # After a trace the proxy may ask for links that have waited for one.
    [passed] = [one for one in proxy.upstream.seen if one.target == "/v1/traces"]
    assert b"mlflow.traceTag.team" in passed.body, "plain, as it was looked at"


def test_spans_in_protobuf_are_looked_at(proxy: NarrowProxy) -> None:
    headers = {"Content-Type": "application/x-protobuf", "X-Mlflow-Experiment-Id": "1"}
    path = f"/projects/{SLUG}/v1/traces"
    forged = b"\x0a\x1bmlflow.traceTag.mlflow.user\x12\x05\x0a\x03ceo"
    reply = proxy.alice.ask("POST", path, raw=forged, headers=headers)
    assert refused(reply, "reserved_tag")
    plain = b'\x0a\x14mlflow.traceTag.team\x12\x05\x0a\x03"0"\xff\x00'
    assert proxy.alice.ask("POST", path, raw=plain, headers=headers).status == 200
    assert [one.body for one in proxy.upstream.seen] == [plain], "byte for byte"


def test_a_body_that_unpacks_to_too_much_is_refused(proxy: NarrowProxy) -> None:
    headers = {"Content-Type": "application/x-protobuf", "Content-Encoding": "gzip"}
    bomb = gzip.compress(bytes(4 * 1024 * 1024))
    for content, status in ((bomb, 413), (bomb[:-9], 413), (b"no gzip", 400), (bomb[:40], 400)):
        path = f"/projects/{SLUG}/v1/traces"
        assert proxy.alice.ask("POST", path, raw=content, headers=headers).status == status


def test_alices_files_and_assessment_are_as_she_left_them(alice: Person, filled: Content) -> None:
    # Last in this file on purpose: after every attack above.
    there = alice.ask("GET", artifact(filled.slug, f"{filled.artifacts}/notes/plan.txt"))
    assert there.body == TEXT
    said = seen(alice, filled, filled.trace, filled.assessment)
    assert (said["assessment_name"], said["source"]["source_id"]) == ("clarity", "alice")
