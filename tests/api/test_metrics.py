"""Metrics: for who holds their token, whole, and without anybody's name."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import update
from sqlalchemy.orm import Session

from api.conftest import Studio
from conftest import Stack
from databases import every_database
from monitoring import expressions
from people import Person
from processes import ROOT, uac_program
from uac_api import metrics
from uac_api.access.audit.seals import Sealer
from uac_api.access.installation import jobs
from uac_api.access.installation.system import late_seconds
from uac_api.access.models import Job, Seal, now
from uac_api.api.services import EXTENSION
from uac_api.errors import Unavailable
from uac_api.request_facts import RequestFacts

WATCHING = (
    ROOT / "deploy" / "grafana" / "ml-studio.json",
    ROOT / "deploy" / "prometheus" / "alerts.yml",
)
# What Prometheus knows of a histogram.
PARTS = ("bucket", "sum", "count")
TOKEN = "metrics-token-of-the-tests"
HOLDER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def switched_on(studio: Studio) -> Studio:
    """The application with a metrics token."""
    here = studio.services
    changed = here.settings.model_copy(update={"metrics_token": SecretStr(TOKEN)})
    studio.app.extensions[EXTENSION] = replace(here, settings=changed)
    return studio


def value(text: str, line: str) -> float:
    """The number behind a metric with its labels; 0 when there is none."""
    found = re.search(rf"^{re.escape(line)} ([0-9.e+]+)$", text, re.MULTILINE)
    return float(found[1]) if found else 0.0


def counted(holder: Person, line: str, least: int) -> float:
    """A number of a running program, once it is so high.

    A request is counted after its answer has been handed over, which its client may see before.
    """
    until = time.monotonic() + 10
    while True:
        found = value(holder.ask("GET", "/metrics").body.decode(), line)
        if found >= least or time.monotonic() > until:
            return found


class Away:
    """MLflow, gone."""

    def ping(self) -> None:
        raise Unavailable("MLflow cannot be reached.")


def read(studio: Studio) -> str:
    reply = studio.anonymous().ask("GET", "/metrics", headers=HOLDER)
    assert (reply.status, reply.headers["content-type"][:10]) == (200, "text/plain")
    return reply.body.decode()


def test_without_a_token_in_the_settings_there_are_no_metrics(studio: Studio) -> None:
    assert studio.anonymous().ask("GET", "/metrics", headers=HOLDER).status == 404
    assert studio.person("admin").ask("GET", "/metrics").status == 404


@pytest.mark.parametrize("offered", ["", "Bearer ", "Bearer wrong", "Basic bWV0cmljcw=="])
def test_who_does_not_hold_the_token_is_refused(switched_on: Studio, offered: str) -> None:
    refused = switched_on.anonymous().ask("GET", "/metrics", headers={"Authorization": offered})
    assert (refused.status, refused.json["reason"]) == (401, "wrong_credentials")
    assert switched_on.person("admin").ask("GET", "/metrics").status == 401


@every_database
def test_requests_denials_and_sign_ins_are_counted(switched_on: Studio) -> None:
    before = read(switched_on)
    carol = switched_on.person("carol")
    assert carol.studio("GET", "/me").status == 200
    assert carol.studio("DELETE", "/projects/fraud?name=fraud").status == 403
    wrong = {"username": "alice", "password": "not the right one"}
    assert switched_on.anonymous().studio("POST", "/sessions", wrong).status == 401
    after = read(switched_on)
    for line in (
        'studio_requests_total{row="me.read",status="200"}',
        'studio_requests_total{row="projects.delete",status="403"}',
        'studio_denials_total{reason="role_too_low"}',
        'studio_sign_ins_total{operation="sessions.start",outcome="denied"}',
        'studio_request_seconds_count{row="me.read"}',
    ):
        assert value(after, line) == value(before, line) + 1, line
    assert value(after, "studio_people") == 5
    assert value(after, "studio_projects") == 1


def test_no_name_of_anybody_or_anything_is_a_label(switched_on: Studio) -> None:
    switched_on.person("mallory").studio("GET", "/projects/fraud-secret-name")
    text = read(switched_on)
    for name in ("alice", "mallory", "fraud"):
        assert name not in text


def test_gunicorns_configuration_is_not_read_after_the_library_of_metrics() -> None:
    # Then each worker would tell of itself alone, and nobody would notice.
    code = "import prometheus_client, runpy; runpy.run_path('uac_api/serving/gunicorn.py')"
    clean = {k: v for k, v in os.environ.items() if k != "PROMETHEUS_MULTIPROC_DIR"}
    ended = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=clean,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode != 0
    assert "by its path" in ended.stderr


def test_who_is_refused_at_the_door_is_counted_under_the_row_of_the_table(
    two_workers: Person, stack: Stack
) -> None:
    slug = stack.new_project()
    carol = replace(stack.person("carol"), address=two_workers.address)
    mallory = replace(stack.person("mallory"), address=two_workers.address)
    create = {"experiment_id": "1"}
    assert carol.mlflow(slug, "POST", "runs/create", create).status == 403
    assert mallory.mlflow(slug, "POST", "runs/create", create).status == 404
    row = "POST /api/2.0/mlflow/runs/create"
    for line in (
        f'studio_requests_total{{row="{row}",status="403"}}',
        f'studio_requests_total{{row="{row}",status="404"}}',
        'studio_denials_total{reason="no_such_project"}',
    ):
        assert counted(two_workers, line, 1) == 1, line


def test_the_installation_is_told_with_its_audit_trail_and_its_jobs(switched_on: Studio) -> None:
    def work(session: Session) -> None:
        session.add(Job(name="backup", outcome=jobs.FAILED, next_at=now() - timedelta(minutes=5)))

    switched_on.database.write(work)
    sealer = Sealer(switched_on.database, switched_on.services.marks)
    sealer.once()
    switched_on.person("carol").studio("DELETE", "/projects/fraud")
    switched_on.services.trail.flush()
    text = read(switched_on)
    for line in ("studio_database_up 1", "studio_audit_waiting 1", "studio_audit_seals_ok 1"):
        assert f"{line}.0" in text, line
    assert value(text, "studio_audit_lag_seconds") > 0
    assert value(text, 'studio_job_ok{name="backup"}') == 0
    assert value(text, 'studio_job_succeeded_timestamp_seconds{name="backup"}') == 0
    assert value(text, 'studio_job_late_seconds{name="backup"}') >= 300


def test_a_seal_that_somebody_changed_is_no_longer_ok(switched_on: Studio) -> None:
    sealer = Sealer(switched_on.database, switched_on.services.marks)
    sealer.once()
    switched_on.database.write(lambda session: session.execute(update(Seal).values(count=7)))
    assert "studio_audit_seals_ok 0.0" in read(switched_on)


def test_a_job_that_somebody_does_is_not_late() -> None:
    moment = now()
    due = moment - timedelta(minutes=5)
    assert late_seconds(Job(name="backup", next_at=due), moment) == 300
    held = moment + timedelta(minutes=1)
    assert late_seconds(Job(name="backup", next_at=due, lease_until=held), moment) == 0
    assert late_seconds(Job(name="backup", next_at=held), moment) == 0
    assert late_seconds(Job(name="backup"), moment) == 0


def test_when_mlflow_is_away_the_metrics_say_so(switched_on: Studio) -> None:
    assert "studio_mlflow_up 1.0" in read(switched_on)
    here = switched_on.services
    switched_on.app.extensions[EXTENSION] = replace(here, catalog=Away())  # type: ignore[arg-type]
    text = read(switched_on)
    assert "studio_mlflow_up 0.0" in text
    assert "studio_database_up 1.0" in text


@pytest.mark.parametrize(
    ("status", "reason"),
    [(503, "mlflow_unavailable"), (504, "mlflow_timeout"), (502, "bad"), (500, "mlflow_error")],
)
def test_what_mlflow_failed_is_counted_by_reason(
    switched_on: Studio, status: int, reason: str
) -> None:
    line = f'studio_upstream_errors_total{{reason="{reason}"}}'
    before = value(read(switched_on), line)
    metrics.count(RequestFacts("", row="GET /x", reason=reason), status, 0.1, waited=0.05)
    assert value(read(switched_on), line) == before + 1


def test_what_we_failed_ourselves_is_no_error_of_mlflow(switched_on: Studio) -> None:
    before = read(switched_on)
    metrics.count(RequestFacts("", row="GET /x", reason="internal_error"), 500, 0.1, waited=None)
    metrics.count(
        RequestFacts("", row="GET /x", reason="database_unavailable"), 503, 0.1, waited=None
    )
    lines = [line for line in read(switched_on).splitlines() if "upstream_errors_total" in line]
    assert [line for line in lines if line not in before] == []


def test_when_the_database_is_away_the_metrics_say_so(switched_on: Studio, tmp_path: Path) -> None:
    away = type(switched_on.database)(f"sqlite:///{tmp_path}/no/such/folder/uac.db")
    here = switched_on.services
    switched_on.app.extensions[EXTENSION] = replace(here, database=away)
    text = read(switched_on)
    assert "studio_database_up 0.0" in text
    assert "studio_people" not in text


@pytest.mark.parametrize("file", WATCHING, ids=lambda path: path.name)
def test_dashboard_and_alerts_use_only_metrics_that_exist(switched_on: Studio, file: Path) -> None:
    switched_on.database.write(lambda session: session.add(Job(name="backup")))
    told = re.findall(r"^# TYPE (\w+) (\w+)$", read(switched_on), re.MULTILINE)
    known = {name for name, _ in told}
    known |= {f"{name}_{part}" for name, kind in told if kind == "histogram" for part in PARTS}
    used = set(re.findall(r"\bstudio_\w+", " ".join(expressions(file))))
    assert len(used) > 8
    assert sorted(used - known) == []


@pytest.fixture(scope="module")
def two_workers(stack: Stack) -> Iterator[Person]:
    """The holder of the metrics token, before a uac_api of two processes."""
    url = stack.database.url.render_as_string(False)
    more = {"UAC_WORKERS": "2", "STUDIO_METRICS_TOKEN": TOKEN}
    uac = uac_program(stack.folder, url, stack.mlflow.url, **more)
    uac.start()
    yield Person("", uac.url, f"Bearer {TOKEN}")
    uac.stop()


def test_one_process_answers_for_all(two_workers: Person, stack: Stack) -> None:
    alice = replace(stack.person("alice"), address=two_workers.address)
    for _ in range(40):
        assert alice.studio("GET", "/me", headers={"Connection": "close"}).status == 200
    assert counted(two_workers, 'studio_requests_total{row="me.read",status="200"}', 40) == 40
