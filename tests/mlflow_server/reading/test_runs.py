"""Runs as tables: what MLflow has, in MLflow's order, page by page, and nobody else's."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest
from mlflow.entities import ViewType
from mlflow.store.tracking.dbmodels.models import SqlLatestMetric, SqlMetric, SqlParam

from mlflow_server.reading import runs
from mlflow_server.reading.questions import ATTRIBUTES, decode_position

LARGEST = 1.7976931348623157e308
# MySQL's collation takes `Loss` for `loss`, and so does MLflow's own order there.
ORDERS: tuple[list[str], ...] = (
    [],
    ["metrics.`val/loss` ASC"],
    ["metrics.`val/loss` DESC"],
    ["metrics.`größe` DESC"],
    ["params.`a b` ASC"],
    ["params.`größe` DESC"],
    ["tags.`50%` ASC"],
    ["attributes.status ASC", "metrics.`a b` DESC"],
    ["attributes.end_time DESC"],
    ["attributes.start_time ASC"],
    ["params.`a b` DESC", "tags.`it's` ASC", "metrics.`50%` ASC"],
    ["metrics.nowhere ASC"],
)


def asked(orders: list[str]) -> list[dict[str, Any]]:
    """An order of MLflow's as the reading room takes it."""
    found = []
    for one in orders:
        by, _, direction = one.rpartition(" ")
        found.append({"by": by.replace("`", ""), "ascending": direction == "ASC"})
    return found


def by_mlflow(fraud: Any, orders: list[str]) -> list[str]:
    found = fraud.odd.store.search_runs(
        [fraud.odd.experiment], "", ViewType.ALL, max_results=1000, order_by=orders
    )
    return [run.info.run_id for run in found]


@pytest.mark.parametrize("orders", ORDERS)
def test_runs_come_in_the_order_of_mlflow(fraud: Any, orders: list[str]) -> None:
    found = fraud.room.runs(view="all", order=asked(orders), limit=1000)
    assert found.ids == by_mlflow(fraud, orders)
    assert found.headers["x-mlstudio-total"] == str(len(found.ids))


@pytest.mark.parametrize("orders", ORDERS)
def test_pages_are_what_one_page_is(fraud: Any, orders: list[str]) -> None:
    collected: list[str] = []
    after = None
    while True:
        page = fraud.room.runs(view="all", order=asked(orders), limit=7, after=after)
        collected += page.ids
        after = page.headers.get("x-mlstudio-next")
        if after is None:
            break
    assert collected == by_mlflow(fraud, orders)


def same(left: float | None, right: float | None) -> bool:
    if left is None or right is None:
        return left is right
    return left == right or (math.isnan(left) and math.isnan(right))


def test_values_are_as_they_were_logged(fraud: Any) -> None:
    listed = fraud.odd.all
    columns = sorted(
        {f"metrics.{key}" for run in listed for key in run.data.metrics}
        | {f"params.{key}" for run in listed for key in run.data.params}
        | {f"tags.{key}" for run in listed for key in run.data.tags}
    )
    table = fraud.room.runs(view="all", columns=columns, limit=1000).table
    assert table.column_names == [*ATTRIBUTES, *columns]
    rows = {row["run_id"]: row for row in table.to_pylist()}
    assert len(rows) == len(listed)
    for run in listed:
        row = rows[run.info.run_id]
        for column in columns:
            kind, _, key = column.partition(".")
            kept = getattr(run.data, kind).get(key)
            if kind != "metrics":
                assert row[column] == kept
                continue
            # MLflow tells the largest double for an infinity.
            wanted = math.copysign(math.inf, kept) if kept and abs(kept) >= LARGEST else kept
            assert same(row[column], wanted), (column, row[column], kept)
        assert row["project"] == "fraud"
        assert row["experiment_id"] == fraud.odd.experiment
        assert row["experiment_name"] == "größe 50%"
        assert row["start_time"] == run.info.start_time
        assert row["end_time"] == run.info.end_time
        lasted = run.info.end_time and run.info.end_time - run.info.start_time
        assert row["duration"] == lasted
        assert row["parent_run_id"] == run.data.tags.get("mlflow.parentRunId")
        assert row["status"] == run.info.status
        assert row["lifecycle_stage"] == run.info.lifecycle_stage


def test_a_run_that_goes_on_tells_when_it_was_heard_of_last_if_it_is_asked(fraud: Any) -> None:
    found = fraud.room.runs(
        view="all", columns=["attributes.last_logged"], limit=1000
    ).table.to_pylist()
    heard = [row for row in found if row["last_logged"] is not None]
    assert heard, "some run of these goes on and has metrics"
    for row in found:
        run = fraud.odd.store.get_run(row["run_id"])
        newest = max((metric.timestamp for metric in run.data._metric_objs), default=None)
        goes_on = run.info.status in {"RUNNING", "SCHEDULED"}
        assert row["last_logged"] == (newest if goes_on else None)
    assert "last_logged" not in fraud.room.runs(view="all").table.column_names


def test_nothing_is_ordered_or_grouped_by_when_a_run_was_heard_of(fraud: Any) -> None:
    by = "attributes.last_logged"
    for question in ({"order": [{"by": by}]}, {"group_by": [by], "metrics": []}):
        assert fraud.room.runs(**question).refusal == (400, "column"), question


def test_a_filter_narrows_rows_and_total(fraud: Any) -> None:
    text = "metrics.`val/loss` > 0.05 OR params.`a b` LIKE 'ad%'"
    one = fraud.odd.by_mlflow("metrics.`val/loss` > 0.05")
    both = one | fraud.odd.by_mlflow("params.`a b` LIKE 'ad%'")
    found = fraud.room.runs(view="all", filter=text, limit=5, order=asked(["metrics.loss ASC"]))
    assert set(found.ids) <= both
    assert found.headers["x-mlstudio-total"] == str(len(both))
    by_name = fraud.room.runs(view="all", filter="attributes.experiment_name = 'größe 50%'")
    assert by_name.headers["x-mlstudio-total"] == str(len(fraud.odd.all))


def test_a_view_shows_the_active_the_deleted_or_all(fraud: Any) -> None:
    active, deleted, both = (
        set(fraud.room.runs(view=view, limit=1000).ids) for view in ("active", "deleted", "all")
    )
    assert active | deleted == both
    assert not active & deleted
    assert active == set(fraud.room.runs(limit=1000).ids)


def test_no_run_is_missed_or_seen_twice_while_others_come_and_go(fraud: Any) -> None:
    order = asked(["metrics.`val/loss` DESC"])
    steady = set(fraud.room.runs(view="all", limit=1000).ids)
    added: list[str] = []
    seen: list[str] = []
    after = None
    try:
        for number in range(100):
            page = fraud.room.runs(view="all", order=order, limit=6, after=after)
            seen += page.ids
            after = page.headers.get("x-mlstudio-next")
            if after is None:
                break
            if number % 2 and added:
                # Also the run at which the page before ended may go.
                fraud.remove_run(added.pop(0))
            added.append(fraud.add_run())
            metric = SqlLatestMetric(key="val/loss", value=float(number), timestamp=1, step=1)
            metric.is_nan = False
            fraud.log(added[-1], metric)
    finally:
        for run_id in added:
            fraud.remove_run(run_id)
    assert len(seen) == len(set(seen))
    assert steady <= set(seen)


def test_a_long_text_at_the_end_of_a_page_is_read_again(fraud: Any) -> None:
    added = [fraud.add_run() for _ in range(3)]
    try:
        for number, run_id in enumerate(added):
            fraud.log(run_id, SqlParam(key="essay", value="x" * 5000 + str(number)))
        order = [{"by": "params.essay"}]
        first = fraud.room.runs(order=order, limit=1)
        assert len(first.headers["x-mlstudio-next"]) < 500
        second = fraud.room.runs(order=order, limit=1, after=first.headers["x-mlstudio-next"])
        if fraud.odd.kind == "mysql":
            # It sorts by the beginning of a text.
            assert [*first.ids, *second.ids] == sorted(added)[:2]
            return
        assert [*first.ids, *second.ids] == added[:2]
        fraud.remove_run(added[1])
        gone = fraud.room.runs(order=order, limit=1, after=second.headers["x-mlstudio-next"])
        assert gone.refusal == (400, "after")
    finally:
        for run_id in added:
            fraud.remove_run(run_id)


@pytest.mark.parametrize(("quick", "sizes"), [(60.0, [2, 4, 7, 7]), (0.0, [2, 2, 2, 2])])
def test_all_runs_stream_in_batches_that_grow_while_the_database_is_quick(
    fraud: Any, monkeypatch: pytest.MonkeyPatch, quick: float, sizes: list[int]
) -> None:
    monkeypatch.setattr(runs, "FIRST_BATCH", 2)
    monkeypatch.setattr(runs, "BATCH", 7)
    monkeypatch.setattr(runs, "QUICK_SECONDS", quick)
    found = fraud.room.runs(
        view="all", all=True, order=asked(["metrics.`val/loss` ASC"]), columns=["metrics.loss"]
    )
    assert found.ids == by_mlflow(fraud, ["metrics.`val/loss` ASC"])
    assert [batch.num_rows for batch in found.table.to_batches()][:4] == sizes
    assert found.headers["x-mlstudio-total"] == str(len(found.ids))


def test_a_total_is_exact_to_a_limit_and_then_more_than_that(
    fraud: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runs, "MOST_COUNTED", 10)
    assert fraud.room.runs(limit=1).headers["x-mlstudio-total"] == "10+"


def test_metrics_are_told_as_differences_to_a_baseline(fraud: Any) -> None:
    table = fraud.room.runs(columns=["metrics.val/loss", "params.opt"], limit=1000).table
    rows = [row for row in table.to_pylist() if (row["metrics.val/loss"] or 0) in (0.1, 12.0)]
    baseline = rows[0]
    found = fraud.room.runs(
        columns=["metrics.val/loss", "params.opt"], limit=1000, baseline=baseline["run_id"]
    ).table
    assert found.column_names[-1] == "difference.val/loss"
    for row in found.to_pylist():
        value, difference = row["metrics.val/loss"], row["difference.val/loss"]
        wanted = None if value is None else value - baseline["metrics.val/loss"]
        assert same(difference, wanted)


def test_a_baseline_without_the_metric_gives_no_difference(fraud: Any) -> None:
    run_id = fraud.room.runs(limit=1).ids[0]
    found = fraud.room.runs(columns=["metrics.nowhere"], baseline=run_id).table
    assert found["difference.nowhere"].null_count == found.num_rows


def test_nothing_of_another_workspace_is_in_rows_and_totals(fraud: Any) -> None:
    questions: tuple[dict[str, Any], ...] = (
        {"experiments": [fraud.secret_experiment]},
        {"runs": [fraud.secret_run]},
        {"filter": f"attributes.run_id = '{fraud.secret_run}'"},
        {"filter": "metrics.secret_metric = 7"},
        {"filter": f"attributes.experiment_id = '{fraud.secret_experiment}'"},
        {"experiments": []},
    )
    shapes: tuple[dict[str, Any], ...] = (
        {},
        {"all": True},
        {"group_by": ["tags.secret_tag"], "metrics": ["loss"]},
    )
    for question in questions:
        for more in shapes:
            found = fraud.room.runs(view="all", **question, **more)
            assert found.table.num_rows == 0
            assert found.headers["x-mlstudio-total"] == "0"
    listed = fraud.room.runs(view="all", columns=["metrics.secret_metric"], limit=1000)
    assert fraud.secret_run not in listed.ids
    assert listed.table["metrics.secret_metric"].null_count == listed.table.num_rows
    assert fraud.room.runs(baseline=fraud.secret_run).refusal == (400, "baseline")
    assert fraud.room.runs(workspaces=["vault"]).ids == [fraud.secret_run]
    assert fraud.secret_run in fraud.room.runs(workspaces=["vault", "fraud"], limit=1000).ids


def test_a_position_that_names_a_foreign_run_tells_nothing_of_it(fraud: Any) -> None:
    # The text is to be read again: of a run of another workspace there is none to read.
    position = [[0, None], 5, fraud.secret_run]
    found = fraud.room.runs(order=[{"by": "params.secret_param"}], after=position)
    assert found.refusal == (400, "after")


def test_a_name_that_is_probably_a_mistake_is_told_with_the_one_that_was_meant(fraud: Any) -> None:
    found = fraud.room.runs(view="all", filter="metrics.vall/loss > 0")
    assert found.refusal == (400, "filter")
    assert found.json["near"] == "val/loss"
    assert found.json["position"] == 8
    # What only another project has is near to nothing.
    for text in ("metrics.secret_metrik > 0", "params.secret_parm = 'x'", "tags.secret_tagg = 'x'"):
        assert fraud.room.runs(view="all", filter=text).ids == []
    # A name that is there, with a value that is not, is no mistake.
    assert fraud.room.runs(view="all", filter="metrics.val/loss = 77").ids == []


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ({"runs": ["a" * 32] * 5000}, "runs"),
        ({"limit": 0}, "limit"),
        ({"limit": 10_001}, "limit"),
        ({"limit": "5"}, "limit"),
        ({"limit": 2**70}, "limit"),
        ({"columns": ["metrics.a"] * 501}, "columns"),
        ({"columns": ["nothing.a"]}, "column"),
        ({"columns": ["attributes.stat"]}, "column"),
        ({"columns": ["metrics."]}, "column"),
        ({"columns": ["metrics.a\0b"]}, "columns"),
        ({"order": [{"by": "metrics.a"}] * 6}, "order"),
        ({"order": [{"by": "metrics.a"}] * 2}, "order"),
        ({"order": [{"by": "start"}]}, "column"),
        ({"group_by": ["metrics.loss"]}, "group_by"),
        ({"group_by": [f"params.{at}" for at in range(11)]}, "group_by"),
        ({"group_by": []}, "group_by"),
        ({"view": "gone"}, "view"),
        ({"format": "xml"}, "format"),
        ({"after": "!!!"}, "after"),
        ({"after": "e30"}, "after"),
        ({"after": [1, "x"], "order": [{"by": "metrics.a"}]}, "after"),
        ({"after": [[0, "text"], 1, "x"], "order": [{"by": "metrics.a"}]}, "after"),
        ({"after": [[0, 1.0], 1, "x"], "order": [{"by": "params.a"}]}, "after"),
        ({"after": [[0, "a\0"], 1, "x"], "order": [{"by": "params.a"}]}, "after"),
        ({"after": [[9, 1.0], 1, "x"], "order": [{"by": "metrics.a"}]}, "after"),
        ({"after": [2**63, "x"]}, "after"),
        ({"after": [None, "x"]}, "after"),
        ({"workspaces": []}, "workspaces"),
        ({"workspaces": ["default"]}, "workspaces"),
        ({"workspaces": ["fraud", ""]}, "workspaces"),
        ({"unknown": 1}, "unknown"),
        ({"filter": "metrics.loss <"}, "filter"),
        ({"baseline": "nowhere"}, "baseline"),
    ],
)
def test_bad_questions_are_refused_with_the_field(
    fraud: Any, question: dict[str, Any], reason: str
) -> None:
    assert fraud.room.runs(**question).refusal == (400, reason)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"workspaces": ["\\ud800"]}'])
def test_what_is_no_question_is_refused(fraud: Any, body: bytes) -> None:
    assert fraud.room.send("POST", "/runs/query", body).status == 400


@pytest.mark.parametrize("key", ["it's", 'say "x"', "tick`tock", "50%", "😀", "a b", "größe"])
def test_odd_names_are_columns_orders_and_groups(fraud: Any, key: str) -> None:
    found = fraud.room.runs(
        columns=[f"metrics.{key}", f"params.{key}"], order=[{"by": f"params.{key}"}], limit=1000
    ).table
    assert found[f"params.{key}"].null_count < found.num_rows
    groups = fraud.room.runs(group_by=[f"params.{key}"], metrics=[key]).table
    assert groups["count"].to_pylist()
    assert sum(groups["count"].to_pylist()) == found.num_rows


def test_ids_that_can_be_nobodys_find_nothing(fraud: Any) -> None:
    for experiments in (["x"], [str(2**31)], [str(2**63)], ["-1"], ["1" * 50], ["\u0661"]):
        assert fraud.room.runs(experiments=experiments).ids == []
    assert fraud.room.runs(runs=["x' OR 1=1 --", "😀"]).ids == []


def test_unlike_names_are_not_mixed(fraud: Any) -> None:
    """`Loss` and `loss`, also where the database takes them for one."""
    table = fraud.room.runs(view="all", columns=["metrics.loss", "metrics.Loss"], limit=1000).table
    kept = {run.info.run_id: run.data.metrics for run in fraud.odd.all}
    for row in table.to_pylist():
        assert (row["metrics.loss"] is not None) == ("loss" in kept[row["run_id"]])
        assert (row["metrics.Loss"] is not None) == ("Loss" in kept[row["run_id"]])
    ordered = fraud.room.runs(
        view="all", columns=["metrics.loss"], order=[{"by": "metrics.loss"}], limit=1000
    ).table["metrics.loss"]
    present = [value for value in ordered.to_pylist() if value is not None]
    assert ordered.to_pylist()[: len(present)] == pytest.approx(present, nan_ok=True)
    finite = [value for value in present if not math.isnan(value)]
    assert finite == sorted(finite)


def test_a_position_is_json_that_anybody_may_carry(fraud: Any) -> None:
    page = fraud.room.runs(order=[{"by": "metrics.loss"}], limit=2)
    position = decode_position(page.headers["x-mlstudio-next"])
    assert json.loads(json.dumps(position)) == position
    after = fraud.room.runs(order=[{"by": "metrics.loss"}], limit=2, after=position)
    assert not set(after.ids) & set(page.ids)


FAR = 2**63 - 1


@pytest.fixture
def endless(fraud: Any) -> Iterator[str]:
    """A run whose times are no times, and whose difference fits into no integer."""
    run_id = fraud.add_run(start_time=-FAR, end_time=FAR)
    fraud.log(run_id, SqlLatestMetric(key="far", value=1.0, timestamp=FAR, step=0, is_nan=False))
    fraud.log(run_id, SqlMetric(key="far", value=1.0, timestamp=FAR, step=0, is_nan=False))
    fraud.log(run_id, SqlMetric(key="far", value=2.0, timestamp=-FAR, step=1, is_nan=False))
    yield str(run_id)
    fraud.remove_run(run_id)


def test_a_run_with_impossible_times_ends_no_question_of_others(fraud: Any, endless: str) -> None:
    found = fraud.room.runs(view="all", limit=1000)
    row = next(one for one in found.table.to_pylist() if one["run_id"] == endless)
    assert (row["start_time"], row["end_time"], row["duration"]) == (-FAR, FAR, None)
    by_duration = [{"by": "attributes.duration", "ascending": False}]
    assert endless in fraud.room.runs(view="all", limit=1000, order=by_duration).ids
    fraud.room.runs(view="all", group_by=["attributes.duration"], metrics=["far"])
    fraud.room.ask("/runs/columns", view="all")
    for x in ("step", "time", "relative"):
        fraud.room.ask("/metrics/curves", runs=[endless], metrics=["far"], x=x)


def test_more_values_than_memory_holds_are_refused_with_a_sentence(fraud: Any) -> None:
    columns = [f"metrics.m{number}" for number in range(300)]
    refused = fraud.room.runs(columns=columns, limit=10_000)
    assert refused.refusal == (400, "too_much")
    metrics = [f"m{number}" for number in range(50)]
    refused = fraud.room.ask("/metrics/curves", metrics=metrics, points=10_000)
    assert refused.refusal == (400, "too_much")


def test_half_a_character_that_is_spelled_out_is_a_mistake_of_the_filter(fraud: Any) -> None:
    refused = fraud.room.runs(filter="attributes.run_id IN ('\\ud800')")
    # What our grammar refuses MLflow's own parser is asked for, and takes; no database does.
    assert refused.refusal == (400, "value")
