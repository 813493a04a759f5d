"""The page of a project: its notes, what runs and failed in it, and its best runs."""

import re
from pathlib import Path

import pytest

from content import done
from laboratory import T0, Lab, Open, begin, links, log_run, said
from processes import ROOT
from studio_app.runs.table.run_columns import LOWER, lower_is_better

pytest_plugins = ("laboratory",)


def test_a_viewer_sees_what_runs_what_failed_and_what_is_best(lab: Lab, open_page: Open) -> None:
    bob = lab.stack.person("bob")
    running, failed = begin(bob, lab, "goes on", "RUNNING"), begin(bob, lab, "broke", "FAILED", 2)
    begin(bob, lab, "broke long ago", "FAILED", 50)
    at = open_page("project", "carol", project=lab.project, metric="loss")
    assert not at.exception
    shown = [query for page, query in links(at) if page == "run"]
    assert [f"run_id={one}" in " ".join(shown) for one in (running, failed, lab.best)] == [True] * 3
    assert "broke long ago" not in said(at)
    assert "bob" in said(at)
    text = said(at)
    assert text.index("sgd") < text.index("forest"), "the lowest loss comes first"
    assert r"**0\.1**" in text
    assert "The lowest values first" in text
    assert [query for page, query in links(at) if page == "runs" and "sort=metrics.loss" in query]


def test_a_run_whose_metric_is_nan_is_none_of_the_best(lab: Lab, open_page: Open) -> None:
    at = open_page("project", "carol", project=lab.project, metric="loss")
    names = [link for link in said(at).splitlines() if "diverged" in link]
    assert not names
    log_run(lab.stack.person("bob"), lab, "odd", metrics={"only": "NaN"}, params={})
    at = open_page("project", "carol", project=lab.project, metric="only")
    assert "No run has a finite value of it." in said(at)


def test_only_who_manages_a_project_writes_its_notes(lab: Lab, open_page: Open) -> None:
    at = open_page("project", "alice", project=lab.project)
    at.button(key="notes").click().run()
    assert at.text_area(key="notes-text").value == ""
    # AppTest draws no dialog a second time: tests/system presses the button.
    notes = "# Fraud\nWe look for *rings*. ![spy](https://spy.example/x.png)"
    lab.client("alice").update_project(lab.project, description=notes)
    at = open_page("project", "carol", project=lab.project)
    assert "We look for *rings*. !\\[spy]" in said(at)
    assert "notes" not in [button.key for button in at.button]
    assert "notes" not in [
        button.key for button in open_page("project", "bob", project=lab.project).button
    ]


def test_a_stranger_gets_nothing_of_it(lab: Lab, open_page: Open) -> None:
    at = open_page("project", "mallory", project=lab.project)
    assert "No such project for you" in said(at)
    assert "sgd" not in said(at)


def test_an_administrator_who_is_no_member_sees_nothing_of_what_is_in_it(
    lab: Lab, open_page: Open
) -> None:
    at = open_page("project", "admin", project=lab.project)
    assert not at.exception
    assert "sgd" not in said(at)
    assert "Grid" not in said(at)


def test_a_project_without_runs_says_how_to_log_one(lab: Lab, open_page: Open) -> None:
    slug = lab.stack.new_project()
    at = open_page("project", "carol", project=slug)
    assert "No run yet" in said(at)
    bob = lab.stack.person("bob")
    experiment = done(bob.mlflow(slug, "POST", "experiments/create", {"name": "x"}))
    body = {"experiment_id": experiment["experiment_id"], "run_name": "bare", "start_time": T0}
    done(bob.mlflow(slug, "POST", "runs/create", body))
    at = open_page("project", "carol", project=slug)
    assert "No run has a metric yet" in said(at)
    assert "Nothing failed since yesterday." in said(at)


@pytest.mark.parametrize(
    ("metric", "lower"),
    [
        ("val_loss", True),
        ("test/RMSE", True),
        ("logLoss", True),
        ("accuracy", False),
        ("glossary", False),
        ("", False),
    ],
)
def test_which_values_are_best_is_told_by_the_words_of_a_name(metric: str, *, lower: bool) -> None:
    assert lower_is_better(metric) == lower


def test_the_table_in_the_browser_knows_the_same_words() -> None:
    source = (Path(ROOT) / "frontend" / "src" / "runs_table" / "statistics.ts").read_text()
    found = re.search(r"const LOWER = new Set\(\s*\"([a-z ]+)\"", source)
    assert found
    assert set(found[1].split()) == LOWER
