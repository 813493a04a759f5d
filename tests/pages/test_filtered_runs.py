"""The line above the table of runs: filters, their mistakes and what the address keeps."""

import math
from dataclasses import replace

import pytest

from components import drawn
from laboratory import Lab, Open, log_run, said
from ml_studio.run_charts import RangeFilter
from runs_page import READ, table_of, write_filter
from studio_app.api.client import Client, Json
from studio_app.api.errors import TooSlow
from studio_app.runs.charts import range_filter

pytest_plugins = ("laboratory",)


def test_the_address_filters_and_sorts(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where, filter="metrics.loss < 0.3")
    assert table_of(at)["name"].tolist() == ["sgd"]
    at = open_page("runs", "carol", **where, status="FAILED")
    assert table_of(at)["name"].tolist() == ["diverged"]
    at = open_page("runs", "carol", **where, sort="params.lr asc", name="s")
    assert table_of(at)["name"].tolist()[:1] == ["forest"]
    at = open_page("runs", "carol", **where, top="yes")
    assert sorted(table_of(at)["name"]) == ["diverged", "search", "sgd"]


def test_what_is_written_goes_into_the_address(lab: Lab, open_page: Open) -> None:
    at = open_page("runs", "carol", project=lab.project, experiment_id=lab.experiment_id)
    write_filter(at, "run_name ILIKE '%sgd%'")
    assert at.query_params["filter"] == "run_name ILIKE '%sgd%'"
    assert table_of(at)["name"].tolist() == ["sgd"]
    write_filter(at, "")
    assert "filter" not in at.query_params
    assert len(table_of(at)) == 4


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
    assert table_of(at)["name"].tolist() == ["sgd"]
    write_filter(at, sentence.replace(" AND status = 'FINISHED'", ""))
    assert set(at.query_params) == {*where, "filter"}


def test_a_bad_filter_is_shown_at_its_place_and_the_table_stays_as_it_was(
    lab: Lab, open_page: Open
) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where, filter="status = 'FINISHED'")
    names = table_of(at)["name"].tolist()
    assert drawn["run_filter"]["mistake"] is None
    write_filter(at, "metrics.loss >< 3")
    line = drawn["run_filter"]
    assert line["sentence"] == "metrics.loss >< 3"
    assert line["mistake"]["position"] == 13
    assert line["mistake"]["message"].startswith("metrics.loss is a number and cannot be")
    assert "position" not in line["mistake"]["message"]
    assert line["meanwhile"] == "The table still shows the runs of: status = 'FINISHED'"
    assert table_of(at)["name"].tolist() == names
    assert not at.error
    write_filter(at, "metrics.loss > 0.3")
    assert drawn["run_filter"]["mistake"] is None
    assert table_of(at)["name"].tolist() == ["forest"]


def test_an_address_with_a_bad_filter_shows_all_runs(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where, filter="metrics.loss >< 3")
    assert drawn["run_filter"]["meanwhile"] == "The table shows all runs."
    assert len(table_of(at)) == 4
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
    assert len(table_of(at)) == 4


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
    assert sorted(table_of(at)["name"]) == ["forest", "sgd"]
    top = f"{facets} AND tags.mlflow.parentRunId IS NULL"
    at = open_page("runs", "carol", **where, filter=top)
    assert table_of(at)["name"].tolist() == ["sgd"]


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
    assert table_of(at)["name"].tolist() == ["diverged"]
    assert drawn["run_filter"]["columns"] == ()
    at.run()
    assert len(tries) == 1, "it would be as slow in the next run of the page"


def test_filters_are_put_together_with_or_not_and_parentheses(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    either = "metrics.loss < 0.3 OR NOT (params.lr IN ('0.1', '0.3') OR status = 'FAILED')"
    at = open_page("runs", "carol", **where, filter=either)
    assert sorted(table_of(at)["name"]) == ["search", "sgd"]
    at = open_page("runs", "carol", **where, filter=either, name="sg")
    assert table_of(at)["name"].tolist() == ["sgd"]


def test_a_filter_that_finds_nothing_says_so(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    assert "No run matches" in said(open_page("runs", "carol", **where, name="nobody"))


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
