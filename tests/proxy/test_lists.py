"""Lists over several projects of a real MLflow: complete, in one order, and nobody else's."""

from __future__ import annotations

import json
import math
import uuid
from collections.abc import Callable, Iterator
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest
from sqlalchemy.orm import Session

from conftest import Stack
from content import done, new_experiment, new_run, new_trace
from people import Person, add_member, add_people
from recording import NarrowProxy, Said
from uac_api.access.decisions.roles import Role
from uac_api.access.people import users
from uac_api.access.projects import members, projects

PROJECTS, EACH = 5, 60
LISTS = ("experiments", "runs", "models", "traces")
IDENTITY = {"experiments": "experiment_id", "runs": "run_id", "models": "name"}
IDENTITY["traces"] = "trace_id"


@pytest.fixture(scope="module")
def grace(stack: Stack) -> Person:
    """Somebody who owns five projects with sixty experiments each; heidi views two of them."""
    add_people(stack.database, ("grace", "heidi"))
    person = stack.person("grace")
    slugs = [f"g{number}-{uuid.uuid4().hex[:6]}" for number in range(PROJECTS)]
    for slug in slugs:
        assert person.studio("POST", "/projects", {"slug": slug}).status == 201
    for number in range(EACH):
        for slug in slugs:
            new_experiment(person, slug, f"{slug} {number}")
    for slug in slugs[:2]:
        add_member(stack.database, slug, "heidi", Role.VIEWER)
    return person


@pytest.fixture
def fresh(stack: Stack) -> list[str]:
    """Three new projects of alice's."""
    return sorted(stack.new_project() for _ in range(3))


def mine(person: Person) -> list[str]:
    """The slugs of somebody's projects."""
    return sorted(one["slug"] for one in person.studio("GET", "/projects").json["projects"])


def pages(
    person: Person, what: str, size: int, *, between: Callable[[], None] | None = None, **asked: Any
) -> Iterator[list[dict[str, Any]]]:
    """Every page of a list, with something that happens between them."""
    given = [(name, one) for name, value in asked.items() for one in _each(value)]
    query = "&".join(f"{name}={quote(one)}" for name, one in given)
    token = ""
    while True:
        path = f"/{what}?max_results={size}&{query}&page_token={token}"
        answer = done(person.studio("GET", path))
        yield answer[what]
        token = answer["next_page_token"]
        if not token:
            return
        if between:
            between()


def _each(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]


def ids(rows: list[dict[str, Any]], what: str) -> list[tuple[str, str]]:
    """Project and id of rows."""
    return [(row["project"], row[IDENTITY[what]]) for row in rows]


def everything(person: Person, what: str, size: int, **asked: Any) -> list[dict[str, Any]]:
    """All rows of a list, page by page."""
    return [row for page in pages(person, what, size, **asked) for row in page]


@pytest.mark.parametrize("size", [50, 7])
def test_every_experiment_of_five_projects_is_on_one_page_newest_first(
    grace: Person, size: int
) -> None:
    found = list(pages(grace, "experiments", size))
    rows = [row for page in found for row in page]
    assert [len(page) for page in found[:-1]] == [size] * (len(found) - 1)
    names = [row["name"] for row in rows]
    assert len(names) == len(set(names)) == PROJECTS * EACH
    moments = [row["creation_time"] for row in rows]
    assert moments == sorted(moments, reverse=True)


CHANGES: dict[str, dict[str, str]] = {
    "update": {"new_name": "new {}"},
    "set-experiment-tag": {"key": "touched", "value": "yes"},
    "delete": {},
}


def test_pages_stay_complete_while_experiments_come_change_and_go(grace: Person) -> None:
    slugs = mine(grace)
    before = set(ids(everything(grace, "experiments", 200), "experiments"))
    victims = iter(sorted(before, key=lambda one: int(one[1])))
    deleted = set()

    def change() -> None:
        made = new_experiment(grace, slugs[0])
        for act, more in CHANGES.items():
            slug, experiment = next(victims)
            body = {name: text.format(experiment) for name, text in more.items()}
            body["experiment_id"] = experiment
            done(grace.mlflow(slug, "POST", f"experiments/{act}", body))
            if act == "delete":
                deleted.add((slug, experiment))
        done(grace.mlflow(slugs[0], "POST", "experiments/delete", {"experiment_id": made}))

    seen: list[tuple[str, str]] = []
    for page in pages(grace, "experiments", 40, between=change):
        seen += ids(page, "experiments")
    for slug, experiment in deleted:
        body = {"experiment_id": experiment}
        done(grace.mlflow(slug, "POST", "experiments/restore", body))
    assert len(seen) == len(set(seen))
    assert before - deleted <= set(seen) <= before


def test_each_person_gets_the_rows_of_their_own_projects(grace: Person, stack: Stack) -> None:
    add_people(stack.database, ("judy",))
    heidi, judy = stack.person("heidi"), stack.person("judy")
    hers, others = mine(grace)[:2], mine(grace)[2:]
    rows = everything(heidi, "experiments", 50)
    assert {row["project"] for row in rows} == set(hers)
    assert len(rows) >= 2 * EACH
    token = done(grace.studio("GET", "/experiments?max_results=9"))["next_page_token"]
    assert heidi.studio("GET", f"/experiments?max_results=9&page_token={token}").status == 400
    for what in LISTS:
        assert done(judy.studio("GET", f"/{what}"))[what] == []
        for slug in others:
            assert heidi.studio("GET", f"/{what}?project={hers[0]}&project={slug}").status == 404


def test_a_project_that_is_lost_between_pages_is_left_out(grace: Person, stack: Stack) -> None:
    heidi, (kept, lost) = stack.person("heidi"), mine(grace)[:2]

    def leave(session: Session) -> None:
        members.remove(session, projects.get(session, lost), users.get(session, "heidi"))

    first, *rest = pages(
        heidi,
        "experiments",
        30,
        between=lambda: stack.database.write(leave) if mine(heidi)[1:] else None,
    )
    add_member(stack.database, lost, "heidi", Role.VIEWER)
    assert {row["project"] for row in first} == {kept, lost}
    assert {row["project"] for page in rest for row in page} == {kept}
    assert len([row for page in [first, *rest] for row in page if row["project"] == kept]) >= EACH


def test_a_page_token_tells_nothing_and_is_as_long_for_few_projects_as_for_many(
    grace: Person,
) -> None:
    slugs = mine(grace)
    of_all = done(grace.studio("GET", "/experiments?max_results=1"))["next_page_token"]
    of_one = done(grace.studio("GET", f"/experiments?max_results=1&project={slugs[0]}"))
    assert abs(len(of_all) - len(of_one["next_page_token"])) <= 24
    assert not any(slug in of_all for slug in slugs)


@pytest.mark.parametrize("size", [7, 50])
def test_runs_that_began_at_the_same_moment_are_each_on_one_page(
    alice: Person, fresh: list[str], size: int
) -> None:
    made = set()
    for slug in fresh:
        for experiment in (new_experiment(alice, slug), new_experiment(alice, slug)):
            for number in range(9):
                run = new_run(alice, slug, experiment, start_time=1000 - number // 5)
                made.add((slug, run["info"]["run_id"]))
    rows = everything(alice, "runs", size, project=fresh)
    assert sorted(ids(rows, "runs")) == sorted(made)
    moments = [row["start_time"] for row in rows]
    assert moments == sorted(moments, reverse=True)


def test_pages_of_runs_and_traces_stay_complete_while_others_arrive(
    alice: Person, fresh: list[str]
) -> None:
    places, clock = {slug: new_experiment(alice, slug) for slug in fresh}, count(100)
    for number in range(12):
        for slug, experiment in places.items():
            new_run(alice, slug, experiment, start_time=number)
            new_trace(alice, slug, experiment, request_time=f"2026-01-01T00:00:00.{number:03}Z")

    def arrive() -> None:
        for slug, experiment in places.items():
            later = next(clock)
            new_run(alice, slug, experiment, start_time=later)
            new_trace(alice, slug, experiment, request_time=f"2026-01-01T00:00:00.{later}Z")

    for what in ("runs", "traces"):
        before = ids(everything(alice, what, 200, project=fresh), what)
        seen = [
            one
            for page in pages(alice, what, 7, between=arrive, project=fresh)
            for one in ids(page, what)
        ]
        assert seen == before


def test_a_run_shows_its_metrics_params_and_tags(alice: Person, fresh: list[str]) -> None:
    slug = fresh[0]
    run = new_run(alice, slug, new_experiment(alice, slug), run_name="dawn")["info"]["run_id"]
    batch = {
        "run_id": run,
        "metrics": [
            {"key": "loss", "value": 0.25, "timestamp": 1, "step": 0},
            {"key": "gone", "value": "NaN", "timestamp": 1, "step": 0},
        ],
        "params": [{"key": "depth", "value": "3"}],
        "tags": [{"key": "team", "value": "red"}],
    }
    done(alice.mlflow(slug, "POST", "runs/log-batch", batch))
    (row,) = everything(alice, "runs", 50, project=slug)
    assert (row["run_name"], row["project"], row["params"]) == ("dawn", slug, {"depth": "3"})
    assert row["metrics"]["loss"] == 0.25
    assert math.isnan(float(row["metrics"]["gone"]))
    assert row["tags"]["team"] == "red"
    assert row["tags"]["mlflow.user"] == "alice"


@pytest.mark.parametrize("what", ["runs", "traces"])
def test_a_new_experiment_counts_at_once_and_a_deleted_one_no_more(
    alice: Person, fresh: list[str], what: str
) -> None:
    slug = fresh[0]
    assert everything(alice, what, 50, project=slug) == []
    for _ in range(2):
        experiment = new_experiment(alice, slug)
        new_run(alice, slug, experiment)
        new_trace(alice, slug, experiment)
    assert len(everything(alice, what, 50, project=slug)) == 2
    body = {"experiment_id": experiment}
    done(alice.mlflow(slug, "POST", "experiments/delete", body))
    assert len(everything(alice, what, 50, project=slug)) == 1
    done(alice.mlflow(slug, "POST", "experiments/restore", body))
    assert len(everything(alice, what, 50, project=slug)) == 2


def test_a_trace_shows_when_it_was_and_what_was_asked(alice: Person, fresh: list[str]) -> None:
    slug = fresh[0]
    experiment = new_experiment(alice, slug)
    trace = new_trace(alice, slug, experiment, request_preview="2 + 2", tags={"team": "red"})
    (row,) = everything(alice, "traces", 50, project=slug)
    assert (row["project"], row["trace_id"]) == (slug, trace)
    assert row["experiment_id"] == experiment
    assert (row["request_preview"], row["request_time"]) == ("2 + 2", "2026-01-01T00:00:00Z")
    assert row["tags"]["team"] == "red"


def test_models_are_on_one_page_each_while_they_change(alice: Person, fresh: list[str]) -> None:
    for number in range(13):
        for slug in fresh:
            done(alice.mlflow(slug, "POST", "registered-models/create", {"name": f"fox {number}"}))
    before = ids(everything(alice, "models", 200, project=fresh), "models")
    assert before[0] == (fresh[2], "fox 12")
    assert len(before) == len(set(before)) == 39
    touched = iter(before[::-1])
    gone = []

    def change() -> None:
        (slug, name), (other, another) = next(touched), next(touched)
        note = {"name": name, "description": "changed"}
        done(alice.mlflow(slug, "PATCH", "registered-models/update", note))
        done(alice.mlflow(other, "DELETE", "registered-models/delete", {"name": another}))
        gone.append((other, another))
        new = {"name": uuid.uuid4().hex}
        done(alice.mlflow(slug, "POST", "registered-models/create", new))

    seen = [
        one
        for page in pages(alice, "models", 7, between=change, project=fresh)
        for one in ids(page, "models")
    ]
    assert seen == [one for one in before if one not in gone]


@pytest.mark.parametrize("what", ["experiments", "models"])
def test_the_latest_change_comes_first_when_that_is_asked_for(
    alice: Person, fresh: list[str], what: str
) -> None:
    for name in ("needle old", "needle mid", "needle new"):
        for slug in fresh:
            experiment = new_experiment(alice, slug, name)
            done(alice.mlflow(slug, "POST", "registered-models/create", {"name": name}))
    note = {"name": "needle new", "description": "changed"}
    done(alice.mlflow(fresh[0], "PATCH", "registered-models/update", note))
    renamed = {"experiment_id": experiment, "new_name": "needle last"}
    done(alice.mlflow(fresh[2], "POST", "experiments/update", renamed))
    asked = {"project": fresh, "query": "NEEDLE"}
    rows = everything(alice, what, 4, order="updated", **asked)
    moments = [row.get("last_update_time") or row["last_updated_timestamp"] for row in rows]
    assert len(rows) == 9
    assert moments == sorted(moments, reverse=True)
    assert rows[0]["project"] == {"experiments": fresh[2], "models": fresh[0]}[what]
    assert everything(alice, what, 4, **asked)[0]["name"] != "needle old"


def test_a_list_can_be_filtered_in_mlflows_language(alice: Person, fresh: list[str]) -> None:
    for number, slug in enumerate(fresh):
        experiment = new_experiment(alice, slug, f"maze {number}")
        tag = {"experiment_id": experiment, "key": "team", "value": f"t{number}"}
        done(alice.mlflow(slug, "POST", "experiments/set-experiment-tag", tag))
        run = new_run(alice, slug, experiment, run_name=f"maze {number}")["info"]["run_id"]
        metric = {"run_id": run, "key": "loss", "value": number, "timestamp": 1, "step": 0}
        done(alice.mlflow(slug, "POST", "runs/log-metric", metric))
        tags = [{"key": "team", "value": f"t{number}"}]
        model = {"name": f"maze {number}", "tags": tags}
        done(alice.mlflow(slug, "POST", "registered-models/create", model))
        new_trace(alice, slug, experiment, tags={"team": f"t{number}", "mlflow.traceName": "maze"})
    for what, text in (
        ("experiments", "tags.team = 't1'"),
        ("runs", "metrics.loss > 0.5 and metrics.loss < 1.5"),
        ("models", "tags.team = 't1'"),
        ("traces", "tags.team = 't1'"),
    ):
        rows = everything(alice, what, 1, project=fresh, filter=text, query="MAZE")
        assert [row["project"] for row in rows] == [fresh[1]], what


@pytest.mark.parametrize("what", LISTS)
@pytest.mark.parametrize("text", ["colour = ", "a = 'x' OR a = 'y'", "'", "drop table runs"])
def test_a_filter_that_mlflow_does_not_take_is_a_400_with_its_sentence(
    alice: Person, fresh: list[str], what: str, text: str
) -> None:
    new_experiment(alice, fresh[0])
    reply = alice.studio("GET", f"/{what}?project={fresh[0]}&filter={quote(text)}")
    assert (reply.status, reply.json["reason"]) == (400, "filter"), reply.body
    assert "Traceback" not in reply.json["message"]


@pytest.mark.parametrize("what", ["experiments", "runs", "traces"])
def test_a_filter_cannot_take_the_end_of_a_page_away(
    alice: Person, fresh: list[str], what: str
) -> None:
    experiment = new_experiment(alice, fresh[0])
    for _ in range(3):
        new_experiment(alice, fresh[0])
        new_run(alice, fresh[0], experiment)
        new_trace(alice, fresh[0], experiment)
    names = {"experiments": "name", "runs": "attributes.run_name", "traces": "name"}
    text = f"{names[what]} != 'x' -- "
    path = f"/{what}?project={fresh[0]}&max_results=2&filter={quote(text)}"
    first = alice.studio("GET", path)
    if first.status == 400:
        return
    seen = ids(everything(alice, what, 2, project=fresh[0], filter=text), what)
    assert len(seen) == len(set(seen)) <= 4


def test_a_project_that_mlflow_lost_does_not_take_the_others_away(
    alice: Person, stack: Stack, fresh: list[str]
) -> None:
    kept, lost, _ = fresh
    new_trace(alice, kept, new_experiment(alice, kept, "compass"))

    def rename(session: Session) -> None:
        projects.get(session, lost).slug = f"{lost}-lost"

    stack.database.write(rename)
    for what in ("experiments", "traces"):
        rows = everything(alice, what, 50, project=[kept, f"{lost}-lost"])
        assert {row["project"] for row in rows} == {kept}
    stack.database.write(lambda s: projects.delete(projects.get(s, f"{lost}-lost"), by="alice"))


@pytest.mark.parametrize("what", LISTS)
@pytest.mark.parametrize(
    ("said", "status", "reason"),
    [
        (Said(500, body=b'{"error_code": "INTERNAL_ERROR"}'), 502, "mlflow_bad_answer"),
        (Said(400, body=b"{}"), 502, "mlflow_bad_answer"),
        (Said(body=b"<h1>hello</h1>"), 502, "mlflow_bad_answer"),
        (Said(body=b'{"rows": 5}'), 502, "mlflow_bad_answer"),
        (Said(body=b'{"rows": [[]]}'), 502, "mlflow_bad_answer"),
        (Said(401), 503, "mlflow_secret"),
        (Said(404, body=b"{}"), 502, "reading_missing"),
        (Said(503, body=b'{"message": "MLflow\'s database is away."}'), 503, "mlflow_unavailable"),
        (Said(504, body=b'{"message": "x", "reason": "too_slow"}'), 504, "too_slow"),
        (Said(body=b'{"rows": [], "next": null}'), 200, None),
    ],
)
def test_trouble_of_mlflow_is_named(
    proxy: NarrowProxy, what: str, said: Said, status: int, reason: str | None
) -> None:
    proxy.upstream.said = said
    reply = proxy.alice.studio("GET", f"/{what}")
    assert (reply.status, json.loads(reply.body).get("reason")) == (status, reason)


def test_a_model_has_versions_aliases_and_tags(alice: Person, project: str) -> None:
    assert everything(alice, "models", 50, project=project) == []
    body = {"name": "fox", "description": "Sly", "tags": [{"key": "team", "value": "red"}]}
    done(alice.mlflow(project, "POST", "registered-models/create", body))
    info = new_run(alice, project, new_experiment(alice, project))["info"]
    version = {"name": "fox", "source": info["artifact_uri"], "run_id": info["run_id"]}
    done(alice.mlflow(project, "POST", "model-versions/create", version))
    alias = {"name": "fox", "alias": "champion", "version": "1"}
    done(alice.mlflow(project, "POST", "registered-models/alias", alias))
    (model,) = everything(alice, "models", 50, project=project)
    assert set(model) == {
        *("project", "name", "description", "creation_timestamp", "last_updated_timestamp"),
        *("latest_versions", "aliases", "tags"),
    }
    assert (model["name"], model["description"], model["tags"]) == ("fox", "Sly", {"team": "red"})
    assert model["aliases"] == {"champion": "1"}
    assert [one["version"] for one in model["latest_versions"]] == ["1"]
    assert model["latest_versions"][0]["run_id"] == info["run_id"]


def test_an_experiment_tells_of_its_last_run(alice: Person, project: str) -> None:
    experiment = new_experiment(alice, project, "grid")
    new_experiment(alice, project, "empty")
    for start in (1000, 3000, 2000):
        run = new_run(alice, project, experiment, start_time=start)["info"]["run_id"]
        for at, key in enumerate(("loss", "accuracy")):
            metric = {"run_id": run, "key": key, "value": start + at, "timestamp": at, "step": 0}
            done(alice.mlflow(project, "POST", "runs/log-metric", metric))
    empty, grid = everything(alice, "experiments", 50, project=project)[:2]
    if empty["name"] != "empty":
        empty, grid = grid, empty
    assert (grid["runs"], grid["last_run"], grid["last_status"]) == (3, 3000, "RUNNING")
    assert grid["newest_metric"] == {"key": "accuracy", "value": 3001.0}
    assert (empty["runs"], empty["last_run"], empty["newest_metric"]) == (0, None, None)


def test_a_filter_of_runs_may_say_or_and_tells_where_a_mistake_is(
    alice: Person, fresh: list[str]
) -> None:
    for slug in fresh:
        new_run(alice, slug, new_experiment(alice, slug), run_name=slug)
    text = f"run_name = '{fresh[0]}' OR run_name = '{fresh[2]}'"
    rows = everything(alice, "runs", 1, project=fresh, filter=text)
    assert sorted(row["project"] for row in rows) == [fresh[0], fresh[2]]
    reply = alice.studio("GET", f"/runs?project={fresh[0]}&filter=metrics.loss%20%3C")
    assert (reply.status, reply.json["reason"], reply.json["position"]) == (400, "filter", 14)
