"""The runs page."""

import csv
import io
import math
import re
from dataclasses import replace
from typing import Any

import pandas as pd
import pyarrow.parquet
import pytest
from streamlit.testing.v1 import AppTest

from components import drawn
from laboratory import Lab, Open, log_run, mlflow_links, said, token
from ml_studio.run_charts import RangeFilter
from studio_app.api.client import Client, Json, Unavailable
from studio_app.api.errors import TooSlow
from studio_app.runs import tracking
from studio_app.runs.charts import range_filter
from studio_app.runs.table import run_export, run_grid, run_list

pytest_plugins = ("laboratory",)


def _table(at: AppTest) -> pd.DataFrame:
    """The table as the browser gets it (tests/components.py)."""
    return at.dataframe[0].value


def _state(at: AppTest, lab: Lab, **state: object) -> None:
    """Has the browser send what a person did with the table."""
    at.session_state[run_grid.key(f"{lab.project}-{lab.experiment_id}")] = state


def _view(*columns: str, **view: object) -> dict[str, object]:
    return {"columns": [{"id": name} for name in ("name", *columns)], **view}


def test_runs_are_rows_with_metrics_and_params_and_children_below_parents(
    lab: Lab, open_page: Open
) -> None:
    table = _table(open_page("runs", "carol", project=lab.project, experiment_id=lab.experiment_id))
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


def test_the_address_filters_and_sorts(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where, filter="metrics.loss < 0.3")
    assert _table(at)["name"].tolist() == ["sgd"]
    at = open_page("runs", "carol", **where, status="FAILED")
    assert _table(at)["name"].tolist() == ["diverged"]
    at = open_page("runs", "carol", **where, sort="params.lr asc", name="s")
    assert _table(at)["name"].tolist()[:1] == ["forest"]
    at = open_page("runs", "carol", **where, top="yes")
    assert sorted(_table(at)["name"]) == ["diverged", "search", "sgd"]


def _write(at: AppTest, filter_text: str) -> AppTest:
    """Has somebody write a filter into the line and run it."""
    return at.text_input(key="filter-line").set_value(filter_text).run()


def test_what_is_written_goes_into_the_address(lab: Lab, open_page: Open) -> None:
    at = open_page("runs", "carol", project=lab.project, experiment_id=lab.experiment_id)
    _write(at, "run_name ILIKE '%sgd%'")
    assert at.query_params["filter"] == "run_name ILIKE '%sgd%'"
    assert _table(at)["name"].tolist() == ["sgd"]
    _write(at, "")
    assert "filter" not in at.query_params
    assert len(_table(at)) == 4


def test_what_older_addresses_ask_for_stands_in_the_line_and_goes_with_it(
    lab: Lab, open_page: Open
) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    older = {"name": "s", "status": "FINISHED", "top": "yes", "filter": "metrics.loss < 1"}
    at = open_page("runs", "carol", **where, **older)
    sentence = (
        "metrics.loss < 1 AND run_name ILIKE '%s%' AND status = 'FINISHED' "
        "AND tags.mlflow.parentRunId IS NULL"
    )
    assert drawn["run_filter"]["sentence"] == sentence
    assert _table(at)["name"].tolist() == ["sgd"]
    _write(at, sentence.replace(" AND status = 'FINISHED'", ""))
    assert set(at.query_params) == {*where, "filter"}


def test_a_bad_filter_is_shown_at_its_place_and_the_table_stays_as_it_was(
    lab: Lab, open_page: Open
) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where, filter="status = 'FINISHED'")
    names = _table(at)["name"].tolist()
    assert drawn["run_filter"]["mistake"] is None
    _write(at, "metrics.loss >< 3")
    line = drawn["run_filter"]
    assert line["sentence"] == "metrics.loss >< 3"
    assert line["mistake"]["position"] == 13
    assert line["mistake"]["message"].startswith("metrics.loss is a number and cannot be")
    assert "position" not in line["mistake"]["message"]
    assert line["meanwhile"] == "The table still shows the runs of: status = 'FINISHED'"
    assert _table(at)["name"].tolist() == names
    assert not at.error
    _write(at, "metrics.loss > 0.3")
    assert drawn["run_filter"]["mistake"] is None
    assert _table(at)["name"].tolist() == ["forest"]


def test_an_address_with_a_bad_filter_shows_all_runs(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where, filter="metrics.loss >< 3")
    assert drawn["run_filter"]["meanwhile"] == "The table shows all runs."
    assert len(_table(at)) == 4
    drawn.clear()
    stranger = open_page("runs", "mallory", **where, filter="metrics.loss >< 3")
    assert not stranger.dataframe
    assert "run_filter" not in drawn


def test_a_name_that_no_run_has_is_answered_with_the_nearest_one(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where, filter="params.lr = 'los' AND metrics.los > 0")
    mistake = drawn["run_filter"]["mistake"]
    assert mistake["near"] == "loss"
    assert "there is 'loss'" in mistake["message"]
    assert "params.lr = 'los' AND metrics.los > 0"[mistake["position"] :] == "los > 0"
    assert len(_table(at)) == 4


def test_a_filter_is_offered_what_runs_have_whatever_it_asks_for_now(
    lab: Lab, open_page: Open, asked: list[str]
) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    other = lab.stack.new_project()
    secret = replace(lab, project=other)
    made = lab.stack.person("bob").mlflow(other, "POST", "experiments/create", {"name": "Secret"})
    secret = replace(secret, experiment_id=made.json["experiment_id"])
    log_run(lab.stack.person("bob"), secret, "s", metrics={}, params={"secret": "x"})
    open_page("runs", "carol", **where, filter="status = 'FAILED'")
    assert [path for path in asked if path in READ] == [
        "runs/columns",
        "runs/columns",
        "runs/query",
    ]
    line = drawn["run_filter"]
    found = {(one["kind"], one["key"]): one for one in line["columns"]}
    assert line["runs"] == 4
    assert not line["sampled"]
    assert dict(found["attributes", "status"]["common"]) == {"FINISHED": 3, "FAILED": 1}
    assert dict(found["tags", "mlflow.user"]["common"]) == {"bob": 4}
    assert sorted(found["params", "lr"]["common"]) == [("0.1", 1), ("0.3", 1), ("30", 1)]
    assert found["metrics", "loss"]["low"] == 0.1
    assert "secret" not in str(line)
    assert "Secret" not in str(line)


def test_what_facets_write_can_be_read_from_an_address(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    facets = (
        "status IN ('FINISHED', 'KILLED') AND tags.mlflow.user = 'bob' "
        "AND experiment_name = 'Grid' AND params.lr IN ('0.1', '0.3') "
        "AND metrics.loss >= 0.1 AND metrics.loss <= 4e-1 "
        "AND start_time >= '2020-01-01 00:00+05:30' AND run_name ILIKE '%S%'"
    )
    at = open_page("runs", "carol", **where, filter=facets)
    assert drawn["run_filter"]["mistake"] is None
    assert sorted(_table(at)["name"]) == ["forest", "sgd"]
    top = f"{facets} AND tags.mlflow.parentRunId IS NULL"
    at = open_page("runs", "carol", **where, filter=top)
    assert _table(at)["name"].tolist() == ["sgd"]


def test_a_filter_is_answered_though_all_runs_take_too_long(
    lab: Lab, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, tries = Client.run_columns, list[Json]()

    def slow(client: Client, question: Json) -> Json:
        if question["filter"]:
            return whole(client, question)
        tries.append(question)
        raise TooSlow(504, "DEADLINE_EXCEEDED", "It was ended.", "too_slow")

    monkeypatch.setattr(Client, "run_columns", slow)
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where, filter="status = 'FAILED'")
    assert _table(at)["name"].tolist() == ["diverged"]
    assert drawn["run_filter"]["columns"] == ()
    at.run()
    assert len(tries) == 1, "it would be as slow in the next run of the page"


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


def test_columns_can_be_chosen_and_stand_in_the_address(lab: Lab, open_page: Open) -> None:
    at = open_page("runs", "carol", project=lab.project, experiment_id=lab.experiment_id)
    chosen = _view("status", "metrics.acc", "metrics.test/auc")
    chosen["columns"][2] |= {"width": 180, "pinned": True}  # type: ignore[index]
    _state(at, lab, view=chosen | {"only_differing": True, "shading": "heat"})
    at.run()
    assert at.query_params["columns"] == "status,metrics.acc~180~pin,metrics.test/auc"
    assert at.query_params["only"] == "differing"
    assert at.query_params["cells"] == "heat"
    # Somebody else who opens this address has the same view.
    other = open_page("runs", "bob", **{name: at.query_params[name] for name in at.query_params})
    assert list(_table(other)) == ["name", "status", "metrics.acc", "metrics.test/auc"]
    view = drawn["runs_table"]["view"]
    assert view["columns"][2] == {"id": "metrics.acc", "width": 180, "pinned": True}
    assert (view["only_differing"], view["shading"]) == (True, "heat")


def test_back_gives_the_browser_the_view_of_the_address_again(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where)
    first = drawn["runs_table"]["view_stamp"]
    _state(at, lab, view=_view("status"))
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
    _state(at, lab, view=_view("metrics.loss", sort=terms))
    at.run()
    assert at.query_params["sort"] == "metrics.loss asc,start desc"
    assert asked == []
    monkeypatch.setattr(run_list, "STEPS", (2, 10))
    at = open_page("runs", "carol", **where)
    asked.clear()
    _state(at, lab, view=_view("metrics.loss", sort=terms))
    at.run()
    assert asked == ["runs/query"]
    assert _table(at)["name"].tolist() == ["sgd", "forest"]
    assert drawn["runs_table"]["more"] is True


def test_a_table_alone_begins_with_the_first_of_many_runs_and_takes_in_more(
    lab: Lab, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    everything = _table(open_page("runs", "carol", show="table", **where))["name"].tolist()
    monkeypatch.setattr(run_list, "FEW", 1)
    monkeypatch.setattr(run_list, "STEPS", (2, 10))
    at = open_page("runs", "carol", show="table", **where)
    assert _table(at)["name"].tolist() == everything[:1]
    assert drawn["runs_table"]["total"] == str(len(everything))
    for shown in (2, len(everything)):
        at.button(key="runs-more").click().run()
        assert _table(at)["name"].tolist() == everything[:shown]
    # Beside charts as many are read as those draw.
    assert len(_table(open_page("runs", "carol", **where))) == 2


def test_ticked_runs_are_compared_and_those_that_a_filter_hides_are_left_alone(
    lab: Lab, open_page: Open
) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "bob", **where)
    assert at.button(key="runs-compare").disabled
    assert at.button(key="runs-delete").disabled
    _state(at, lab, selection=[lab.best, lab.diverged, "gone"])
    at.run()
    assert at.button(key="runs-compare").label == "Compare 2 runs"
    _write(at, "run_name ILIKE '%sgd%'")
    assert at.button(key="runs-compare").disabled
    assert not at.button(key="runs-delete").disabled
    _write(at, "")
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
    _state(at, lab, selection=[lab.best, lab.child])
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
    _state(at, lab, selection=[lab.best, lab.child])
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
    _state(at, lab, selection=[lab.best])
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
    _state(at, lab, selection=[lab.best])
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


def test_curves_of_groups_are_means_over_all_of_their_runs(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    charts = f"runs-charts-{lab.project}-{lab.experiment_id}"
    at = open_page("runs", "carol", **where, group="params.lr,params.nobodys")
    at.session_state[charts] = {"wanted": {"axis": "step", "metrics": ["loss"]}}
    at.run()
    assert not at.exception
    given = drawn["run_charts"]
    names = {group["name"] for group in given["groups"]}
    assert any("0.3" in name for name in names)
    assert {"mean", "std"} & set(given["curves"].column_names) or given["curves"].num_rows
    assert set(given["curves"]["series"].to_pylist()) <= {group["id"] for group in given["groups"]}


def test_a_brushed_range_becomes_a_part_of_the_filter() -> None:
    ranges = [
        RangeFilter("metrics.loss", 0.1, 0.5),
        RangeFilter("params.lr", values=("0.1", "0.3")),
        RangeFilter("seconds", low=1500.0),
        RangeFilter("metrics.odd`name", 0.0),
    ]
    found = range_filter.with_ranges("status = 'FAILED' OR duration > '1h'", ranges)
    assert found == (
        "(status = 'FAILED' OR duration > '1h') AND metrics.loss >= 0.1 AND "
        "metrics.loss <= 0.5 AND params.lr IN ('0.1', '0.3') AND duration >= '1500ms'"
    )
    assert range_filter.with_ranges(found, ranges[:1]) == found
    assert range_filter.with_ranges("", [RangeFilter("metrics.a", math.nan, math.inf)]) == ""


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


def _beside(at: AppTest) -> dict[str, list[str]]:
    """What the comparison was given, by line, of the lines that differ."""
    table = _table(at)
    return dict(zip(table.index, table.to_numpy().tolist(), strict=True))


def test_runs_are_compared_by_what_differs(lab: Lab, open_page: Open) -> None:
    at = open_page(
        "runs",
        "carol",
        project=lab.project,
        experiment_id=lab.experiment_id,
        compare=f"{lab.best},{lab.diverged},{lab.parent}",
    )
    assert "Comparing 3 runs" in said(at)
    assert list(_table(at).columns) == ["sgd", "diverged", "search"]
    rows = _beside(at)
    assert rows["params.lr"] == ["0.3", "30", "None"]
    assert rows["metrics.loss"] == ["0.1", "nan", "None"]
    assert {name for name in rows if "." in name} == {
        *("params.lr", "params.strategy", "metrics.acc", "metrics.loss", "metrics.test/auc"),
    }
    charted = drawn["run_charts"]["rows"]
    assert charted["run_id"].to_pylist() == [lab.best, lab.diverged, lab.parent]
    assert charted["run_name"].to_pylist() == ["sgd", "diverged", "search"]


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
    rows = _beside(open_page("runs", "carol", **where, compare=",".join(runs)))
    assert rows["params.id"] == ["00120", "120"]
    assert rows["metrics.seed"] == ["1234560.0", "1234561.0"]
    assert "metrics.date" not in rows


def test_runs_of_several_projects_are_compared_by_who_may_read_them(
    lab: Lab, open_page: Open
) -> None:
    alice, slug = lab.stack.person("alice"), f"{lab.project}-two"
    assert alice.studio("POST", "/projects", {"slug": slug}).status == 201
    made = alice.mlflow(slug, "POST", "experiments/create", {"name": "Elsewhere"})
    there = replace(lab, project=slug, experiment_id=made.json["experiment_id"])
    other = log_run(alice, there, "other", metrics={"loss": 0.2}, params={})
    where = {"project": lab.project, "compare": f"{lab.best},{other}"}
    at = open_page("runs", "alice", **where)
    assert _beside(at)["project"] == [lab.project, slug]
    assert not [one for one in at.segmented_control if one.key == "compare-layout"]
    at = open_page("runs", "carol", **where)
    assert list(_table(at).columns) == ["sgd"]
    assert "1 run deleted, not to be found" in said(at)
    assert "other" not in said(at)


def test_the_runs_that_are_compared_lie_in_rows_when_asked(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "compare": f"{lab.diverged},{lab.best}"}
    at = open_page("runs", "carol", **where, layout="rows", columns="metrics.loss")
    assert _table(at)["name"].tolist() == ["diverged", "sgd"]
    at.segmented_control(key="compare-layout").set_value("columns").run()
    assert list(_table(at).columns) == ["diverged", "sgd"]
    assert "layout" not in at.query_params


def test_long_texts_of_two_runs_are_shown_line_by_line(lab: Lab, open_page: Open) -> None:
    bob = lab.stack.person("bob")
    runs = [
        log_run(bob, lab, name, metrics={}, params={"net": f'{{"layers": {layers}, "bias": true}}'})
        for name, layers in (("small", 2), ("large", 12))
    ]
    at = open_page("runs", "carol", project=lab.project, compare=",".join(runs))
    (shown,) = at.code
    assert '-  "layers": 2,' in shown.value
    assert '+  "layers": 12,' in shown.value
    at = open_page("runs", "carol", project=lab.project, compare=f"{','.join(runs)},{lab.best}")
    assert not at.code


def test_infinity_nan_and_nothing_logged_are_told_apart(lab: Lab, open_page: Open) -> None:
    log_run(
        lab.stack.person("bob"), lab, "endless", metrics={"loss": "Infinity"}, params={"id": "1"}
    )
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    table = _table(open_page("runs", "carol", **where))
    del table
    sent = drawn["runs_table"]["frame"]
    names, values = (sent[name].to_pylist() for name in ("run_name", "metrics.loss"))
    shown = dict(zip(names, map(str, values), strict=True))
    assert shown == {
        "endless": "inf",
        "diverged": "nan",
        "sgd": "0.1",
        "forest": "0.4",
        "search": "None",
    }


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
    table = _table(at)
    assert list(table)[:2] == ["name", "experiment"]
    found = dict(zip(table["name"], table["experiment"], strict=True))
    assert found == {"other": "Other"} | dict.fromkeys(
        ("diverged", "search", "sgd", "forest"), "Grid"
    )
    assert table["name"].tolist()[:2] == ["other", "sgd"]
    at = open_page("runs", "carol", project=lab.project, sort="experiment desc")
    assert _table(at)["name"].tolist()[0] == "other"
    at = open_page(
        "runs", "carol", project=lab.project, experiment_id="all", compare=f"{lab.best},{other}"
    )
    assert list(_table(at).columns) == ["sgd", "other"]
    assert _beside(at)["experiment"] == ["Grid", "Other"]


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
    _state(at, lab, view=_view("status", "metrics.loss"))
    at.run()
    assert asked == []
    log_run(lab.stack.person("bob"), lab, "newest", metrics={"loss": 0.2}, params={})
    at.run()
    assert asked == []
    assert "newest" not in set(_table(at)["name"])
    at.button(key="runs-refresh").click().run()
    assert [path for path in asked if path in READ] == READ
    assert "newest" in set(_table(at)["name"])
    asked.clear()
    _write(at, "run_name ILIKE '%sgd%'")
    assert asked == READ
    _write(at, "")
    assert asked == READ
    # Another column of the same runs is another question.
    _state(at, lab, view=_view("status", "metrics.loss", "params.lr"))
    at.run()
    assert asked == [*READ, "runs/query"]


def test_the_comparison_reads_once_whatever_is_shown_of_it(
    lab: Lab, open_page: Open, asked: list[str]
) -> None:
    compared = f"{lab.best},{lab.child},{lab.diverged}"
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where, compare=compared)
    # What home read before is not the comparison's.
    assert [path for path in asked if path in READ][-2:] == READ
    asked.clear()
    for shown in ("table", "charts", "both"):
        at.segmented_control(key="runs-panes").set_value(shown).run()
        assert not at.exception
    reads = [path for path in asked if path.startswith(("runs/", "metrics/"))]
    assert reads == []


def test_more_runs_are_read_after_those_that_are_there(
    lab: Lab, open_page: Open, asked: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_list, "STEPS", (2, 3, 10))
    where = {"project": lab.project, "experiment_id": lab.experiment_id, "sort": "name asc"}
    at = open_page("runs", "carol", **where)
    assert _table(at)["name"].tolist() == ["diverged", "forest"]
    assert "The first 2 of 4 runs" in said(at)
    asked.clear()
    at.button(key="runs-more").click().run()
    assert _table(at)["name"].tolist() == ["diverged", "forest", "search"]
    at.button(key="runs-more").click().run()
    assert _table(at)["name"].tolist() == ["diverged", "forest", "search", "sgd"]
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
        names = _table(at)["name"].tolist()
        assert "forest" not in names or names.count("search") == 1
        at.button(key="runs-more").click().run()
    assert sorted(_table(at)["name"]) == ["diverged", "forest", "search", "sgd"]


def test_runs_are_sorted_by_the_api_and_what_has_no_value_comes_last(
    lab: Lab, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run_list, "STEPS", (2, 10))
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where, sort="metrics.loss desc")
    assert _table(at)["name"].tolist() == ["forest", "sgd"]
    at = open_page("runs", "carol", **where, sort="metrics.loss asc")
    assert _table(at)["name"].tolist() == ["sgd", "forest"]


def test_what_i_delete_is_gone_from_the_table_at_once(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "bob", **where)
    assert len(_table(at)) == 4
    _state(at, lab, selection=[lab.diverged])
    _write(at, "run_name ILIKE '%diverged%'")
    at.button(key="runs-delete").click().run()
    # A browser runs the dialog alone, AppTest the page: its button again, to have the dialog open.
    at.button(key="runs-delete").click()
    at.button(key="confirm-verb").click().run()
    assert "No run matches" in said(at)
    _write(at, "")
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


def _log_seeds(lab: Lab) -> None:
    bob = lab.stack.person("bob")
    for at, (lr, loss) in enumerate([("0.3", 0.3), ("0.3", 0.5), ("10", 0.7)]):
        params = {"lr": lr, "seed": str(at)}
        log_run(bob, lab, f"seed-{at}", metrics={"loss": loss}, params=params)


def test_groups_have_the_mean_of_all_their_runs_and_unfold_into_them(
    lab: Lab, open_page: Open, asked: list[str]
) -> None:
    _log_seeds(lab)
    where = {"project": lab.project, "experiment_id": lab.experiment_id, "show": "table"}
    at = open_page("runs", "carol", **where, group="params.lr")
    sent = drawn["runs_table"]
    assert (sent["groups"], sent["grouped_by"]) == (5, ["params.lr"])
    rows = {row["params.lr"]: row for row in sent["frame"].to_pylist()}
    assert list(rows) == ["0.1", "0.3", "10", "30", None]
    assert rows[None]["run_name"] == "lr not logged"
    assert rows["0.3"]["run_name"] == "lr = 0.3"
    assert rows["0.3"]["count"] == rows["0.3"]["metrics.loss~count"] == 3
    assert rows["0.3"]["metrics.loss"] == pytest.approx(0.3)
    assert rows["0.3"]["metrics.loss~std"] == pytest.approx(0.2)
    assert rows["30"]["metrics.loss~nan"] == 1
    assert "5 groups of 7 runs" in said(at)
    asked.clear()
    _state(at, lab, unfolded=[rows["0.3"]["run_id"], rows[None]["run_id"], "group-of-nobody"])
    at.run()
    assert asked == ["runs/query"] * 2
    runs = [row for row in drawn["runs_table"]["frame"].to_pylist() if row["parent_run_id"]]
    below = {row["run_name"]: row["parent_run_id"] for row in runs}
    assert below == {
        "sgd": rows["0.3"]["run_id"],
        "seed-0": rows["0.3"]["run_id"],
        "seed-1": rows["0.3"]["run_id"],
        "search": rows[None]["run_id"],
    }
    asked.clear()
    state = {"unfolded": [rows["0.3"]["run_id"]], "selection": [lab.best, rows["0.3"]["run_id"]]}
    _state(at, lab, **state)
    at.run()
    assert asked == [], "a tick reads nothing again"
    assert at.button(key="runs-compare").label == "Compare 1 run"


def test_the_table_stays_where_it_is_while_more_is_read_or_less(lab: Lab, open_page: Open) -> None:
    """At another number of the page the browser would make it anew, without its open menus."""
    at = open_page("runs", "carol", project=lab.project, experiment_id=lab.experiment_id)
    places = [_place_of_split(at)]
    for sent in (_view("lr"), _view("lr", group=["params.lr"]), _view("lr", group=["status"])):
        _state(at, lab, view=sent)
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


def test_what_runs_are_grouped_by_stands_in_the_address(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id, "show": "table"}
    at = open_page("runs", "carol", **where, filter="status = 'FINISHED' OR params.lr = '30'")
    view = _view("status", "metrics.loss", group=["status", "params.lr"], spread="interval")
    _state(at, lab, view=view | {"sort": [{"by": "count", "ascending": False}]})
    at.run()
    assert at.query_params["group"] == "attributes.status,params.lr"
    assert at.query_params["spread"] == "interval"
    assert at.query_params["sort"] == "count desc"
    other = open_page("runs", "bob", **{name: at.query_params[name] for name in at.query_params})
    assert drawn["runs_table"]["grouped_by"] == ["status", "params.lr"]
    rows = drawn["runs_table"]["frame"].slice(0, drawn["runs_table"]["groups"]).to_pylist()
    assert {(row["status"], row["params.lr"]) for row in rows} == {
        ("FAILED", "30"),
        ("FINISHED", "0.1"),
        ("FINISHED", "0.3"),
        ("FINISHED", None),
    }
    _state(other, lab, unfolded=[row["run_id"] for row in rows if row["params.lr"] == "30"])
    other.run()
    names = drawn["runs_table"]["frame"]["run_name"].to_pylist()
    assert names[4:] == ["diverged"]


def test_compared_runs_are_not_grouped_and_the_address_keeps_how_they_were(
    lab: Lab, open_page: Open
) -> None:
    compared = f"{lab.diverged},{lab.best}"
    where = {"project": lab.project, "compare": compared, "layout": "rows", "group": "params.lr"}
    at = open_page("runs", "carol", **where)
    sent = drawn["runs_table"]
    assert (sent["groups"], sent["grouped_by"]) == (0, [])
    assert not [one["id"] for one in sent["columns"] if one["groupable"]]
    assert sent["frame"]["run_name"].to_pylist() == ["diverged", "sgd"]
    at.button(key="compare-leave").click().run()
    assert at.query_params["group"] == "params.lr"


def test_a_group_that_does_not_exist_leaves_runs(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    open_page("runs", "carol", **where, group="params.nobody,metrics.loss,start")
    assert drawn["runs_table"]["grouped_by"] == []
    assert drawn["runs_table"]["groups"] == 0
    assert drawn["runs_table"]["frame"].num_rows == 4
