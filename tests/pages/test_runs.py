"""The runs page."""

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from laboratory import Lab, Open, log_run, mlflow_links, said

pytest_plugins = ("laboratory",)


def _table(at: AppTest) -> pd.DataFrame:
    return at.dataframe[0].value


def test_runs_are_rows_with_metrics_and_params_and_children_below_parents(
    lab: Lab, open_page: Open
) -> None:
    table = _table(open_page("runs", "carol", project=lab.project, experiment_id=lab.experiment_id))
    names = table["name"].tolist()
    assert sorted(names) == ["diverged", "search", "sgd", "↳ forest"]
    assert names.index("↳ forest") == names.index("search") + 1
    assert {"status", "start", "seconds", "user", "metrics.loss", "params.lr"} <= set(table)
    assert set(table["user"]) == {"bob"}


def test_a_stranger_sees_no_run(lab: Lab, open_page: Open) -> None:
    at = open_page("runs", "mallory", project=lab.project, experiment_id=lab.experiment_id)
    assert not at.dataframe
    assert "Grid" not in said(at)


def test_an_experiment_of_another_project_is_not_found(lab: Lab, open_page: Open) -> None:
    other = lab.stack.new_project()
    at = open_page("runs", "carol", project=other, experiment_id=lab.experiment_id)
    assert not at.dataframe
    assert "Not found" in said(at)


def test_the_address_filters_and_sorts(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where, filter="metrics.loss < 0.3")
    assert _table(at)["name"].tolist() == ["sgd"]
    at = open_page("runs", "carol", **where, status="FAILED")
    assert _table(at)["name"].tolist() == ["diverged"]
    at = open_page("runs", "carol", **where, sort="params.lr asc", name="s")
    assert _table(at)["name"].tolist()[:1] in (["search"], ["↳ forest"])
    at = open_page("runs", "carol", **where, top="yes")
    assert sorted(_table(at)["name"]) == ["diverged", "search", "sgd"]


def test_what_is_typed_goes_into_the_address(lab: Lab, open_page: Open) -> None:
    at = open_page("runs", "carol", project=lab.project, experiment_id=lab.experiment_id)
    at.text_input(key="runs-name").set_value("sgd").run()
    assert at.query_params["name"] == "sgd"
    assert _table(at)["name"].tolist() == ["sgd"]
    at.text_input(key="runs-name").set_value("").run()
    assert "name" not in at.query_params


def test_a_bad_filter_shows_the_sentence_of_mlflow_and_can_be_cleared(
    lab: Lab, open_page: Open
) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where, filter="metrics.loss >< 3")
    assert "MLflow cannot read this filter" in said(at)
    assert "Invalid comparator" in said(at)
    at.button(key="runs-clear").click().run()
    assert len(_table(at)) == 4


def test_a_filter_that_finds_nothing_says_so(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    assert "No run matches" in said(open_page("runs", "carol", **where, name="nobody"))


def test_columns_can_be_chosen(lab: Lab, open_page: Open) -> None:
    at = open_page("runs", "carol", project=lab.project, experiment_id=lab.experiment_id)
    at.button(key="columns-Metrics only").click().run()
    expected = ["name", "status", "metrics.acc", "metrics.loss", "metrics.test/auc"]
    assert list(_table(at)) == expected


def test_runs_are_compared_by_what_differs(lab: Lab, open_page: Open) -> None:
    at = open_page(
        "runs",
        "carol",
        project=lab.project,
        experiment_id=lab.experiment_id,
        compare=f"{lab.best},{lab.diverged},{lab.parent}",
    )
    assert "Comparing 3 runs" in said(at)
    table = _table(at)
    assert list(table.columns) == ["sgd", "diverged", "search"]
    rows = dict(zip(table.index, table.to_numpy().tolist(), strict=True))
    assert rows["lr · param"] == ["0.3", "30", "–"]  # noqa: RUF001
    assert rows["loss · metric"] == ["0.1", "NaN", "–"]  # noqa: RUF001


def test_seeds_that_differ_in_the_last_digit_differ_in_the_comparison(
    lab: Lab, open_page: Open
) -> None:
    bob = lab.stack.person("bob")
    seeds = ({"seed": 1234560, "date": 20240115}, {"seed": 1234561, "date": 20240115})
    ids = ("00120", "120")
    runs = [
        log_run(bob, lab, f"seeded {own}", metrics=dict(seed), params={"id": own})
        for seed, own in zip(seeds, ids, strict=True)
    ]
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    table = _table(open_page("runs", "carol", **where, compare=",".join(runs)))
    rows = dict(zip(table.index, table.to_numpy().tolist(), strict=True))
    assert rows == {"id · param": ["00120", "120"], "seed · metric": ["1234560", "1234561"]}


def test_infinity_nan_and_nothing_logged_are_told_apart(lab: Lab, open_page: Open) -> None:
    log_run(
        lab.stack.person("bob"), lab, "endless", metrics={"loss": "Infinity"}, params={"id": "1"}
    )
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    table = _table(open_page("runs", "carol", **where))
    shown = dict(zip(table["name"], table["metrics.loss"].fillna(""), strict=True))
    assert shown == {
        "endless": "∞",
        "diverged": "NaN",
        "sgd": "0.1",
        "↳ forest": "0.4",
        "search": "",
    }


@pytest.mark.parametrize("tab", ["Curves", "Parallel", "Scatter"])
def test_every_way_to_compare_draws_something(lab: Lab, open_page: Open, tab: str) -> None:
    at = open_page(
        "runs",
        "carol",
        project=lab.project,
        experiment_id=lab.experiment_id,
        compare=f"{lab.best},{lab.child},{lab.diverged}",
    )
    at.session_state["compare-tab"] = tab
    at.run()
    assert not at.exception
    assert at.get("plotly_chart")


def test_an_experiment_without_runs_says_how_to_log_one(lab: Lab, open_page: Open) -> None:
    made = lab.stack.person("bob").mlflow(
        lab.project, "POST", "experiments/create", {"name": "Empty"}
    )
    where = {"project": lab.project, "experiment_id": made.json["experiment_id"]}
    assert "No run yet" in said(open_page("runs", "carol", **where))


def test_no_experiment_in_the_address_leads_to_the_list(lab: Lab, open_page: Open) -> None:
    assert "No experiment chosen" in said(open_page("runs", "carol", project=lab.project))


def test_the_page_leads_to_the_same_place_in_mlflows_interface(lab: Lab, open_page: Open) -> None:
    here = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **here)
    start = f"{lab.stack.uac.url}/projects/{lab.project}/#/"
    assert mlflow_links(at) == [f"{start}experiments/{lab.experiment_id}/runs"]
    assert (
        mlflow_links(
            open_page("runs", "mallory", project=lab.project, experiment_id=lab.experiment_id)
        )
        == []
    )
