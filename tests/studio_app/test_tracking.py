"""Experiments and runs, read and written through a real uac_api in front of a real MLflow."""

import math

import pytest

from laboratory import T0, Lab, log_run
from studio_app.api.client import ApiError
from studio_app.runs import tracking
from studio_app.runs.charts import history
from studio_app.runs.charts.history import Curves

pytest_plugins = ("laboratory",)


def test_a_run_comes_with_everything_that_was_logged(lab: Lab) -> None:
    run = tracking.run(lab.client("carol"), lab.project, lab.best)
    assert run.name == "sgd"
    assert run.user == "bob"
    assert run.params == {"lr": "0.3"}
    assert run.metrics["key"].tolist() == ["acc", "loss", "test/auc"]
    assert run.seconds(0) == 12
    assert not run.running
    assert not run.deleted


def test_a_search_has_one_row_a_run_and_says_whether_there_are_more(lab: Lab) -> None:
    client, where = lab.client("carol"), [lab.experiment_id]
    page = tracking.search_runs(client, lab.project, where)
    assert sorted(page.frame["name"]) == ["diverged", "forest", "search", "sgd"]
    assert (page.total, page.token) == ("4", "")
    first = tracking.search_runs(client, lab.project, where, limit=3)
    assert first.total == "4"
    rest = tracking.search_runs(client, lab.project, where, limit=3, page_token=first.token)
    assert [*first.frame["name"], *rest.frame["name"]] == page.frame["name"].tolist()
    found = page.frame.set_index("name")
    assert found.loc["forest", "parent"] == lab.parent
    assert found.loc["sgd", "params.lr"] == "0.3"
    assert found.loc["sgd", "seconds"] == 12


def test_a_logged_nan_is_told_from_a_metric_that_was_never_logged(lab: Lab) -> None:
    page = tracking.search_runs(lab.client("carol"), lab.project, [lab.experiment_id])
    rows = {row["name"]: row for row in page.frame.to_dict("records")}
    for name, logged in (("diverged", True), ("search", False)):
        assert math.isnan(float(str(rows[name]["metrics.loss"])))
        assert ("metrics.loss" in rows[name]["logged"]) is logged


def test_a_filter_that_cannot_be_read_is_refused_with_a_sentence_and_a_place(lab: Lab) -> None:
    with pytest.raises(ApiError, match="Expected") as refused:
        tracking.search_runs(
            lab.client("carol"), lab.project, [lab.experiment_id], filter_text="metrics.a >< 3"
        )
    assert (refused.value.status, refused.value.reason) == (400, "filter")
    assert refused.value.facts["position"] == len("metrics.a ")


def test_the_columns_of_runs_are_told_without_reading_the_runs(lab: Lab) -> None:
    found = tracking.columns_of_runs(lab.client("carol"), lab.project, lab.experiment_id)
    assert found.runs == 4
    assert found.families == {
        "metrics": ["metrics.acc", "metrics.loss", "metrics.test/auc"],
        "params": ["params.lr", "params.strategy"],
        "tags": [],
    }


def test_an_order_by_a_metric_has_what_is_no_number_last(lab: Lab) -> None:
    for ascending, names in ((True, ["sgd", "forest"]), (False, ["forest", "sgd"])):
        page = tracking.search_runs(
            lab.client("carol"),
            lab.project,
            [lab.experiment_id],
            order=[{"by": "metrics.loss", "ascending": ascending}],
        )
        assert page.frame["name"].tolist()[:2] == names


def test_texts_come_as_they_were_logged_and_who_logged_them_with_them(lab: Lab) -> None:
    log_run(lab.stack.person("bob"), lab, "padded", metrics={"n": 7}, params={"id": "00120"})
    page = tracking.search_runs(
        lab.client("carol"),
        lab.project,
        [lab.experiment_id],
        filter_text="params.id = '00120'",
        columns=["user", "start", "params.id", "metrics.n"],
    )
    (row,) = page.frame.to_dict("records")
    assert (row["params.id"], row["metrics.n"], row["user"]) == ("00120", 7.0, "bob")
    assert "tags.mlflow.user" not in row


def test_runs_are_found_by_id_in_the_order_that_was_asked(lab: Lab) -> None:
    asked = [lab.diverged, "0" * 32, "x') OR (1", lab.best]
    frame = tracking.runs_by_id(lab.client("carol"), lab.project, lab.experiment_id, asked)
    assert frame["name"].tolist() == ["diverged", "sgd"]


def test_children_are_found_below_their_parent(lab: Lab) -> None:
    client = lab.client("carol")
    parent = tracking.run(client, lab.project, lab.parent)
    assert tracking.children(client, lab.project, parent).frame["run_id"].tolist() == [lab.child]


def test_a_history_has_all_its_points_in_order(lab: Lab) -> None:
    asked = lab.client("carol"), lab.project, Curves(), [lab.best], ["acc", "nothing"]
    found = history.extend(*asked, "step").points.to_pandas()
    assert set(zip(found["series"], found["metric"], strict=True)) == {(lab.best, "acc")}
    assert found["x"].tolist() == [0, 1, 2, 3, 4]
    assert found["last"].tolist() == [0.0, 0.2, 0.4, 0.6, 0.8]
    assert found["count"].tolist() == [1] * 5
    assert set(history.extend(*asked, "time").points["x"].to_pylist()) == {T0}


def test_the_history_of_a_deleted_run_can_be_read(lab: Lab) -> None:
    tracking.delete_runs(lab.client("bob"), lab.project, [lab.best])
    asked = lab.client("carol"), lab.project, Curves(), [lab.best], ["acc"]
    assert history.extend(*asked, "step").points.num_rows == 5


def test_a_contributor_deletes_restores_renames_and_tags_runs(lab: Lab) -> None:
    bob = lab.client("bob")
    tracking.delete_runs(bob, lab.project, [lab.best])
    assert tracking.run(bob, lab.project, lab.best).deleted
    gone = tracking.search_runs(bob, lab.project, [lab.experiment_id], view="deleted")
    assert gone.frame["run_id"].tolist() == [lab.best]
    tracking.restore_runs(bob, lab.project, [lab.best])
    tracking.rename_run(bob, lab.project, lab.best, "the best")
    tracking.set_tag(bob, lab.project, lab.best, "team", "risk")
    found = tracking.run(bob, lab.project, lab.best)
    assert (found.name, found.tags["team"], found.deleted) == ("the best", "risk", False)
    tracking.delete_tag(bob, lab.project, lab.best, "team")
    assert "team" not in tracking.run(bob, lab.project, lab.best).tags


def test_a_viewer_changes_nothing(lab: Lab) -> None:
    carol = lab.client("carol")
    with pytest.raises(ApiError) as tagged:
        tracking.set_tag(carol, lab.project, lab.best, "team", "risk")
    with pytest.raises(ApiError) as deleted:
        tracking.delete_runs(carol, lab.project, [lab.best])
    with pytest.raises(ApiError) as created:
        tracking.create_experiment(carol, lab.project, "mine")
    assert {tagged.value.status, deleted.value.status, created.value.status} == {403}


def test_a_stranger_reads_nothing(lab: Lab) -> None:
    mallory = lab.client("mallory")
    with pytest.raises(ApiError):
        tracking.run(mallory, lab.project, lab.best)
    with pytest.raises(ApiError):
        tracking.search_runs(mallory, lab.project, [lab.experiment_id])
    with pytest.raises(ApiError):
        history.extend(mallory, lab.project, Curves(), [lab.best], ["acc"], "step")


def test_a_name_in_use_is_said_without_the_words_of_the_database(lab: Lab) -> None:
    bob = lab.client("bob")
    made = tracking.create_experiment(bob, lab.project, "Second")
    with pytest.raises(ApiError) as refused:
        tracking.create_experiment(bob, lab.project, "Second")
    assert "Choose another name" in refused.value.message
    assert "SQL" not in refused.value.message
    with pytest.raises(ApiError, match="Choose another name"):
        tracking.rename_experiment(bob, lab.project, made, "Grid")
    tracking.rename_experiment(bob, lab.project, made, "Third")
    assert tracking.experiment(bob, lab.project, made)["name"] == "Third"
