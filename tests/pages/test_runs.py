"""The runs page."""

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from laboratory import Lab, Open, log_run, mlflow_links, said
from studio_app.api.client import Client, Json, Unavailable
from studio_app.api.errors import TooSlow
from studio_app.runs import run_list

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


def test_a_bad_filter_shows_where_its_mistake_is_and_can_be_cleared(
    lab: Lab, open_page: Open
) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id, "status": "FAILED"}
    at = open_page("runs", "carol", **where, filter="metrics.loss >< 3")
    assert "This filter cannot be read" in said(at)
    assert "position" not in at.error[0].value
    assert at.code[0].value == "metrics.loss >< 3\n             ^"
    assert at.text_input(key="runs-filter").value == "metrics.loss >< 3"
    at.button(key="runs-clear").click().run()
    assert len(_table(at)) == 4


def test_a_name_that_no_run_has_is_answered_with_the_nearest_one(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where, filter="metrics.los > 0")
    assert "there is 'loss'" in said(at)
    assert at.code[0].value == "metrics.los > 0\n        ^"


def test_filters_are_put_together_with_or_not_and_parentheses(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    either = "metrics.loss < 0.3 OR NOT (params.lr IN ('0.1', '0.3') OR status = 'FAILED')"
    at = open_page("runs", "carol", **where, filter=either)
    assert sorted(_table(at)["name"]) == ["search", "sgd"]
    at = open_page("runs", "carol", **where, filter=either, name="sg")
    assert _table(at)["name"].tolist() == ["sgd"]


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


READ = ["runs/columns", "runs/query"]


def test_what_was_read_is_not_read_again_until_the_question_changes_or_somebody_refreshes(
    lab: Lab, open_page: Open, asked: list[str]
) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where)
    assert [path for path in asked if path in READ] == READ
    asked.clear()
    at.run()
    # What is left out was read already.
    at.multiselect[0].set_value(["status", "metrics.loss"]).run()
    assert asked == []
    log_run(lab.stack.person("bob"), lab, "newest", metrics={"loss": 0.2}, params={})
    at.run()
    assert asked == []
    assert "newest" not in set(_table(at)["name"])
    at.button(key="runs-refresh").click().run()
    assert [path for path in asked if path in READ] == READ
    assert "newest" in set(_table(at)["name"])
    assert list(_table(at)) == ["name", "status", "metrics.loss"]
    asked.clear()
    at.text_input(key="runs-name").set_value("sgd").run()
    assert asked == READ
    at.text_input(key="runs-name").set_value("").run()
    assert asked == READ
    # Another column of the same runs is another question.
    at.multiselect[0].set_value(["status", "metrics.loss", "params.lr"]).run()
    assert asked == [*READ, "runs/query"]


def test_the_comparison_reads_once_whatever_tab_is_open(
    lab: Lab, open_page: Open, asked: list[str]
) -> None:
    compared = f"{lab.best},{lab.child},{lab.diverged}"
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where, compare=compared)
    for tab in ("Curves", "Parallel", "Scatter", "Differences", "Curves"):
        at.session_state["compare-tab"] = tab
        at.run()
        assert not at.exception
    reads = [path for path in asked if path.startswith(("runs/", "metrics/"))]
    assert reads == [*READ, "metrics/curves"]


def test_more_runs_are_read_after_those_that_are_there(
    lab: Lab, open_page: Open, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_list, "STEPS", (2, 3, 10))
    where = {"project": lab.project, "experiment_id": lab.experiment_id, "sort": "name asc"}
    at = open_page("runs", "carol", **where)
    assert _table(at)["name"].tolist() == ["diverged", "↳ forest"]
    assert "The first 2 of 4 runs" in said(at)
    asked.clear()
    at.button(key="runs-more").click().run()
    assert _table(at)["name"].tolist() == ["diverged", "↳ forest", "search"]
    at.button(key="runs-more").click().run()
    assert _table(at)["name"].tolist() == ["diverged", "↳ forest", "search", "sgd"]
    assert asked == ["runs/query"] * 2
    assert "4 runs. Click" in said(at)
    assert not [button for button in at.button if button.key == "runs-more"]


def test_a_parent_that_is_on_no_page_yet_stands_above_its_child_once(
    lab: Lab, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_list, "STEPS", (1, 2, 10))
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where)
    for _ in range(2):
        names = _table(at)["name"].tolist()
        if "↳ forest" in names:
            assert names.index("↳ forest") == names.index("search") + 1
        at.button(key="runs-more").click().run()
    assert sorted(_table(at)["name"]) == ["diverged", "search", "sgd", "↳ forest"]


def test_runs_are_sorted_by_the_api_and_what_has_no_value_comes_last(
    lab: Lab, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_list, "STEPS", (2, 10))
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where, sort="metrics.loss desc")
    assert _table(at)["name"].tolist() == ["↳ forest", "sgd"]
    at = open_page("runs", "carol", **where, sort="metrics.loss asc")
    assert _table(at)["name"].tolist() == ["sgd", "↳ forest"]


def test_what_i_delete_is_gone_from_the_table_at_once(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "bob", **where)
    assert len(_table(at)) == 4
    ticked = f"runs-table-{lab.project}-{lab.experiment_id}-active-ticked"
    at.session_state[ticked] = [lab.diverged]
    at.text_input(key="runs-name").set_value("diverged").run()
    at.button(key="runs-delete").click().run()
    # A browser runs the dialog alone, AppTest the page: its button again, to have the dialog open.
    at.button(key="runs-delete").click()
    at.button(key="confirm-verb").click().run()
    assert "No run matches" in said(at)
    at.text_input(key="runs-name").set_value("").run()
    assert "diverged" not in set(_table(at)["name"])


def test_a_question_that_takes_too_long_says_what_to_do_and_leaves_the_filters(
    lab: Lab, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(_client: Client, _question: Json) -> None:
        raise TooSlow(504, "DEADLINE_EXCEEDED", "It was ended: narrow the filter.", "too_slow")

    monkeypatch.setattr(Client, "query_runs", ended)
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where)
    assert "This took too long" in said(at)
    assert "narrow the filter" in said(at)
    assert at.text_input(key="runs-filter")
    monkeypatch.undo()


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("mlflow_unavailable", "MLflow does not answer at the moment"),
        ("api_unavailable", "ML Studio's API does not answer at the moment"),
    ],
)
def test_what_is_away_is_named_and_nothing_old_is_shown_for_it(
    lab: Lab,
    open_page: Open,
    monkeypatch: pytest.MonkeyPatch,
    reason: str,
    sentence: str,
) -> None:
    def away(_client: Client, _question: Json) -> None:
        raise Unavailable(503, "TEMPORARILY_UNAVAILABLE", "Away.", reason)

    with monkeypatch.context() as patch:
        patch.setattr(Client, "run_columns", away)
        where = {"project": lab.project, "experiment_id": lab.experiment_id}
        at = open_page("runs", "carol", **where)
        assert sentence in at.warning[0].value
        assert not at.dataframe
    # What could not be answered was not kept.
    assert len(_table(at.run())) == 4


def test_who_loses_the_project_sees_nothing_of_what_was_read_before(
    lab: Lab, open_page: Open
) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where)
    assert len(_table(at)) == 4
    lab.client("alice").remove_member(lab.project, "carol")
    at.run()
    assert not at.dataframe
    assert "Grid" not in said(at)
