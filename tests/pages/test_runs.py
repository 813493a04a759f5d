"""The table of runs, of an experiment and of a project."""

import csv
import io
import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow.parquet
import pytest
from streamlit.testing.v1 import AppTest

from components import drawn
from laboratory import Lab, Open, log_run, mlflow_links, said, token
from runs_page import READ, compared, set_state, table_of, view_of, write_filter
from studio_app.api.client import Client, Json, Unavailable
from studio_app.api.errors import TooSlow
from studio_app.runs import tracking
from studio_app.runs.table import run_export, run_grid, run_list

pytest_plugins = ("laboratory",)


def test_runs_are_rows_with_metrics_and_params_and_children_below_parents(
    lab: Lab, open_page: Open
) -> None:
    table = table_of(
        open_page("runs", "carol", project=lab.project, experiment_id=lab.experiment_id)
    )
    assert sorted(table["name"]) == ["diverged", "forest", "search", "sgd"]
    # The browser puts children below their parents (frontend/test/rows.test.ts).
    sent = drawn["runs_table"]["frame"]
    parents = dict(zip(sent["run_id"].to_pylist(), sent["parent_run_id"].to_pylist(), strict=True))
    assert parents[lab.child] == lab.parent
    assert drawn["runs_table"]["view"]["sort"] == []
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


def test_columns_can_be_chosen_and_stand_in_the_address(lab: Lab, open_page: Open) -> None:
    at = open_page("runs", "carol", project=lab.project, experiment_id=lab.experiment_id)
    chosen = view_of("status", "metrics.acc", "metrics.test/auc")
    chosen["columns"][2] |= {"width": 180, "pinned": True}  # type: ignore[index]
    set_state(at, lab, view=chosen | {"only_differing": True, "shading": "heat"})
    at.run()
    assert at.query_params["columns"] == "status,metrics.acc~180~pin,metrics.test/auc"
    assert at.query_params["only"] == "differing"
    assert at.query_params["cells"] == "heat"
    # Somebody else who opens this address has the same view.
    other = open_page("runs", "bob", **{name: at.query_params[name] for name in at.query_params})
    assert list(table_of(other)) == ["name", "status", "metrics.acc", "metrics.test/auc"]
    view = drawn["runs_table"]["view"]
    assert view["columns"][2] == {"id": "metrics.acc", "width": 180, "pinned": True}
    assert (view["only_differing"], view["shading"]) == (True, "heat")


def test_back_gives_the_browser_the_view_of_the_address_again(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where)
    first = drawn["runs_table"]["view_stamp"]
    set_state(at, lab, view=view_of("status"))
    at.run()
    assert drawn["runs_table"]["view_stamp"] == first, "the browser has arranged it itself"
    del at.query_params["columns"]
    at.run()
    assert drawn["runs_table"]["view_stamp"] == first + 1
    assert "metrics.loss" in {one["id"] for one in drawn["runs_table"]["view"]["columns"]}
    at.run()
    assert drawn["runs_table"]["view_stamp"] == first + 1


def test_a_whole_table_is_sorted_by_the_browser_and_a_part_by_the_api(
    lab: Lab, open_page: Open, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where)
    terms = [{"by": "metrics.loss", "ascending": True}, {"by": "start", "ascending": False}]
    asked.clear()
    set_state(at, lab, view=view_of("metrics.loss", sort=terms))
    at.run()
    assert at.query_params["sort"] == "metrics.loss asc,start desc"
    assert asked == []
    monkeypatch.setattr(run_list, "STEPS", (2, 10))
    at = open_page("runs", "carol", **where)
    asked.clear()
    set_state(at, lab, view=view_of("metrics.loss", sort=terms))
    at.run()
    assert asked == ["runs/query"]
    assert table_of(at)["name"].tolist() == ["sgd", "forest"]
    assert drawn["runs_table"]["more"] is True


def test_a_table_alone_begins_with_the_first_of_many_runs_and_takes_in_more(
    lab: Lab, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    everything = table_of(open_page("runs", "carol", show="table", **where))["name"].tolist()
    monkeypatch.setattr(run_list, "FEW", 1)
    monkeypatch.setattr(run_list, "STEPS", (2, 10))
    at = open_page("runs", "carol", show="table", **where)
    # With the parents of what is there.
    assert everything[0] in table_of(at)["name"].tolist()
    assert len(table_of(at)) < len(everything)
    assert drawn["runs_table"]["total"] == str(len(everything))
    at.button(key="runs-more").click().run()
    assert set(everything[:2]) <= set(table_of(at)["name"])
    at.button(key="runs-more").click().run()
    assert table_of(at)["name"].tolist() == everything
    # Beside charts as many are read as those draw.
    both = table_of(open_page("runs", "carol", **where))["name"]
    assert set(everything[:2]) <= set(both)


def test_ticked_runs_are_compared_and_those_that_a_filter_hides_are_left_alone(
    lab: Lab, open_page: Open
) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "bob", **where)
    assert at.button(key="runs-compare").disabled
    assert at.button(key="runs-delete").disabled
    set_state(at, lab, selection=[lab.best, lab.diverged, "gone"])
    at.run()
    assert at.button(key="runs-compare").label == "Compare 2 runs"
    write_filter(at, "run_name ILIKE '%sgd%'")
    assert at.button(key="runs-compare").disabled
    assert not at.button(key="runs-delete").disabled
    write_filter(at, "")
    at.query_params["sort"] = "metrics.loss asc"
    at.run()
    at.button(key="runs-compare").click().run()
    assert set(at.query_params["compare"].split(",")) == {lab.best, lab.diverged}
    at.button(key="compare-leave").click().run()
    assert at.query_params["sort"] == "metrics.loss asc"
    assert "compare" not in at.query_params


def test_ticked_runs_are_copied_as_code_that_reads_the_same_rows(
    lab: Lab, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where)
    set_state(at, lab, selection=[lab.best, lab.child])
    at.run()
    ids, code = (block.value for block in at.code)
    assert set(ids.split()) == {lab.best, lab.child}
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", token(lab.stack.person("carol")))
    names: dict[str, pd.DataFrame] = {}
    exec(code, names)  # noqa: S102 - what a person would paste
    found = names["runs"].set_index("run_id")
    assert set(found.index) == {lab.best, lab.child}
    assert found.loc[lab.best, "metrics.loss"] == 0.1
    assert found.loc[lab.best, "params.lr"] == "0.3"


def test_ticked_runs_are_tagged_together(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "bob", **where)
    set_state(at, lab, selection=[lab.best, lab.child])
    at.run()
    at.text_input(key="runs-tag-key").set_value("team")
    at.text_input(key="runs-tag-value").set_value("risk = 1")
    at.button(key="runs-tag-set").click().run()
    client = lab.client("bob")
    tags = {run: tracking.run(client, lab.project, run).tags.get("team") for run in lab_runs(lab)}
    assert tags == {
        lab.best: "risk = 1",
        lab.child: "risk = 1",
        lab.parent: None,
        lab.diverged: None,
    }


def lab_runs(lab: Lab) -> list[str]:
    return [lab.best, lab.child, lab.parent, lab.diverged]


def test_a_viewer_can_compare_and_not_delete(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where)
    keys = {button.key for button in at.button}
    assert "runs-compare" in keys
    assert not keys & {"runs-delete", "runs-tag-set", "runs-restore"}


def test_ticks_come_back_with_the_page(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where)
    set_state(at, lab, selection=[lab.best])
    at.run()
    assert drawn["runs_table"]["selection"] == [], "a tick sends the table nothing"
    # The browser draws the table anew: what it had sent is gone with it.
    del at.session_state[run_grid.key(f"{lab.project}-{lab.experiment_id}")]
    at.run()
    assert drawn["runs_table"]["selection"] == [lab.best]


def test_curves_are_read_once_for_what_is_looked_at(
    lab: Lab, open_page: Open, asked: list[str]
) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    charts = f"runs-charts-{lab.project}-{lab.experiment_id}"
    at = open_page("runs", "carol", **where)
    assert drawn["run_charts"]["metrics"] == ["acc", "loss", "test/auc"]
    assert "metrics/curves" not in asked
    at.session_state[charts] = {"wanted": {"axis": "step", "metrics": ["acc", "loss"]}}
    at.run()
    points = drawn["run_charts"]["curves"]
    assert points.num_rows == 5 + 3
    assert drawn["run_charts"]["read"] == ["acc", "loss"]
    assert asked.count("metrics/curves") == 1
    set_state(at, lab, selection=[lab.best])
    at.run()
    # The table tells the charts of a tick by itself: all rows are there to be drawn.
    assert drawn["run_charts"]["rows"].num_rows == 4
    assert asked.count("metrics/curves") == 1, "they are there"
    at.session_state[charts] = {"wanted": {"axis": "step", "metrics": ["acc", "loss", "test/auc"]}}
    at.run()
    assert asked.count("metrics/curves") == 2
    assert drawn["run_charts"]["curves"].num_rows == 5 + 3 + 1
    at.session_state[charts] = {"wanted": {"axis": "time", "metrics": ["nobody's", "acc"]}}
    at.run()
    assert drawn["run_charts"]["axis"] == "time"
    assert drawn["run_charts"]["read"] == ["acc"]


def test_an_arrangement_of_charts_goes_into_the_address_and_reads_nothing(
    lab: Lab, open_page: Open, asked: list[str]
) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    charts = f"runs-charts-{lab.project}-{lab.experiment_id}"
    at = open_page("runs", "carol", **where, charts="hide~acc", split="30")
    assert (drawn["run_charts"]["charts"], drawn["run_charts"]["split"]) == ("hide~acc", 30)
    reads = len(asked)
    at.session_state[charts] = {"view": {"charts": "smooth~0.6", "split": 50}}
    at.run()
    assert at.query_params["charts"] == "smooth~0.6"
    assert "split" not in at.query_params
    assert [path for path in asked[reads:] if path.startswith(("runs/", "metrics/"))] == []
    for odd in ("abc", "-1", "1000", "²"):
        open_page("runs", "carol", **where, split=odd)
        assert drawn["run_charts"]["split"] == 50, odd


def test_table_and_charts_can_each_be_closed(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    open_page("runs", "carol", **where, show="table")
    assert set(drawn) == {"run_filter", "runs_table", "run_updates"}
    drawn.clear()
    at = open_page("runs", "carol", **where, show="charts")
    assert set(drawn) == {"run_filter", "run_charts"}
    assert not at.dataframe


def test_everything_that_a_filter_finds_can_be_taken_away_as_a_file(lab: Lab) -> None:
    log_run(lab.stack.person("bob"), lab, "=1+1", metrics={"loss": 1 / 3}, params={"id": "00120"})
    client = lab.client("carol")
    known = tracking.columns_of_runs(client, lab.project, lab.experiment_id)
    asked = run_list.Asked(
        lab.project, lab.experiment_id, "metrics.loss > 0.3", "active", "metrics.loss asc", False
    )
    table = run_export.table(client, asked, known)
    text = run_export.as_csv(table).decode()
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["run_name"] for row in rows] == ["'=1+1", "forest"]
    assert rows[0]["metrics.loss"] == "0.3333333333333333"
    assert rows[0]["params.id"] == "00120"
    assert rows[1]["run_id"] == lab.child
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", rows[0]["start_time"])
    again = pyarrow.parquet.read_table(io.BytesIO(run_export.as_parquet(table)))
    assert again["metrics.loss"].to_pylist() == [1 / 3, 0.4]


def test_an_experiment_without_runs_says_how_to_log_one(lab: Lab, open_page: Open) -> None:
    made = lab.stack.person("bob").mlflow(
        lab.project, "POST", "experiments/create", {"name": "Empty"}
    )
    where = {"project": lab.project, "experiment_id": made.json["experiment_id"]}
    assert "No run yet" in said(open_page("runs", "carol", **where))


@pytest.mark.parametrize("where", [{}, {"experiment_id": "all"}])
def test_without_an_experiment_all_runs_of_the_project_are_there(
    lab: Lab, open_page: Open, where: dict[str, str]
) -> None:
    bob = lab.stack.person("bob")
    made = bob.mlflow(lab.project, "POST", "experiments/create", {"name": "Other"})
    elsewhere = replace(lab, experiment_id=made.json["experiment_id"])
    other = log_run(bob, elsewhere, "other", metrics={"loss": 0.05}, params={})
    at = open_page("runs", "carol", project=lab.project, **where, sort="metrics.loss asc")
    table = table_of(at)
    assert list(table)[:2] == ["name", "experiment"]
    found = dict(zip(table["name"], table["experiment"], strict=True))
    assert found == {"other": "Other"} | dict.fromkeys(
        ("diverged", "search", "sgd", "forest"), "Grid"
    )
    assert table["name"].tolist()[:2] == ["other", "sgd"]
    at = open_page("runs", "carol", project=lab.project, sort="experiment desc")
    assert table_of(at)["name"].tolist()[0] == "other"
    at = open_page(
        "runs", "carol", project=lab.project, experiment_id="all", compare=f"{lab.best},{other}"
    )
    assert list(table_of(at).columns) == ["sgd", "other"]
    assert compared(at)["experiment"] == ["Grid", "Other"]


def test_a_stranger_sees_no_run_of_a_whole_project(lab: Lab, open_page: Open) -> None:
    at = open_page("runs", "mallory", project=lab.project, experiment_id="all")
    assert not at.dataframe
    assert "sgd" not in said(at)


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


def test_what_was_read_is_not_read_again_until_the_question_changes_or_somebody_refreshes(
    lab: Lab, open_page: Open, asked: list[str]
) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where)
    assert [path for path in asked if path in READ] == READ
    asked.clear()
    at.run()
    # What is left out was read already.
    set_state(at, lab, view=view_of("status", "metrics.loss"))
    at.run()
    assert asked == []
    log_run(lab.stack.person("bob"), lab, "newest", metrics={"loss": 0.2}, params={})
    at.run()
    assert asked == []
    assert "newest" not in set(table_of(at)["name"])
    at.button(key="runs-refresh").click().run()
    assert [path for path in asked if path in READ] == READ
    assert "newest" in set(table_of(at)["name"])
    asked.clear()
    write_filter(at, "run_name ILIKE '%sgd%'")
    assert asked == READ
    write_filter(at, "")
    assert asked == READ
    # Another column of the same runs is another question.
    set_state(at, lab, view=view_of("status", "metrics.loss", "params.lr"))
    at.run()
    assert asked == [*READ, "runs/query"]


def test_more_runs_are_read_after_those_that_are_there(
    lab: Lab, open_page: Open, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_list, "STEPS", (2, 3, 10))
    where = {"project": lab.project, "experiment_id": lab.experiment_id, "sort": "name asc"}
    at = open_page("runs", "carol", **where)
    assert table_of(at)["name"].tolist() == ["diverged", "forest"]
    assert "The first 2 of 4 runs" in said(at)
    asked.clear()
    at.button(key="runs-more").click().run()
    assert table_of(at)["name"].tolist() == ["diverged", "forest", "search"]
    at.button(key="runs-more").click().run()
    assert table_of(at)["name"].tolist() == ["diverged", "forest", "search", "sgd"]
    assert asked == ["runs/query"] * 2
    assert "4 runs. Click" in said(at)
    assert not [button for button in at.button if button.key == "runs-more"]


def test_a_parent_that_is_on_no_page_yet_comes_with_its_child_once(
    lab: Lab, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_list, "STEPS", (1, 2, 10))
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where)
    for _ in range(2):
        names = table_of(at)["name"].tolist()
        assert "forest" not in names or names.count("search") == 1
        at.button(key="runs-more").click().run()
    assert sorted(table_of(at)["name"]) == ["diverged", "forest", "search", "sgd"]


def test_runs_are_sorted_by_the_api_and_what_has_no_value_comes_last(
    lab: Lab, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_list, "STEPS", (2, 10))
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where, sort="metrics.loss desc")
    assert table_of(at)["name"].tolist() == ["forest", "sgd"]
    at = open_page("runs", "carol", **where, sort="metrics.loss asc")
    assert table_of(at)["name"].tolist() == ["sgd", "forest"]


def test_what_i_delete_is_gone_from_the_table_at_once(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "bob", **where)
    assert len(table_of(at)) == 4
    set_state(at, lab, selection=[lab.diverged])
    write_filter(at, "run_name ILIKE '%diverged%'")
    at.button(key="runs-delete").click().run()
    # A browser runs the dialog alone, AppTest the page: its button again, to have the dialog open.
    at.button(key="runs-delete").click()
    at.button(key="confirm-verb").click().run()
    assert "No run matches" in said(at)
    write_filter(at, "")
    assert "diverged" not in set(table_of(at)["name"])


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
    assert at.text_input(key="filter-line")
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
    assert len(table_of(at.run())) == 4


def test_who_loses_the_project_sees_nothing_of_what_was_read_before(
    lab: Lab, open_page: Open
) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where)
    assert len(table_of(at)) == 4
    lab.client("alice").remove_member(lab.project, "carol")
    at.run()
    assert not at.dataframe
    assert "Grid" not in said(at)


def test_the_table_stays_where_it_is_while_more_is_read_or_less(lab: Lab, open_page: Open) -> None:
    """At another number of the page the browser would make it anew, without its open menus."""
    at = open_page("runs", "carol", project=lab.project, experiment_id=lab.experiment_id)
    places = [_place_of_split(at)]
    for sent in (
        view_of("lr"),
        view_of("lr", group=["params.lr"]),
        view_of("lr", group=["status"]),
    ):
        set_state(at, lab, view=sent)
        places.append(_place_of_split(at.run()))
    assert drawn["runs_table"]["grouped_by"] == ["status"]
    assert len(set(places)) == 1


def _place_of_split(at: AppTest) -> tuple[int, ...]:
    """The numbers on the way to the container of the table and its charts."""

    def look(block: Any, way: tuple[int, ...]) -> tuple[int, ...]:
        proto = getattr(block, "proto", None)
        if getattr(proto, "id", "").endswith("-runs-split"):
            return way
        for number, child in getattr(block, "children", {}).items():
            if found := look(child, (*way, number)):
                return found
        return ()

    found = look(at.main, ())
    assert found
    return found
