"""Groups of runs: which runs are in them, and how the table gets them."""

import pyarrow as pa

from studio_app.runs.table import run_groups
from studio_app.runs.table.run_groups import Groups
from studio_app.runs.table.run_list import Asked

ASKED = Asked("churn", "1", "a = 1 OR b = 2", "active", "start desc", nested=True)


def _groups(*values: tuple[str | None, ...], by: tuple[str, ...]) -> Groups:
    counts = pa.array([2] * len(values), pa.int64())
    ids = tuple(f"g{at}" for at in range(len(values)))
    return Groups(ASKED, by, (), pa.table({"count": counts}), values, ids, "v")


def test_a_group_asks_for_its_runs_beside_what_was_asked_for() -> None:
    groups = _groups(("0.1", "FAILED"), (None, "it's"), by=("params.a b", "status"))
    first, second = groups.question("g0"), groups.question("g1")
    assert first is not None
    assert second is not None
    assert first.filter == ("(a = 1 OR b = 2) AND params.`a b` = '0.1' AND status = 'FAILED'")
    assert second.filter.endswith('params.`a b` IS NULL AND status = "it\'s"')
    assert groups.question("g2") is None
    assert groups.runs == 4


def test_the_same_values_have_the_same_id_and_others_another() -> None:
    ids = {run_groups.group_id(values) for values in [("a", "b"), ("a,b",), ("a", None), ("a", "")]}
    assert len(ids) == 4
    assert run_groups.group_id(("a", None)) in ids
