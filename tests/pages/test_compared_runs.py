"""Runs beside each other on the page of runs."""

from dataclasses import replace

from components import drawn
from laboratory import Lab, Open, log_run, said
from runs_page import READ, compared, table_of

pytest_plugins = ("laboratory",)


def test_runs_are_compared_by_what_differs(lab: Lab, open_page: Open) -> None:
    at = open_page(
        "runs",
        "carol",
        project=lab.project,
        experiment_id=lab.experiment_id,
        compare=f"{lab.best},{lab.diverged},{lab.parent}",
    )
    assert "Comparing 3 runs" in said(at)
    assert list(table_of(at).columns) == ["sgd", "diverged", "search"]
    rows = compared(at)
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
    rows = compared(open_page("runs", "carol", **where, compare=",".join(runs)))
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
    assert compared(at)["project"] == [lab.project, slug]
    assert not [one for one in at.segmented_control if one.key == "compare-layout"]
    at = open_page("runs", "carol", **where)
    assert list(table_of(at).columns) == ["sgd"]
    assert "1 run deleted, not to be found" in said(at)
    assert "other" not in said(at)


def test_the_runs_that_are_compared_lie_in_rows_when_asked(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "compare": f"{lab.diverged},{lab.best}"}
    at = open_page("runs", "carol", **where, layout="rows", columns="metrics.loss")
    assert table_of(at)["name"].tolist() == ["diverged", "sgd"]
    at.segmented_control(key="compare-layout").set_value("columns").run()
    assert list(table_of(at).columns) == ["diverged", "sgd"]
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
    table = table_of(open_page("runs", "carol", **where))
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
