"""Metrics: for who holds their token, whole, and without anybody's name."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from api.conftest import Studio
from conftest import Stack
from people import Person
from processes import uac_program
from uac_api.api.services import EXTENSION

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


def test_when_the_database_is_away_the_metrics_say_so(switched_on: Studio, tmp_path: Path) -> None:
    away = type(switched_on.database)(f"sqlite:///{tmp_path}/no/such/folder/uac.db")
    here = switched_on.services
    switched_on.app.extensions[EXTENSION] = replace(here, database=away)
    assert "studio_database_up 0" in read(switched_on)


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
    # A request is counted once its answer has been handed over, which its client may see before.
    until = time.monotonic() + 10
    while time.monotonic() < until:
        text = two_workers.ask("GET", "/metrics").body.decode()
        counted = value(text, 'studio_requests_total{row="me.read",status="200"}')
        if counted >= 40:
            break
    assert counted == 40
