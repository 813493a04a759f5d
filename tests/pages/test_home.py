"""Home: what waits for me, my projects and what was worked on last."""

from __future__ import annotations

import pytest

import laboratory
from laboratory import Lab, begin, links, said
from serving import Open, Service, limit, text, uses
from studio_app.quotas import meters
from studio_app.runs import run_rows

pytest_plugins = ("laboratory",)


def test_home_shows_my_projects_and_recent_experiments(studio: Open) -> None:
    at = studio("home", "bob")
    assert not at.exception
    assert "Fraud detection" in text(at)
    assert "contributor · 3 members" in text(at)
    assert "fraud baseline" in text(at)


def test_home_shows_nothing_of_a_project_to_a_stranger(studio: Open) -> None:
    at = studio("home", "mallory")
    assert "You have no project yet" in text(at)
    assert "raud" not in text(at)


def test_home_names_my_projects_that_are_near_a_limit(studio: Open, service: Service) -> None:
    uses(service, size=8_500_000, runs=10)
    limit(service)
    at = studio("home", "bob")
    at.session_state["studio_project"] = None
    at.run()
    assert not at.exception
    shown = text(at)
    assert "**Fraud detection** is at a limit. Storage: 8.5 MB of 10.0 MB (85 %); Runs" in shown
    assert ("usage", "project=fraud") in links(at)
    # The notice of the chosen project says it already.
    assert "is at a limit" not in text(studio("home", "bob", project="fraud"))


def test_of_many_projects_near_a_limit_the_first_are_named(
    studio: Open, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(meters, "_MOST_NEAR", 0)
    uses(service, runs=10)
    limit(service)
    at = studio("home", "bob")
    at.session_state["studio_project"] = None
    at.run()
    assert "is at a limit" not in text(at)
    assert "1 more project near a limit" in text(at)


def test_home_says_nothing_of_limits_to_who_is_no_member(studio: Open, service: Service) -> None:
    uses(service, runs=10)
    limit(service)
    for who in ("admin", "mallory"):
        assert "limit" not in text(studio("home", who))


def test_home_still_shows_the_projects_when_mlflow_is_away(studio: Open, service: Service) -> None:
    service.mlflow.stop()
    at = studio("home", "bob")
    assert "Fraud detection" in text(at)
    assert "MLflow does not answer" in at.warning[0].value


def test_my_runs_that_run_or_failed_are_there_and_nobody_elses(
    lab: Lab, open_page: laboratory.Open
) -> None:
    bob, alice = lab.stack.person("bob"), lab.stack.person("alice")
    wanted = [begin(bob, lab, "goes on", "RUNNING"), begin(bob, lab, "broke", "FAILED", 20)]
    begin(bob, lab, "ended well", "FINISHED")
    begin(bob, lab, "broke long ago", "FAILED", 30)
    begin(bob, lab, "was killed last month", "RUNNING", 24 * 20)
    begin(alice, lab, "hers broke", "FAILED")
    at = open_page("home", "bob")
    assert not at.exception
    assert {("run", f"project={lab.project}&run_id={run_id}") for run_id in wanted} <= set(
        links(at)
    )
    shown = said(at)
    for name in ("ended well", "long ago", "last month", "hers broke"):
        assert name not in shown
    assert "10 runs" in shown
    assert "hers broke" in said(open_page("home", "alice"))


def test_what_a_list_says_of_an_experiment() -> None:
    metric = {"key": "loss", "value": 0.25}
    row = {"runs": 1, "last_run": 1_700_000_000_000, "last_status": "FAILED"}
    facts = run_rows.experiment_facts(row | {"newest_metric": metric})
    assert facts[0] == "1 run"
    assert facts[1].endswith("failed")
    assert facts[2] == "loss 0.25"
    assert run_rows.experiment_facts({"runs": 0, "newest_metric": None}) == ["no run yet"]


def test_projects_in_which_something_was_logged_last_stand_first() -> None:
    projects = [{"slug": slug} for slug in ("a", "b", "c")]
    experiments = [{"project": "c"}, {"project": "b"}, {"project": "c"}]
    found = run_rows.by_activity(projects, experiments)
    assert [project["slug"] for project in found] == ["c", "b", "a"]
