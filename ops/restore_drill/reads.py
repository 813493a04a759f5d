"""A handful of reads that the restored installation must answer as the backup says."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

import urllib3

from ops.restore_drill.subject import Run, Subject

SECONDS = 120
SHOWN = 300


class WrongAnswer(Exception):
    """An answer that is not what the backup says; the text says what is wrong with it."""


Check = Callable[[bytes], None]


@dataclass(frozen=True)
class Read:
    """One request, and what its answer is compared with; one with a body is a POST."""

    name: str
    path: str
    check: Check
    body: object = None
    status: int = 200
    # Whether it carries the session of the drill, or no credential at all.
    known: bool = True


def perform(address: str, subject: Subject) -> tuple[list[str], list[str]]:
    """(the names of the reads that were answered well, a sentence for each that was not)."""
    well: list[str] = []
    problems: list[str] = []
    with urllib3.PoolManager(timeout=SECONDS, retries=False) as pool:
        for read in reads_of(subject):
            try:
                read.check(_answer(pool, address, subject.session, read))
            except WrongAnswer as error:
                problems.append(f"{read.name}: {error}")
            else:
                well.append(read.name)
    return well, problems


def reads_of(subject: Subject) -> Iterator[Read]:
    """What is read of the project: as much as there is in the backup."""
    studio = f"/studio/v1/projects/{subject.project}"
    prefix = f"/projects/{subject.project}/api/2.0"
    yield Read("a stranger is refused", studio, _anything, status=401, known=False)
    yield Read("the project", studio, _equals(subject.project, "slug"))
    yield Read("its members", f"{studio}/members", _has("members"))
    yield Read("registered models", f"{prefix}/mlflow/registered-models/search", _is_document)
    if subject.run is not None:
        yield from _reads_of_run(f"{prefix}/mlflow", subject.run)
    if subject.artifact is not None:
        path = f"{prefix}/mlflow-artifacts/artifacts/{quote(subject.artifact.path)}"
        yield Read("an artifact", path, _is_content(subject.artifact.sha256))


def _reads_of_run(mlflow: str, run: Run) -> Iterator[Read]:
    experiment = urlencode({"experiment_id": run.experiment})
    search = {"experiment_ids": [run.experiment], "max_results": 5}
    yield Read(
        "an experiment",
        f"{mlflow}/experiments/get?{experiment}",
        _equals(run.experiment, "experiment", "experiment_id"),
    )
    yield Read("its runs", f"{mlflow}/runs/search", _has("runs"), body=search)
    yield Read("a run", f"{mlflow}/runs/get?{urlencode({'run_id': run.id})}", _is_run(run))
    for key in sorted(run.metrics)[:1]:
        history = urlencode({"run_id": run.id, "metric_key": key})
        yield Read("a metric", f"{mlflow}/metrics/get-history?{history}", _has("metrics"))


def _answer(pool: urllib3.PoolManager, address: str, session: str, read: Read) -> bytes:
    headers = {"Content-Type": "application/json"}
    if read.known:
        headers["Authorization"] = f"Bearer {session}"
    try:
        answer = pool.request(
            "GET" if read.body is None else "POST",
            f"{address}{read.path}",
            body=None if read.body is None else json.dumps(read.body).encode(),
            headers=headers,
        )
    except urllib3.exceptions.HTTPError as error:
        raise WrongAnswer(f"{read.path} had no answer: {error}") from error
    if answer.status != read.status:
        said = answer.data[:SHOWN].decode(errors="replace")
        raise WrongAnswer(f"{read.path} answered {answer.status}, not {read.status}: {said}")
    return answer.data


def _anything(_: bytes) -> None:
    """The status says it all."""


def _is_document(content: bytes) -> None:
    _document(content)


def _document(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise WrongAnswer(f"It is no JSON document: {content[:SHOWN].decode(errors='replace')}")
    return found


def _has(name: str) -> Check:
    def check(content: bytes) -> None:
        if not _document(content).get(name):
            raise WrongAnswer(f"It has no {name}: {content[:SHOWN].decode(errors='replace')}")

    return check


def _equals(expected: str, *names: str) -> Check:
    def check(content: bytes) -> None:
        found: Any = _document(content)
        for name in names:
            found = found.get(name) if isinstance(found, dict) else None
        if found != expected:
            raise WrongAnswer(f"{'.'.join(names)} is {found!r}, and was {expected!r}.")

    return check


def _is_run(run: Run) -> Check:
    def check(content: bytes) -> None:
        _equals(run.id, "run", "info", "run_id")(content)
        data = _document(content)["run"].get("data", {})
        for kind, expected in (("metrics", run.metrics), ("params", run.params)):
            found = {one["key"] for one in data.get(kind, [])}
            if found != expected:
                differ = ", ".join(sorted(found ^ expected)[:5])
                raise WrongAnswer(f"The {kind} of the run {run.id} are others: {differ}")

    return check


def _is_content(sha256: str) -> Check:
    def check(content: bytes) -> None:
        if hashlib.sha256(content).hexdigest() != sha256:
            raise WrongAnswer("Its content is not that of the backup.")

    return check
