"""What projects use, over REST: for members and administrators, and for nobody else."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from api.conftest import Caller, Studio, open_fraud, settings
from content import done
from databases import every_database
from people import CAST, add_people
from uac_api import create_app
from uac_api.access.database import Database
from uac_api.access.decisions.principals import Grant
from uac_api.access.decisions.roles import Role
from uac_api.access.models import now
from uac_api.access.people import users
from uac_api.access.projects import projects
from uac_api.access.quotas import usage
from uac_api.access.quotas.limits import Limits
from uac_api.access.quotas.usage import Key, What
from uac_api.api.services import EXTENSION
from uac_api.migrations import upgrade

USAGE = "/projects/fraud/usage"
NEAR = "/usage/near"
DEFAULTS = Limits(storage_mb=10, runs_per_day=100, requests_per_minute=50)


@pytest.fixture
def limited(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """The application with limits for all."""
    monkeypatch.setattr(studio.services.meter, "defaults", DEFAULTS)
    return studio


def add(studio: Studio, slug: str, counts: dict[tuple[What, str], int]) -> None:
    project = studio.project_id(slug)
    given: dict[Key, int] = {(project, *key): count for key, count in counts.items()}
    studio.database.write(lambda session: usage.add(session, given))


def create(studio: Studio, slug: str) -> None:
    def work(session: Any) -> None:
        draft = projects.draft(slug=slug, name="", description="", created_by="alice")
        projects.create(session, draft, users.get(session, "alice"))

    studio.database.write(work)


def test_a_project_that_was_never_used_says_so(carol: Caller) -> None:
    seen = done(carol.studio("GET", USAGE))
    assert seen["measured_at"] is None
    fine = {"used": 0, "limit": None, "percent": None, "state": "fine"}
    assert [seen[name] for name in ("storage", "runs", "requests")] == [fine] * 3
    assert [day["runs"] for day in seen["days"]] == [0] * 30
    assert seen["quota"]["version"] == 0


def test_members_see_limits_use_and_the_last_30_days(limited: Studio, carol: Caller) -> None:
    today = usage.day_of(now())
    add(limited, "fraud", {(What.RUNS, today): 80, (What.BYTES, today): 9_500_000})
    add(limited, "fraud", {(What.UNMEASURED, ""): 9_500_000})
    seen = done(carol.studio("GET", USAGE))
    assert seen["runs"] == {"used": 80, "limit": 100, "percent": 80, "state": "warning"}
    assert seen["storage"] == {
        "used": 9_500_000,
        "limit": 10_000_000,
        "percent": 95,
        "state": "warning",
    }
    assert seen["defaults"] == {
        "storage_mb": 10,
        "runs_per_day": 100,
        "requests_per_minute": 50,
    }
    assert seen["days"][-1] == {"day": today, "runs": 80, "requests": 0, "bytes": 9_500_000}
    assert len(seen["days"]) == 30


def test_a_program_of_a_member_sees_it_too(studio: Studio) -> None:
    assert studio.program("carol").studio("GET", USAGE).status == 200


def test_a_stranger_cannot_tell_a_project_from_none(mallory: Caller) -> None:
    foreign, missing = (mallory.studio("GET", f"/projects/{s}/usage") for s in ("fraud", "none"))
    assert (foreign.status, missing.status) == (404, 404)
    assert foreign.json["message"].replace("fraud", "none") == missing.json["message"]


def test_an_administrator_who_is_no_member_sees_numbers_and_no_content(
    admin: Caller,
) -> None:
    assert admin.studio("GET", USAGE).status == 200
    path = "/projects/fraud/api/2.0/mlflow/experiments/search?max_results=1"
    assert admin.ask("GET", path).status == 404
    missing = admin.studio("GET", "/projects/none/usage")
    assert (missing.status, missing.json["reason"]) == (404, "no_such_project")


@every_database
def test_administrators_see_all_projects_the_largest_first(limited: Studio, admin: Caller) -> None:
    for slug, size in {"a-small": 5, "b-large": 500, "c-small": 5}.items():
        create(limited, slug)
        add(limited, slug, {(What.UNMEASURED, ""): size})
    seen: list[str] = []
    token = ""
    for _ in range(2):
        page = done(admin.studio("GET", f"/usage?max_results=2&page_token={token}"))
        seen += [row["project"] for row in page["usage"]]
        token = page["next_page_token"]
    assert (seen, token) == (["b-large", "a-small", "c-small", "fraud"], "")
    assert page["defaults"]["storage_mb"] == 10
    by_slug = done(admin.studio("GET", "/usage?order=slug"))["usage"]
    assert [row["project"] for row in by_slug] == ["a-small", "b-large", "c-small", "fraud"]


def test_a_page_token_of_one_order_is_none_of_another(studio: Studio, admin: Caller) -> None:
    create(studio, "another")
    token = done(admin.studio("GET", "/usage?max_results=1"))["next_page_token"]
    reply = admin.studio("GET", f"/usage?order=slug&page_token={token}")
    assert (reply.status, reply.json["reason"]) == (400, "page_token")


def test_a_deleted_project_is_in_no_list(alice: Caller, admin: Caller) -> None:
    assert alice.studio("DELETE", "/projects/fraud?name=fraud").status == 204
    assert done(admin.studio("GET", "/usage"))["usage"] == []
    assert admin.studio("GET", USAGE).status == 404


def test_nobody_else_sees_the_list(studio: Studio, alice: Caller, mallory: Caller) -> None:
    for person in (alice, mallory, studio.program("admin")):
        assert person.studio("GET", "/usage").status == 403


def test_the_limits_for_all_are_the_installations_settings(tmp_path: Path) -> None:
    given = {"quota_storage_mb": 5, "quota_runs_per_day": 6, "quota_requests_per_minute": 7}
    app = create_app(settings(f"sqlite:///{tmp_path}/uac.db", **given))
    assert app.extensions[EXTENSION].meter.defaults == Limits(5, 6, 7)
    app.extensions[EXTENSION].database.close()


@every_database
def test_what_a_process_has_just_counted_outlives_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The module sets this for its process when it is first imported.
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    ends = import_module("uac_api.serving.gunicorn").worker_exit
    url = f"sqlite:///{tmp_path}/uac.db"
    database = Database(url)
    upgrade(database)
    add_people(database, CAST)
    database.write(open_fraud)
    app = create_app(settings(url))
    here = app.extensions[EXTENSION]
    fraud = Grant(database.write(lambda s: projects.get(s, "fraud").id), "fraud", Role.VIEWER)
    for _ in range(50):
        here.meter.request(fraud)
    ends(None, SimpleNamespace(app=SimpleNamespace(callable=app)))
    days = database.read(lambda s: usage.days(s, fraud.project_id, count=2))
    assert sum(day.requests for day in days) == 50
    here.database.close()
    database.close()


def test_those_of_my_projects_are_named_that_are_near_a_limit(
    limited: Studio, carol: Caller
) -> None:
    assert done(carol.studio("GET", NEAR))["usage"] == []
    add(limited, "fraud", {(What.RUNS, usage.day_of(now())): 80})
    (row,) = done(carol.studio("GET", NEAR))["usage"]
    assert (row["project"], row["runs"]["state"], row["storage"]["state"]) == (
        "fraud",
        "warning",
        "fine",
    )


def test_requests_of_the_minute_bring_no_project_near_a_limit(
    limited: Studio, carol: Caller
) -> None:
    add(limited, "fraud", {(What.REQUESTS, usage.minute_of(now())): 50})
    assert done(carol.studio("GET", NEAR))["usage"] == []


def test_who_is_no_member_learns_of_no_limit(
    limited: Studio, mallory: Caller, admin: Caller
) -> None:
    add(limited, "fraud", {(What.UNMEASURED, ""): 10_000_000})
    for person in (mallory, admin, limited.program("mallory")):
        assert done(person.studio("GET", NEAR))["usage"] == []
