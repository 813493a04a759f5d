"""A script that names no experiment logs to its project's own experiment named Default."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import create_engine, text

from conftest import Stack
from content import artifact, done, new_experiment, new_model, new_run, new_trace, v3
from evaluation import new_dataset, new_issue, new_scorer, root_span
from people import Person
from processes import uac_program


@pytest.fixture(scope="module")
def other_process(stack: Stack) -> Iterator[str]:
    """The address of a second uac_api on the same databases."""
    url = stack.uac.environment["STUDIO_DATABASE_URL"]
    program = uac_program(stack.folder, url, stack.mlflow.url, UAC_WORKERS="1")
    program.start()
    yield program.url
    program.stop()


def elsewhere(person: Person, address: str) -> Person:
    """The same person at another process."""
    return Person(person.username, address, person.credential)


def place_of_run(person: Person, slug: str) -> str:
    """The experiment that a new run gets which names "0"."""
    return str(new_run(person, slug, "0")["info"]["experiment_id"])


def default_of(person: Person, slug: str) -> str | None:
    """The id of the project's experiment Default, if there is one."""
    reply = person.mlflow(slug, "GET", "experiments/get-by-name?experiment_name=Default")
    return str(reply.json["experiment"]["experiment_id"]) if reply.status == 200 else None


def test_reading_makes_nothing(carol: Person, project: str) -> None:
    found = carol.mlflow(project, "POST", "runs/search", {"experiment_ids": ["0"]})
    assert (found.status, found.json.get("runs", [])) == (200, [])
    assert default_of(carol, project) is None


def test_the_first_run_makes_it_and_later_ones_use_it(bob: Person, project: str) -> None:
    runs = [new_run(bob, project, "0")["info"] for _ in range(2)]
    assert {run["experiment_id"] for run in runs} == {default_of(bob, project)}
    found = done(bob.mlflow(project, "POST", "runs/search", {"experimentIds": ["0"]}))["runs"]
    assert {run["info"]["run_id"] for run in found} == {run["run_id"] for run in runs}


def test_two_first_runs_at_once_share_it(bob: Person, project: str) -> None:
    with ThreadPoolExecutor(4) as pool:
        runs = list(pool.map(lambda _: new_run(bob, project, "0")["info"], range(4)))
    assert {run["experiment_id"] for run in runs} == {default_of(bob, project)}


def test_every_project_has_its_own(alice: Person, stack: Stack) -> None:
    one, other = stack.new_project(), stack.new_project()
    assert (
        new_run(alice, one, "0")["info"]["experiment_id"]
        != new_run(alice, other, "0")["info"]["experiment_id"]
    )


def test_one_of_that_name_which_is_there_already_is_used(bob: Person, project: str) -> None:
    made = new_experiment(bob, project, "Default")
    assert new_run(bob, project, "0")["info"]["experiment_id"] == made


def test_traces_and_logged_models_go_there_too(bob: Person, project: str) -> None:
    trace = new_trace(bob, project, "0")
    info = done(v3(bob, project, "GET", f"traces/{trace}"))["trace"]["trace_info"]
    place = info["trace_location"]["mlflow_experiment"]["experiment_id"]
    model = done(bob.mlflow(project, "POST", "logged-models", {"experiment_id": "0"}))
    assert place == model["model"]["info"]["experiment_id"] == default_of(bob, project)


def test_what_judges_traces_goes_there_too(bob: Person, project: str) -> None:
    dataset = new_dataset(bob, project, "goldens", experiment_ids=["0"])
    scorer = new_scorer(bob, project, "0", "brevity")
    issue = new_issue(bob, project, "0", "rambling")
    place = default_of(bob, project)
    assert place is not None
    assert dataset["experiment_ids"] == [place]
    assert {scorer["experiment_id"], issue["experiment_id"]} == {place}
    listed = v3(bob, project, "GET", "scorers/list?experiment_id=0")
    assert [one["scorer_name"] for one in done(listed)["scorers"]] == ["brevity"]


def test_spans_go_there_too(bob: Person, project: str) -> None:
    trace = "tr-" + uuid.uuid4().hex
    headers = {"X-Mlflow-Experiment-Id": "0"}
    path = f"/projects/{project}/v1/traces"
    sent = bob.ask("POST", path, root_span(trace, '"0"'), headers=headers)
    assert sent.status == 200, sent.body
    info = done(v3(bob, project, "GET", f"traces/{trace}"))["trace"]["trace_info"]
    place = info["trace_location"]["mlflow_experiment"]["experiment_id"]
    assert place == default_of(bob, project)


def test_a_param_or_tag_of_0_does_not_make_it(bob: Person, project: str) -> None:
    made = new_experiment(bob, project)
    new_run(bob, project, made, tags=[{"key": "verbose", "value": "0"}])
    run = new_run(bob, project, made)["info"]["run_id"]
    new_model(bob, project, made, run, params=[{"key": "verbose", "value": "0"}])
    assert default_of(bob, project) is None


def test_a_viewer_cannot_make_it(carol: Person, project: str) -> None:
    reply = carol.mlflow(project, "POST", "runs/create", {"experiment_id": "0", "start_time": 1})
    assert (reply.status, reply.json["reason"]) == (403, "role_too_low")
    assert default_of(carol, project) is None


def test_mlflows_own_default_experiment_stays_out_of_reach(alice: Person, project: str) -> None:
    # In MLflow the id 0 is an experiment of the workspace `default`, which is nobody's.
    assert alice.mlflow(project, "POST", "experiments/delete", {"experiment_id": "0"}).status == 404
    assert alice.ask("GET", artifact(project, "?path=0")).status in (400, 403)


def test_one_that_was_purged_is_made_anew(bob: Person, project: str, stack: Stack) -> None:
    before = new_run(bob, project, "0")["info"]["experiment_id"]
    engine = create_engine(stack.mlflow.environment["MLFLOW_BACKEND_STORE_URI"])
    with engine.begin() as connection:
        # The first thing a purge does: from now on it is in no project.
        claim = (
            "UPDATE experiments SET workspace = 'default', name = :name WHERE experiment_id = :id"
        )
        connection.execute(text(claim), {"name": f"gone from {project}", "id": before})
    engine.dispose()
    assert bob.mlflow(project, "POST", "runs/create", {"experiment_id": "0"}).status == 404
    after = new_run(bob, project, "0")["info"]["experiment_id"]
    assert after == default_of(bob, project) != before


def test_it_is_the_same_one_after_a_rename_in_every_process(
    bob: Person, project: str, other_process: str
) -> None:
    both = (bob, elsewhere(bob, other_process))
    first = place_of_run(bob, project)
    rename = {"experiment_id": first, "new_name": "baseline"}
    done(bob.mlflow(project, "POST", "experiments/update", rename))
    runs = {place_of_run(one, project) for one in both for _ in range(2)}
    assert runs == {first}
    # Another one that takes the name changes nothing.
    new_experiment(bob, project, "Default")
    assert {place_of_run(one, project) for one in both} == {first}
    for one in both:
        found = done(one.mlflow(project, "POST", "runs/search", {"experiment_ids": ["0"]}))
        assert len(found["runs"]) == 7


def test_before_the_first_write_every_process_reads_the_one_of_that_name(
    bob: Person, carol: Person, project: str, other_process: str
) -> None:
    both = (carol, elsewhere(carol, other_process))
    path = "experiments/get?experiment_id=0"
    assert [one.mlflow(project, "GET", path).status for one in both] == [404, 404]
    made = new_experiment(bob, project, "Default")
    for one in both:
        found = done(one.mlflow(project, "GET", path))["experiment"]
        assert found["experiment_id"] == made
    done(
        bob.mlflow(
            project, "POST", "experiments/update", {"experiment_id": made, "new_name": "base"}
        )
    )
    assert [one.mlflow(project, "GET", path).status for one in both] == [404, 404]


def test_a_deleted_one_takes_no_runs_until_it_is_restored_in_every_process(
    alice: Person, bob: Person, project: str, other_process: str
) -> None:
    both = (bob, elsewhere(bob, other_process))
    first = place_of_run(bob, project)
    done(alice.mlflow(project, "POST", "experiments/delete", {"experiment_id": first}))
    for one in both:
        refused = one.mlflow(project, "POST", "runs/create", {"experiment_id": "0"})
        assert (refused.status, refused.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    done(alice.mlflow(project, "POST", "experiments/restore", {"experiment_id": first}))
    assert {place_of_run(one, project) for one in both} == {first}


def test_first_writes_in_two_processes_bind_one_experiment(
    bob: Person, project: str, other_process: str
) -> None:
    both = (bob, elsewhere(bob, other_process)) * 3
    with ThreadPoolExecutor(6) as pool:
        places = set(pool.map(lambda one: place_of_run(one, project), both))
    assert len(places) == 1
    assert place_of_run(both[1], project) in places
