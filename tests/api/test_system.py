"""How the installation stands, over REST: for administrators in person, and nobody else."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from api.conftest import Caller, Studio, at_once
from databases import every_database
from people import Reply
from uac_api.access.audit.seals import Sealer
from uac_api.access.installation import jobs
from uac_api.access.models import Backup, Job, Project, Quota, Usage, now
from uac_api.api.services import EXTENSION
from uac_api.migrations import newest


@pytest.mark.parametrize("who", ["alice", "bob", "carol", "mallory"])
def test_only_an_administrator_sees_it(studio: Studio, who: str) -> None:
    refused = studio.person(who).studio("GET", "/system")
    assert (refused.status, refused.json["reason"]) == (403, "administrators_only")
    assert "parts" not in refused.json


def test_an_administrators_token_is_not_enough(studio: Studio) -> None:
    assert studio.person("admin").studio("GET", "/system").status == 200
    assert studio.program("admin").studio("GET", "/system").status == 403
    assert studio.anonymous().studio("GET", "/system").status == 401


@every_database
def test_every_part_is_told_with_the_time_it_took(studio: Studio) -> None:
    found = studio.person("admin").studio("GET", "/system").json
    assert [part["name"] for part in found["parts"]] == [
        "database",
        "migrations",
        "mlflow",
        "table",
        "reading",
    ]
    assert all(part["ok"] and part["ms"] >= 0 and not part["message"] for part in found["parts"])
    versions = found["versions"]
    assert versions["migration"] == versions["migration_newest"] == newest()
    assert versions["mlflow"] == versions["table"]
    product = {"sqlite": "SQLite", "mysql": "MariaDB", "postgresql": "PostgreSQL"}
    assert versions["database"].startswith(product[studio.database.kind])
    assert versions["database"].split(" ")[1][0].isdigit()


def test_when_mlflow_is_down_the_rest_is_told_and_it_recovers(studio: Studio) -> None:
    admin = studio.person("admin")
    studio.mlflow.down = True
    told = admin.studio("GET", "/system")
    assert told.status == 200
    fit = {part["name"]: part["ok"] for part in told.json["parts"]}
    away = ("mlflow", "table", "reading")
    assert fit == {"database": True, "migrations": True, **dict.fromkeys(away, False)}
    messages = {part["name"]: part["message"] for part in told.json["parts"]}
    assert messages["mlflow"] == "MLflow cannot be reached. Try again in a moment."
    assert told.json["versions"]["mlflow"] == ""
    assert told.json["figures"]["people"] > 0
    studio.mlflow.down = False
    assert all(part["ok"] for part in admin.studio("GET", "/system").json["parts"])


def test_the_seals_are_told_with_what_waits_for_them(studio: Studio) -> None:
    admin = studio.person("admin")
    assert admin.studio("GET", "/system").json["audit"] == {
        "seal": 0,
        "sealed_at": None,
        "whole": True,
        "waiting": 0,
        "waiting_since": None,
    }
    sealer = Sealer(studio.database, studio.services.marks)
    sealer.once()
    studio.person("carol").studio("DELETE", "/projects/fraud")
    studio.services.trail.flush()
    behind = admin.studio("GET", "/system").json["audit"]
    assert (behind["seal"], behind["waiting"], behind["whole"]) == (1, 1, True)
    assert behind["waiting_since"]
    sealer.once()
    assert admin.studio("GET", "/system").json["audit"]["waiting"] == 0


def test_jobs_are_told_with_how_they_went(studio: Studio) -> None:
    moment = now()
    rows = [
        Job(name="backup", outcome=jobs.FAILED, detail="The disk is full.", ended_at=moment),
        Job(name="measure", holder="here", lease_until=moment + timedelta(minutes=1)),
        Job(name="purge", outcome=jobs.SUCCEEDED, next_at=moment - timedelta(minutes=20)),
    ]
    studio.database.write(lambda session: session.add_all(rows))
    found = {
        job["name"]: job for job in studio.person("admin").studio("GET", "/system").json["jobs"]
    }
    assert (found["backup"]["outcome"], found["backup"]["detail"]) == (
        "failed",
        "The disk is full.",
    )
    assert [name for name, job in found.items() if job["running"]] == ["measure"]
    assert found["purge"]["late_seconds"] >= 1200
    assert found["measure"]["late_seconds"] == found["backup"]["late_seconds"] == 0


def test_the_newest_backup_and_who_runs_are_told(studio: Studio) -> None:
    admin = studio.person("admin")
    found = admin.studio("GET", "/system").json
    assert (found["backup"], found["processes"]) == (None, [])
    rows = [Backup(name=f"2026-01-{n}", rows=10, files=f, bytes=f) for n, f in ((1, 104), (2, 0))]
    studio.database.write(lambda session: session.add_all(rows))
    studio.services.presence.report()
    found = admin.studio("GET", "/system").json
    assert (found["backup"]["name"], found["backup"]["files"]) == ("2026-01-2", 0)
    assert found["backup"]["shortfall"].startswith("The backup 2026-01-2 holds 0 files")
    (process,) = found["processes"]
    assert (process["service"], process["ours"], process["problem"]) == ("uac_api", True, "")


def test_the_projects_that_take_most_are_told_with_their_quota(studio: Studio) -> None:
    def work(session: Session) -> None:
        found = session.scalars(select(Project).where(Project.slug == "fraud")).one()
        session.add(Usage(project_id=found.id, storage_bytes=3_000_000, files=7))
        session.add(Quota(project_id=found.id, storage_mb=10, updated_by="admin"))

    studio.database.write(work)
    found = studio.person("admin").studio("GET", "/system").json
    (room,) = found["storage"]
    assert (room["project"], room["storage_bytes"], room["files"]) == ("fraud", 3_000_000, 7)
    assert room["quota_bytes"] == 10_000_000
    assert found["figures"]["storage_bytes"] == 3_000_000
    assert found["projects_measured"] == 1


def test_when_the_database_is_away_it_is_named(studio: Studio, tmp_path: Path) -> None:
    admin = studio.person("admin")
    away = type(studio.database)(f"sqlite:///{tmp_path}/no/such/folder/uac.db")
    studio.app.extensions[EXTENSION] = replace(studio.services, database=away)
    reply = admin.studio("GET", "/system")
    assert (reply.status, reply.json["reason"]) == (503, "database_unavailable")


LONG_QUESTIONS = (
    *("/audit", "/audit/timeline?per=day", "/audit/verify", "/permissions", "/system"),
    *("/tokens/all", "/usage"),
)


def test_long_questions_have_places_of_their_own_and_give_them_back(
    studio: Studio, admin: Caller, alice: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    questions = studio.services.questions
    monkeypatch.setattr(questions, "_seconds", 0.3)
    for path in LONG_QUESTIONS * 3:
        assert admin.studio("GET", path).status == 200
        assert questions.held == 0
    assert admin.studio("GET", "/audit?since=nonsense").status == 400
    assert questions.held == 0
    with ExitStack() as others:
        for _ in range(questions.most):
            others.enter_context(questions.hold())
        crowd: list[Callable[[], Reply]] = [
            partial(admin.studio, "GET", path) for path in LONG_QUESTIONS
        ]
        # Who asks for a row by its key waits for none of them.
        assert [one.studio("GET", "/me").status for one in (admin, alice)] == [200, 200]
        assert alice.studio("GET", "/projects/fraud").status == 200
        replies = at_once(crowd)
    assert {(one.status, one.json["reason"]) for one in replies} == {(429, "too_many_calls")}
    assert {one.headers["retry-after"] for one in replies} == {"1"}
    assert admin.studio("GET", "/audit").status == 200
    assert questions.held == 0
