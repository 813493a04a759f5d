"""`make bench`: its arithmetic, its budgets, and the document it writes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tools.bench import budgets, machine, report
from tools.bench.__main__ import DOCUMENT
from tools.bench.budgets import ONCE, READINGS, WORKS, Unit, Work
from tools.bench.databases import MARIADB, SQLITE
from tools.bench.figures import Figure, growth, ratio, spread
from tools.bench.plan import MIB
from tools.bench.report import COLUMNS, Results
from tools.bench.streams import resident_mib
from tools.bench.wire import Way

FACTS = {"date": "2026-01-01", "processor": "a processor, 2 cores", "Python": "3.11.7"}
# The budgets as they were ordered, written by hand.
ORDERED = {
    "runs/get": "at most 1.2",
    "runs/log-metric": "at most 1.25",
    "runs/log-batch, 100 metrics": "at most 1.1",
    "runs/search, 50 runs": "at most 1.04",
    "16 clients, reads and writes": "at least 0.75",
    "artifact of 1 GiB, up": "at least 0.85",
    "artifact of 1 GiB, down": "at least 0.85",
    "UAC memory growth while 1 GiB passes": "at most 32 MiB",
    "experiments/search of 40, with 10,000 in other projects to without": "at most 1.2",
    "a page of 50 experiments, over 20 projects to over one": "at most 1.5",
    "a page of 50 experiments, over 500 projects to over one": "at most 3",
    "first 100 of 10,000 runs x 30 columns, by a metric, to runs/search": "at most 0.15",
    "first 100 of 100,000 runs x 20 columns, to runs/search": "at most 0.25",
    "all 10,000 runs x 30 as Arrow, to ten pages of runs/search": "at most 0.08",
    "statistics of 2 metrics over 100,000 runs by 2 parameters, to MLflow's first page of them": (
        "at most 1"
    ),
    "columns and facets of 100,000 runs, to MLflow's first page of them": "at most 0.5",
    "curves of 10 runs x 20 metrics x 10,000 steps, to get-history-bulk-interval": "at most 0.25",
    "100,000 runs x 20 as Parquet": "at most 20 s",
    "memory growth of both processes meanwhile": "at most 150 MiB",
}


ALL = (*WORKS, *READINGS)


def figure(value: float) -> Figure:
    """A figure with that value."""
    return Figure(value, value * 0.9, value * 1.1, 10.0, 10.0 * value)


def results(kind: str, part: float = 1.0) -> Results:
    """Every work at that part of its budget."""
    found = {
        work: figure(part * (work.at_most or work.at_least or 0)) for work in report.works_of(kind)
    }
    return Results(kind, found, {work: figure(1.0) for work in WORKS if work.peer})


def tables(text: str) -> dict[str, list[list[str]]]:
    """The lines of the first table under each heading, without its head."""
    found = {}
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        title, _, rest = part.partition("\n")
        lines = [line for line in rest.splitlines() if line.startswith("|")]
        found[title] = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]
    return found


def test_the_budgets_are_those_that_were_ordered() -> None:
    assert {work.name: work.budget for work in ALL} == ORDERED
    assert [
        work for work in (*WORKS, *READINGS) if (work.at_most is None) == (work.at_least is None)
    ] == []


def test_a_budget_is_kept_up_to_its_number_and_not_beyond() -> None:
    assert budgets.GET.is_met(1.2)
    assert not budgets.GET.is_met(1.201)
    assert budgets.CROWD.is_met(0.75)
    assert not budgets.CROWD.is_met(0.749)


def test_a_ratio_is_that_of_medians_block_by_block() -> None:
    figure = ratio([([10, 10, 99], [12, 12, 12]), ([20, 20, 20], [24, 24, 500])])
    assert figure.value == pytest.approx(1.2)
    assert (figure.reference, figure.measured) == (20, 18)


def test_a_machine_that_slows_down_for_a_block_does_not_move_the_ratio() -> None:
    calm = [([10.0] * 5, [12.0] * 5)] * 6
    slow = [([50.0] * 5, [60.0] * 5)] * 3
    assert ratio([*calm, *slow]).value == pytest.approx(1.2)


def test_the_spread_is_from_the_tenth_to_the_ninetieth_percentile() -> None:
    assert spread([float(number) for number in range(101)]) == (10.0, 90.0)
    assert spread([3.0]) == (3.0, 3.0)


def test_growth_is_that_of_the_worst_moment() -> None:
    figure = growth(100.0, [105.0, 131.0, 110.0])
    assert (figure.value, figure.reference, figure.measured) == (31.0, 100.0, 131.0)


def test_the_memory_of_a_process_counts_what_it_started() -> None:
    # The child speaks once it runs: between fork and exec it has no memory of its own yet.
    child = "print('up', flush=True); input()"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdin is not None
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"up\n"
        statm = Path(f"/proc/{parent.pid}/statm").read_text().split()
        alone = int(statm[1]) * os.sysconf("SC_PAGE_SIZE") / MIB
        assert resident_mib(parent.pid) > alone
        parent.stdin.write(b"\n")
        parent.stdin.close()


def test_a_request_is_one_piece_of_bytes_with_the_way_before_its_path() -> None:
    way = Way("http://127.0.0.1:81", {"Authorization": "Bearer x"}, "/projects/bench")
    sent = way.request("POST", "/api/2.0/mlflow/runs/search", {"a": 1})
    head, _, body = sent.partition(b"\r\n\r\n")
    assert head.split(b"\r\n") == [
        b"POST /projects/bench/api/2.0/mlflow/runs/search HTTP/1.1",
        b"Host: 127.0.0.1:81",
        b"Authorization: Bearer x",
        b"Content-Type: application/json",
        b"Content-Length: 8",
    ]
    assert body == b'{"a": 1}'


def test_the_document_has_a_line_for_each_work_with_its_verdict() -> None:
    measured = {SQLITE: results(SQLITE), MARIADB: results(MARIADB, 2.0)}
    found = tables(report.document(measured, FACTS, "make bench"))
    assert [line[0] for line in found["On SQLite"]] == list(ORDERED)
    assert {line[0]: line[5] for line in found["On SQLite"]} == ORDERED
    assert [line[0] for line in found["On MariaDB"]] == [
        w.name for w in (*WORKS, *READINGS) if w not in ONCE
    ]
    met = {line[0]: line[6] for line in found["On MariaDB"]}
    assert met["runs/get"] == "NO"
    assert met["16 clients, reads and writes"] == "yes"
    assert found["The machine"] == [[name, value] for name, value in FACTS.items()]


def test_what_was_not_measured_is_said() -> None:
    text = report.document({SQLITE: results(SQLITE)}, FACTS, "make bench")
    assert report.NOT_MEASURED in text.partition("## On MariaDB")[2]


def test_a_missed_budget_is_found() -> None:
    assert results(SQLITE).missed() == []
    assert budgets.GET in results(SQLITE, 2.0).missed()


def test_the_kept_document_is_in_the_shape_that_is_written() -> None:
    kept, found = DOCUMENT.read_text(), tables(DOCUMENT.read_text())
    assert list(found) == ["On SQLite", "On MariaDB", "How to read it", "The machine"]
    assert {line[0]: line[5] for line in found["On SQLite"]} == ORDERED
    for line in found["On SQLite"] + found["On MariaDB"]:
        assert len(line) == len(COLUMNS)
        work = next(work for work in ALL if work.name == line[0])
        if work.unit is not Unit.MEMORY:
            assert line[6] in _verdicts(work, float(line[3])), line
    assert [line[0] for line in found["The machine"]] == list(machine.facts())
    assert kept.startswith(report.TITLE + report.INTRODUCTION)
    assert report.EXPLANATION in kept


def _verdicts(work: Work, rounded: float) -> set[str]:
    """What may be said of a value that is shown with two digits."""
    ends = (rounded - 0.005, rounded + 0.005)
    return {"yes" if work.is_met(one) else "NO" for one in ends}


def test_the_facts_name_no_host_and_no_folder() -> None:
    text = " ".join(machine.facts().values())
    assert str(Path.home()) not in text
    assert not re.search(r"(^|\s)/\w", text)
