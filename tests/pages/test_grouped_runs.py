"""Runs in groups on the page of runs."""

import pytest

from components import drawn
from laboratory import Lab, Open, log_run, said
from runs_page import set_state, view_of

pytest_plugins = ("laboratory",)


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
    set_state(at, lab, unfolded=[rows["0.3"]["run_id"], rows[None]["run_id"], "group-of-nobody"])
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
    set_state(at, lab, **state)
    at.run()
    assert asked == [], "a tick reads nothing again"
    assert at.button(key="runs-compare").label == "Compare 1 run"


def test_what_runs_are_grouped_by_stands_in_the_address(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id, "show": "table"}
    at = open_page("runs", "carol", **where, filter="status = 'FINISHED' OR params.lr = '30'")
    view = view_of("status", "metrics.loss", group=["status", "params.lr"], spread="interval")
    set_state(at, lab, view=view | {"sort": [{"by": "count", "ascending": False}]})
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
    set_state(other, lab, unfolded=[row["run_id"] for row in rows if row["params.lr"] == "30"])
    other.run()
    names = drawn["runs_table"]["frame"]["run_name"].to_pylist()
    assert names[4:] == ["diverged"]


def test_a_group_that_does_not_exist_leaves_runs(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    open_page("runs", "carol", **where, group="params.nobody,metrics.loss,start")
    assert drawn["runs_table"]["grouped_by"] == []
    assert drawn["runs_table"]["groups"] == 0
    assert drawn["runs_table"]["frame"].num_rows == 4
