"""The runs page while runs go on and begin: what is told to the table, and what is not."""

import pytest

from components import drawn
from laboratory import T0, Lab, Open, log_run
from people import Person
from studio_app.api.client import Client, Unavailable
from studio_app.runs import tracking
from studio_app.runs.charts import run_panels
from studio_app.runs.table import live_runs

pytest_plugins = ("laboratory",)


@pytest.fixture(autouse=True)
def always_due(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each drawing reads again what goes on: no test waits for the clock."""
    monkeypatch.setattr(live_runs, "SECONDS", 0)


def go_on(lab: Lab, run_id: str) -> Person:
    """Has a run go on; the answer is bob, who logs it."""
    bob = lab.stack.person("bob")
    going = {"run_id": run_id, "status": "RUNNING"}
    assert bob.mlflow(lab.project, "POST", "runs/update", going).status == 200
    return bob


def told(name: str) -> object:
    """What the table was told last."""
    return drawn["run_updates"][name]


def rows() -> dict[str, dict[str, object]]:
    """The rows that the table was told, by their runs."""
    return {row["run_id"]: row for row in drawn["run_updates"]["frame"].to_pylist()}


def points(metric: str, run_id: str) -> list[float]:
    """The last values of the points of a curve, as the browser has them."""
    sent = drawn["run_charts"]["curves"].to_pylist()
    mine = [row for row in sent if (row["series"], row["metric"]) == (run_id, metric)]
    return [row["last"] for row in sorted(mine, key=lambda row: row["x"])]


def test_values_of_a_run_that_goes_on_are_told_until_it_ends(
    lab: Lab, open_page: Open, asked: list[str]
) -> None:
    bob = go_on(lab, lab.best)
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where, show="table")
    assert (told("running"), told("begun")) == (1, "0")
    assert list(rows()) == [lab.best]
    version = drawn["runs_table"]["version"]
    assert told("of") == version
    metric = {"run_id": lab.best, "key": "loss", "value": 0.05, "timestamp": T0, "step": 9}
    assert bob.mlflow(lab.project, "POST", "runs/log-metric", metric).status == 200
    at.run()
    assert rows()[lab.best]["metrics.loss"] == 0.05
    assert drawn["runs_table"]["version"] == version, "the table itself is not sent again"
    ended = {"run_id": lab.best, "status": "FAILED", "end_time": T0 + 20_000}
    assert bob.mlflow(lab.project, "POST", "runs/update", ended).status == 200
    at.run()
    assert told("running") == 0
    assert rows()[lab.best]["status"] == "FAILED"
    asked.clear()
    at.run()
    assert len([path for path in asked if "runs/query" in path]) == 1, "only new runs are asked for"
    assert rows()[lab.best]["status"] == "FAILED", "a table that is made anew is told again"


def test_curves_of_a_run_that_goes_on_grow_and_others_are_not_read_again(
    lab: Lab, open_page: Open, asked: list[str]
) -> None:
    bob = go_on(lab, lab.best)
    at = open_page("runs", "carol", project=lab.project, experiment_id=lab.experiment_id)
    at.session_state[run_panels.key(f"{lab.project}-{lab.experiment_id}")] = {
        "wanted": {"metrics": ["acc", "loss"], "axis": "step", "columns": []}
    }
    at.run()
    assert len(points("acc", lab.best)) == 5
    at.run()
    version = drawn["run_charts"]["version"]
    asked.clear()
    at.run()
    assert drawn["run_charts"]["version"] == version
    assert not [path for path in asked if "curves" in path], "nothing has been logged"
    metric = {"run_id": lab.best, "key": "acc", "value": 0.875, "timestamp": T0, "step": 5}
    assert bob.mlflow(lab.project, "POST", "runs/log-metric", metric).status == 200
    asked.clear()
    at.run()
    assert points("acc", lab.best)[-1] == 0.875
    assert len([path for path in asked if "curves" in path]) == 1
    # What is drawn of the rows, such as a point for each run, is of the same reading.
    late = {"run_id": lab.best, "key": "loss", "value": 0.03125, "timestamp": T0, "step": 1}
    assert bob.mlflow(lab.project, "POST", "runs/log-metric", late).status == 200
    at.run()
    assert points("loss", lab.best)[-1] == 0.03125


def test_runs_that_begin_are_counted_and_come_when_they_are_asked_for(
    lab: Lab, open_page: Open
) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where, filter="metrics.loss < 1")
    version, shown = drawn["runs_table"]["version"], drawn["runs_table"]["frame"].num_rows
    bob = lab.stack.person("bob")
    log_run(bob, lab, "late", metrics={"loss": 0.3}, params={})
    log_run(bob, lab, "not of this filter", metrics={"loss": 3}, params={})
    at.run()
    assert (told("begun"), told("of")) == ("1", version)
    assert drawn["runs_table"]["frame"].num_rows == shown, "no row moves by itself"
    at.button(key="runs-again").click().run()
    assert "late" in at.dataframe[0].value["name"].tolist()
    assert told("begun") == "0"


def test_runs_of_another_project_are_not_counted(lab: Lab, open_page: Open) -> None:
    at = open_page("runs", "carol", project=lab.project, experiment_id="all")
    alice = lab.stack.person("alice")
    hers = lab.stack.new_project()
    answer = alice.mlflow(hers, "POST", "experiments/create", {"name": "hers"})
    body = {"experiment_id": answer.json["experiment_id"], "run_name": "hers", "start_time": T0}
    assert alice.mlflow(hers, "POST", "runs/create", body).status == 200
    at.run()
    assert told("begun") == "0"


def test_what_was_taken_away_is_no_longer_shown(lab: Lab, open_page: Open) -> None:
    at = open_page("runs", "carol", project=lab.project, experiment_id=lab.experiment_id)
    assert at.dataframe
    path = f"/projects/{lab.project}/members/carol"
    assert lab.stack.person("alice").studio("DELETE", path).status in {200, 204}
    at.run()
    assert not at.dataframe


def test_while_mlflow_is_away_the_table_stays_and_says_as_of_when(
    lab: Lab, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on(lab, lab.best)
    with monkeypatch.context() as patch:
        # Once: the charts would read again, after the table was told of the first moment.
        patch.setattr(live_runs, "SECONDS", 1000)
        at = open_page("runs", "carol", project=lab.project, experiment_id=lab.experiment_id)
    before = told("at")

    def away(*_args: object, **_named: object) -> None:
        raise Unavailable(503, "TEMPORARILY_UNAVAILABLE", "away", "mlflow_unavailable")

    with monkeypatch.context() as patch:
        patch.setattr(tracking, "query_runs", away)
        at.run()
    assert not at.error
    assert told("at") == before
    assert rows()[lab.best]["status"] == "RUNNING"


def test_deleted_runs_are_not_followed(lab: Lab, open_page: Open) -> None:
    drawn.pop("run_updates", None)
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    open_page("runs", "carol", **where, view="deleted")
    assert "run_updates" not in drawn


def test_of_a_part_in_another_order_only_what_came_later_is_new(
    lab: Lab, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio_app.runs.table.run_list.STEPS", (2, 4, 10))
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = open_page("runs", "carol", **where, sort="metrics.loss asc")
    assert drawn["runs_table"]["more"]
    at.run()
    assert told("begun") == "0"
    log_run(lab.stack.person("bob"), lab, "late", metrics={"loss": 9}, params={})
    at.run()
    assert told("begun") == "1"


def test_a_client_is_asked_for_no_more_than_it_may_see(lab: Lab) -> None:
    """The questions are those of the page: a stranger's are refused as hers are."""
    client: Client = lab.client("mallory")
    page = tracking.query_runs(client, "", [], run_ids=[lab.best], columns=[], view="all")
    assert page.table.num_rows == 0
