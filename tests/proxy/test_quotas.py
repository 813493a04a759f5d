"""Limits at the proxy, before a real MLflow: warned at 80 per cent, refused at 100, reads go on."""

from __future__ import annotations

import gzip
import json
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest
import urllib3

from conftest import Stack
from content import artifact, done, new_experiment, new_run
from evaluation import root_span
from people import Person, Reply
from uac_api.access.audit import events
from uac_api.access.models import Event
from uac_api.proxy.quotas import HEADER

SECONDS = 30.0
KB = 1000


# The projects that a test has limited.
_limited: list[str] = []


def limit(stack: Stack, slug: str, **limits: int | None) -> None:
    """Set the limits of a project, as an administrator, until the test ends."""
    _limited.append(slug)
    assert done(stack.person("admin").studio("PUT", f"/projects/{slug}/quota", limits))


@pytest.fixture(autouse=True)
def without_limits_afterwards(stack: Stack) -> Iterator[None]:
    """A project that is at its limit refuses what others here ask of all their projects."""
    yield
    for slug in _limited:
        stack.person("admin").studio("DELETE", f"/projects/{slug}/quota")
    _limited.clear()


@dataclass(frozen=True)
class Limited:
    """A project of alice's with limits, and a run of bob's in it."""

    stack: Stack
    slug: str
    experiment: str
    run: str

    def limit(self, **limits: int | None) -> None:
        """Set the limits, as an administrator."""
        limit(self.stack, self.slug, **limits)

    def path(self, name: str) -> str:
        """The address of a file of the run."""
        folder = f"workspaces/{self.slug}/{self.experiment}/{self.run}/artifacts"
        return artifact(self.slug, f"{folder}/{name}")

    def upload(self, name: str, size: int, person: str = "bob") -> Reply:
        """What somebody gets who uploads so many bytes."""
        return self.stack.person(person).ask("PUT", self.path(name), raw=b"x" * size)

    def upload_in_chunks(self, name: str, size: int) -> Reply:
        """The same without saying how much will come."""
        pieces: Iterator[bytes] = (b"x" * (50 * KB) for _ in range(size // (50 * KB)))
        bob = self.stack.person("bob")
        answer = urllib3.request(
            "PUT",
            bob.address + self.path(name),
            body=pieces,
            headers={"Authorization": bob.credential, "Transfer-Encoding": "chunked"},
            retries=False,
        )
        return Reply(answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.data)

    def files(self) -> list[str]:
        """The names of the run's files."""
        listed = self.look(f"artifacts/list?run_id={self.run}")
        return [str(file["path"]) for file in done(listed).get("files", [])]

    def look(self, path: str = "") -> Reply:
        """What carol, who may only read, gets."""
        return self.stack.person("carol").mlflow(
            self.slug, "GET", path or f"runs/get?run_id={self.run}"
        )

    def warned(self, text: str) -> None:
        """Wait until the proxy says that."""
        until(lambda: text in self.look().headers.get(HEADER.lower(), ""))

    def denials(self) -> list[Event]:
        """The refusals in the project's part of the audit trail."""
        wanted = events.Filter(project=self.slug, outcome=events.DENIED)
        return self.stack.database.read(
            lambda session: events.page(session, wanted, before=None, limit=100)
        )


def until(holds: Callable[[], object]) -> None:
    """Wait for what another process does."""
    end = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture
def limited(stack: Stack, project: str, bob: Person) -> Limited:
    """A project that has no limits yet."""
    experiment = new_experiment(bob, project)
    run = new_run(bob, project, experiment)["info"]["run_id"]
    return Limited(stack, project, experiment, run)


def test_a_project_without_limits_gets_no_warning(limited: Limited) -> None:
    assert limited.upload("a.bin", 900 * KB).status == 200
    assert HEADER.lower() not in limited.look().headers


def test_at_80_per_cent_the_answer_warns_and_everything_still_works(limited: Limited) -> None:
    limited.limit(storage_mb=1)
    assert limited.upload("a.bin", 850 * KB).status == 200
    limited.warned("storage 85 %")
    assert limited.upload("b.bin", 50 * KB).status == 200


def test_a_file_for_which_there_is_no_room_is_refused_before_it_is_sent(limited: Limited) -> None:
    assert limited.upload("a.bin", 850 * KB).status == 200
    limited.limit(storage_mb=1)
    limited.warned("storage 85 %")
    reply = limited.upload("b.bin", 300 * KB)
    assert (reply.status, reply.json["reason"]) == (403, "quota_storage")
    assert reply.json["error_code"] == "PERMISSION_DENIED"
    sentence = "may keep 1.0 MB of files and has 850.0 kB, and this would be 300.0 kB more"
    assert sentence in reply.json["message"]
    assert limited.files() == ["a.bin"]


def test_an_upload_of_unknown_length_is_stopped_and_leaves_nothing_behind(
    limited: Limited,
) -> None:
    assert limited.upload("a.bin", 850 * KB).status == 200
    limited.limit(storage_mb=1)
    limited.warned("storage 85 %")
    reply = limited.upload_in_chunks("b.bin", 400 * KB)
    assert (reply.status, reply.json["reason"]) == (403, "quota_storage")
    assert limited.files() == ["a.bin"]
    # What did not stay does not count: there is room for another.
    assert limited.upload_in_chunks("c.bin", 100 * KB).status == 200
    assert limited.files() == ["a.bin", "c.bin"]
    limited.warned("storage 95 %")


def test_a_full_project_is_read_and_cleared_and_logs_metrics(limited: Limited, bob: Person) -> None:
    assert limited.upload("a.bin", 1000 * KB).status == 200
    limited.limit(storage_mb=1)
    limited.warned("storage 100 %")
    assert limited.upload("b.bin", 1).status == 403
    assert limited.look().status == 200
    metric = {"run_id": limited.run, "key": "loss", "value": 1.0, "timestamp": 1, "step": 0}
    assert bob.mlflow(limited.slug, "POST", "runs/log-metric", metric).status == 200
    run = new_run(bob, limited.slug, limited.experiment)["info"]["run_id"]
    form = f"/projects/{limited.slug}/ajax-api/2.0/mlflow/upload-artifact?run_uuid={run}&path=b"
    assert bob.ask("POST", form, raw=b"x").json["reason"] == "quota_storage"
    asked = {"run_id": run, "path": "b.bin"}
    link = bob.mlflow(limited.slug, "POST", "artifacts/presigned-upload-url", asked)
    assert link.json["reason"] == "quota_storage"
    assert limited.stack.person("alice").ask("DELETE", limited.path("a.bin")).status == 200


def test_the_run_over_the_limit_of_a_day_is_refused_and_the_one_under_way_goes_on(
    limited: Limited, bob: Person
) -> None:
    for _ in range(8):
        new_run(bob, limited.slug, limited.experiment)
    limited.limit(runs_per_day=10)
    limited.warned("runs 90 %")
    new_run(bob, limited.slug, limited.experiment)
    body = {"experiment_id": limited.experiment, "start_time": 1}
    reply = bob.mlflow(limited.slug, "POST", "runs/create", body)
    assert (reply.status, reply.json["reason"]) == (403, "quota_runs")
    assert "may begin 10 runs a day" in reply.json["message"]
    metric = {"run_id": limited.run, "key": "loss", "value": 1.0, "timestamp": 1, "step": 0}
    assert bob.mlflow(limited.slug, "POST", "runs/log-metric", metric).status == 200
    assert bob.mlflow(limited.slug, "POST", "runs/delete", {"run_id": limited.run}).status == 200
    assert limited.look().status == 200


def test_a_run_that_mlflow_refused_does_not_count(limited: Limited, bob: Person) -> None:
    for _ in range(5):
        reply = bob.mlflow(limited.slug, "POST", "runs/create", {"experiment_id": "987654"})
        assert reply.status == 404
    new_run(bob, limited.slug, limited.experiment)

    def used() -> int:
        reply = bob.studio("GET", f"/projects/{limited.slug}/usage")
        return int(done(reply)["runs"]["used"])

    until(lambda: used() >= 2)
    assert used() == 2


def test_a_request_over_the_limit_of_a_minute_is_refused_with_how_long_to_wait(
    limited: Limited,
) -> None:
    limited.limit(requests_per_minute=5)
    until(lambda: limited.look().status == 429)
    reply = limited.look()
    if reply.status == 200:  # a new minute has just begun
        until(lambda: limited.look().status == 429)
        reply = limited.look()
    assert (reply.status, reply.json["reason"]) == (429, "quota_requests")
    assert reply.json["error_code"] == "REQUEST_LIMIT_EXCEEDED"
    assert 1 <= int(reply.headers["retry-after"]) <= 60
    usage = limited.stack.person("carol").studio("GET", f"/projects/{limited.slug}/usage")
    assert usage.status == 200, "people can still see why"
    until(limited.denials)
    assert {event.reason for event in limited.denials()} == {"quota_requests"}


def test_another_project_is_not_concerned(limited: Limited, stack: Stack, bob: Person) -> None:
    limited.limit(runs_per_day=1)
    limited.warned("runs 100 %")
    other = stack.new_project()
    new_run(bob, other, new_experiment(bob, other))


def test_refusals_are_denials_in_the_audit_trail_and_counted_when_they_repeat(
    limited: Limited,
) -> None:
    limited.limit(runs_per_day=1)
    limited.warned("runs 100 %")
    bob = limited.stack.with_token("bob")
    body = {"experiment_id": limited.experiment, "start_time": 1}
    for _ in range(20):
        assert bob.mlflow(limited.slug, "POST", "runs/create", body).status == 403
        time.sleep(0.1)
    until(limited.denials)
    first, *others = limited.denials()
    assert (first.user, first.reason, first.status) == ("bob", "quota_runs", 403)
    assert others == [], "the rest of the minute comes as one more"


def test_a_stranger_is_told_nothing_of_limits(limited: Limited, mallory: Person) -> None:
    limited.limit(requests_per_minute=1, runs_per_day=1, storage_mb=1)
    for _ in range(5):
        reply = mallory.mlflow(limited.slug, "POST", "runs/create", {"experiment_id": "1"})
        assert (reply.status, reply.json["reason"]) == (404, "no_such_project")
        assert HEADER.lower() not in reply.headers


def used(limited: Limited) -> int:
    reply = limited.stack.person("carol").studio("GET", f"/projects/{limited.slug}/usage")
    return int(done(reply)["storage"]["used"])


LONG = "x" * 5000


def texts(limited: Limited) -> dict[str, Callable[[Person], Reply]]:
    """What people write that is kept as rows, long and by every way."""
    slug, run, experiment = limited.slug, limited.run, limited.experiment
    note = {"key": "mlflow.note.content", "value": LONG}
    trace = {"experiment_id": experiment, "timestamp_ms": 1, "tags": [note]}
    name = f"m-{uuid.uuid4().hex[:8]}"
    span = {"key": "note", "value": {"stringValue": LONG}}
    spans = root_span(f"tr-{uuid.uuid4().hex}")
    spans["resourceSpans"][0]["scopeSpans"][0]["spans"][0].setdefault("attributes", []).append(span)
    place = {"X-Mlflow-Experiment-Id": experiment}

    def post(path: str, body: Any) -> Callable[[Person], Reply]:
        return lambda who: who.mlflow(slug, "POST", path, body)

    return {
        "a run's description": post("runs/set-tag", {"run_id": run, **note}),
        "the same in a batch": post("runs/log-batch", {"run_id": run, "tags": [note]}),
        "a run with one": post(
            "runs/create", {"experiment_id": experiment, "start_time": 1, "tags": [note]}
        ),
        "an experiment's": post(
            "experiments/set-experiment-tag", {"experiment_id": experiment, **note}
        ),
        "a model's": post("registered-models/create", {"name": name, "description": LONG}),
        "a trace": post("traces", trace),
        "spans": lambda who: who.ask("POST", f"/projects/{slug}/v1/traces", spans, headers=place),
    }


KINDS_OF_TEXT = (
    *("a run's description", "the same in a batch", "a run with one", "an experiment's"),
    *("a model's", "a trace", "spans"),
)


@pytest.mark.parametrize("what", KINDS_OF_TEXT)
def test_descriptions_and_traces_count_and_find_no_room_in_a_full_project(
    limited: Limited, bob: Person, what: str
) -> None:
    before = used(limited)
    assert texts(limited)[what](bob).status == 200
    until(lambda: used(limited) >= before + len(LONG))
    assert used(limited) < before + 2 * len(LONG)
    limited.upload("a.bin", 1000 * KB - used(limited))
    limited.limit(storage_mb=1)
    limited.warned("storage 100 %")
    reply = texts(limited)[what](bob)
    assert (reply.status, reply.json["reason"]) == (403, "quota_storage"), reply.body
    assert "of files, traces and descriptions" in reply.json["message"]
    # A client's own small tags go on, and so do metrics, whatever they come with.
    small = {"run_id": limited.run, "key": "mlflow.autologging", "value": "sklearn"}
    assert bob.mlflow(limited.slug, "POST", "runs/set-tag", small).status == 200
    metrics = [{"key": f"m{n}", "value": 1.0, "timestamp": 1, "step": n} for n in range(200)]
    batch = {"run_id": limited.run, "metrics": metrics, "tags": [{"key": "a", "value": "b"}]}
    assert bob.mlflow(limited.slug, "POST", "runs/log-batch", batch).status == 200
    new_run(bob, limited.slug, limited.experiment)


def test_a_packed_trace_counts_as_what_it_unpacks_to(limited: Limited, bob: Person) -> None:
    before = used(limited)
    body = json.dumps(root_span(f"tr-{uuid.uuid4().hex}")).encode() + b" " * 100_000
    headers = {
        "X-Mlflow-Experiment-Id": limited.experiment,
        "Content-Encoding": "gzip",
        "Content-Type": "application/json",
    }
    path = f"/projects/{limited.slug}/v1/traces"
    packed = gzip.compress(body)
    assert len(packed) < 2000
    assert bob.ask("POST", path, raw=packed, headers=headers).status == 200
    until(lambda: used(limited) >= before + 100_000)


def test_a_text_that_mlflow_refused_does_not_count(limited: Limited, bob: Person) -> None:
    before = used(limited)
    for _ in range(3):
        body = {"run_id": "0" * 32, "key": "mlflow.note.content", "value": LONG}
        assert bob.mlflow(limited.slug, "POST", "runs/set-tag", body).status == 404
    body = {"run_id": limited.run, "key": "mlflow.note.content", "value": LONG}
    assert bob.mlflow(limited.slug, "POST", "runs/set-tag", body).status == 200
    until(lambda: used(limited) >= before + len(LONG))
    assert used(limited) < before + 2 * len(LONG)


def test_the_first_burst_in_a_new_project_is_within_its_limits(stack: Stack, bob: Person) -> None:
    slug = stack.new_project()
    limit(stack, slug, requests_per_minute=5)
    path = f"/projects/{slug}/api/2.0/mlflow/experiments/search?max_results=1"
    with ThreadPoolExecutor(12) as pool:
        statuses = [one.status for one in pool.map(lambda _: bob.ask("GET", path), range(60))]
    # At the turn of a minute the next five pass.
    assert statuses.count(200) in (5, 10), statuses
    assert set(statuses) == {200, 429}
