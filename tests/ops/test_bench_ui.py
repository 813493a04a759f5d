"""`make bench-ui`: its budgets, and the document it writes."""

from __future__ import annotations

from tools.bench_ui import report
from tools.bench_ui.budgets import FIRST_ROWS, SORT, TASKS, Task
from tools.bench_ui.report import HEAD, Measured

# The budgets as they were ordered, written by hand.
ORDERED = {
    "first rows of 10,000 runs x 30 columns": "0.5 x MLflow's own",
    "another sort of 10,000 runs, until its first row is there": "1 s",
    "another sort of 100,000 runs, until its first row is there": "2.5 s",
    "a tick until the lines of twelve panels are drawn, curves there": "0.15 s",
    "first chart of a run with 20 x 10,000 points": "0.5 x MLflow's own",
    "curves of 5 such runs, all of twelve panels drawn": "4 s",
    "30 people sort 10,000 runs, each every 3 s: an action of one of them": "0.4 s",
    "log-metric of a script meanwhile": "1.3 x without people",
}


def test_the_budgets_are_those_that_were_ordered() -> None:
    assert {task.name: task.budget for task in TASKS} == ORDERED


def test_a_budget_holds_up_to_its_number() -> None:
    assert SORT.is_met(1.0, None)
    assert not SORT.is_met(1.01, None)
    assert FIRST_ROWS.is_met(1.0, 2.0)
    assert not FIRST_ROWS.is_met(1.01, 2.0)
    assert not FIRST_ROWS.is_met(0.1, None), "nothing was compared"
    both = Task("both", seconds=2.5, ratio=0.4)
    assert both.budget == "0.4 x MLflow's own and 2.5 s"
    assert not both.is_met(2.6, 100.0)


def test_the_document_says_what_was_measured_and_what_was_missed() -> None:
    page = report.document(
        {FIRST_ROWS: Measured(0.5, 2.0, met=True), SORT: Measured(1.25, None, met=False)},
        {"date": "2026-01-01"},
        "make bench-ui",
    )
    lines = page.splitlines()
    assert f"| {' | '.join(HEAD)} |" in lines
    assert f"| {FIRST_ROWS.name} | 500 ms | 2.0 s (0.25) | 0.5 x MLflow's own | yes |" in lines
    assert f"| {SORT.name} | 1.2 s | | 1 s | NO |" in lines
    assert "Measured by `make bench-ui`." in page
