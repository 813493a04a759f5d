"""The browser components: what is committed is what the sources give, and it is small enough."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, get_args

import pyarrow as pa
import pytest
import streamlit as st

from components import COMPONENTS
from ml_studio import (
    file_tree,
    log_view,
    marked_text,
    role_matrix,
    run_charts,
    run_comparison,
    run_filter,
    run_values,
    runs_table,
    trace_tree,
)
from processes import ROOT

FRONTEND = ROOT / "frontend"
ASSETS = ROOT / "ml_studio" / "assets"
# The budget of the interface: bytes, and bytes as they are sent.
MOST, MOST_COMPRESSED = 1_200_000, 350_000
# A bound for a hang: the packages come over a network, and others work on this machine.
SECONDS = 280


def node_or_skip() -> None:
    """Without Node nothing can be built; CI has it, so that there nothing is skipped."""
    if not shutil.which("npm") and not os.environ.get("CI"):
        pytest.skip("Node is not installed: the components cannot be built here")


def run(folder: Path, *command: str) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env={**os.environ, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout[-4000:]}{done.stderr[-2000:]}"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources in a folder of their own, with the packages that package-lock.json names."""
    node_or_skip()
    folder = tmp_path_factory.mktemp("components") / "frontend"
    shutil.copytree(FRONTEND, folder, ignore=shutil.ignore_patterns("node_modules"))
    run(folder, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline")
    return folder


def test_what_is_committed_is_what_the_sources_give_byte_for_byte(
    checkout: Path, tmp_path: Path
) -> None:
    run(checkout, "node", "build.mjs", str(tmp_path))
    built = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    committed = {path.name: path.read_bytes() for path in ASSETS.iterdir()}
    assert sorted(built) == sorted(committed), "run: make components"
    assert built == committed, "run: make components"


@pytest.mark.parametrize("script", ["types", "lint", "test"])
def test_types_style_and_unit_tests_of_the_sources_hold(checkout: Path, script: str) -> None:
    run(checkout, "npm", "run", "--silent", script)


def test_the_bundle_is_within_its_budget() -> None:
    built = [path.read_bytes() for path in ASSETS.glob("*.js")]
    assert len(built) == len(COMPONENTS)
    assert sum(map(len, built)) <= MOST
    assert sum(len(gzip.compress(content, 9)) for content in built) <= MOST_COMPRESSED


def test_the_licences_of_everything_in_the_bundle_lie_beside_it() -> None:
    text = (ASSETS / "LICENSES.txt").read_text()
    wanted = json.loads((FRONTEND / "package.json").read_text())["dependencies"]
    for name, version in wanted.items():
        assert f"{name} {version}\n" in text
    assert text.count("Permission is hereby granted") == text.count("Copyright (c)")


def test_packages_are_pinned_and_come_from_the_public_registry() -> None:
    package = json.loads((FRONTEND / "package.json").read_text())
    for version in (package["dependencies"] | package["devDependencies"]).values():
        assert re.fullmatch(r"\d+\.\d+\.\d+", version)
    lock = json.loads((FRONTEND / "package-lock.json").read_text())
    for name, entry in lock["packages"].items():
        if not name:
            continue
        assert entry["integrity"], name
        assert entry.get("resolved", "https://registry.npmjs.org/").startswith(
            "https://registry.npmjs.org/"
        ), name


def test_the_bundle_has_no_network_of_its_own() -> None:
    for path in ASSETS.glob("*.js"):
        code = path.read_text()
        for word in ("XMLHttpRequest", "new WebSocket(", "fetch(", "sendBeacon", "EventSource("):
            assert word not in code, (path.name, word)


def test_streamlit_finds_each_component_and_one_file_for_it() -> None:
    declared = (ROOT / "ml_studio" / "pyproject.toml").read_text()
    names = re.findall(r'^name = "(\w+)"', declared, re.MULTILINE)
    assert names == [one.NAME for one in COMPONENTS]
    for name in names:
        assert len(list(ASSETS.glob(f"{name}-*.js"))) == 1


def interface(path: str, name: str) -> set[str]:
    """The fields of an interface in TypeScript."""
    source = (FRONTEND / "src" / path).read_text()
    body = re.search(rf"export interface {name} {{\n(.*?)\n}}", source, re.DOTALL)
    assert body is not None
    return set(re.findall(r"^  readonly (\w+)\??:", body[1], re.MULTILINE))


def union(path: str, name: str) -> list[str]:
    """The texts of a union in TypeScript."""
    source = (FRONTEND / "src" / path).read_text()
    found = re.search(rf"export (?:type|const) {name} = (.*?);", source, re.DOTALL)
    assert found is not None
    return re.findall(r'"(\w+)"', found[1])


def test_python_and_typescript_name_the_same_things(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: dict[str, dict[str, Any]] = {}

    def note(name: str, *, data: dict[str, Any], **_rest: object) -> None:
        sent[name] = data

    for module in COMPONENTS:
        monkeypatch.setattr(module, "mount", note)
    nothing = pa.table({"run_id": []})
    runs_table.runs_table(
        nothing,
        key="t",
        options=runs_table.TableOptions(
            [runs_table.TableColumn("name", "run_name", "Name", "run", "name")],
            runs_table.RunLink("run", {}),
            "Runs",
            "1",
            "0",
            more=False,
        ),
        view=runs_table.TableView(
            (runs_table.ViewColumn("name", 9, pinned=True),), (runs_table.SortTerm("name", True),)
        ),
    )
    run_charts.run_charts(
        nothing,
        nothing,
        key="c",
        options=run_charts.ChartOptions(
            [], [], "Charts", "1", "1", groups=[("1", "one")], columns=[("metrics.loss", True)]
        ),
        view=run_charts.ChartView(),
    )
    run_comparison.run_comparison(
        nothing, key="r", options=run_comparison.ComparisonOptions([], "Compared", "1")
    )
    run_filter.run_filter(
        "",
        key="f",
        options=run_filter.FilterOptions(
            [run_filter.FilterColumn("params", "lr", 1, 1, common=[("0.1", 1)])],
            1,
            examples=[run_filter.Example("params.lr = '0.1'", "a parameter")],
            mistake=run_filter.Mistake(0, "No.", "lr"),
        ),
        on_change=print,
    )
    log_view.log_view(
        "", key="l", options=log_view.LogOptions("a.log", "a.log", "1"), on_earlier=lambda: None
    )
    run_values.run_values(
        key="v",
        options=run_values.ValuesOptions("Metric", "1"),
        metrics=[run_values.MetricValue("loss", "1", "0")],
        texts=[run_values.TextValue("lr", "1")],
    )
    span = trace_tree.Span("1", "", "a", "TOOL", 0, None, False, "", "", "", {}, [])
    event = trace_tree.SpanEvent("retried", 1, {})
    trace_tree.trace_tree(
        [replace(span, events=[event])], key="s", options=trace_tree.TreeOptions("Spans", "1")
    )
    marked_text.marked_text(
        [marked_text.Line([marked_text.Part("a")])], key="m", label="Text of version 1"
    )
    file_tree.file_tree(
        [file_tree.FileRow("a/b.txt", "b.txt", 1, "file")],
        key="x",
        options=file_tree.FileTreeOptions("Files"),
        actions=file_tree.FileTreeActions(print, print, print, print, print),
    )
    role_matrix.role_matrix(
        [role_matrix.MatrixRow("alice", "person", "team", "O")],
        [role_matrix.MatrixProject("fraud", "Fraud detection")],
        key="r",
        options=role_matrix.MatrixOptions("Roles", "1"),
    )
    marked, roles = sent[marked_text.NAME], sent[role_matrix.NAME]
    table, charts, tree = (sent[one.NAME] for one in (runs_table, run_charts, trace_tree))
    compared, line = sent[run_comparison.NAME], sent[run_filter.NAME]
    types = "runs_table/types.ts"
    assert set(table) == interface(types, "TableData")
    assert set(table["columns"][0]) == interface(types, "ColumnSpec")
    assert set(table["view"]) == interface(types, "View")
    assert set(table["view"]["columns"][0]) == interface(types, "ViewColumn")
    assert {one.name for one in fields(runs_table.ValueFilter)} == interface(types, "ValueFilter")
    assert {one.name for one in fields(runs_table.SortTerm)} == interface(types, "SortTerm")
    assert set(table["link"]) == interface("shared/links.ts", "LinkTarget")
    assert set(charts) == interface("run_charts/types.ts", "ChartsData")
    assert set(charts["groups"][0]) == interface("run_charts/types.ts", "Named")
    assert set(charts["columns"][0]) == interface("run_charts/types.ts", "ColumnName")
    ranges = {one.name for one in fields(run_charts.RangeFilter)}
    assert ranges == interface("run_charts/types.ts", "RangeFilter")
    assert set(sent[log_view.NAME]) == interface("log_view/types.ts", "LogData")
    values = sent[run_values.NAME]
    assert set(values) == interface("run_values/types.ts", "ValuesData")
    assert set(values["metrics"][0]) == interface("run_values/types.ts", "MetricValue")
    assert set(values["texts"][0]) == interface("run_values/types.ts", "TextValue")
    assert set(tree) == interface("trace_tree/types.ts", "TraceData")
    assert set(tree["spans"][0]) == interface("trace_tree/types.ts", "Span")
    assert set(tree["spans"][0]["events"][0]) == interface("trace_tree/types.ts", "SpanEvent")
    for name, texts in {
        "GROUPS": runs_table.Group,
        "Kind": runs_table.Kind,
        "Direction": runs_table.Direction,
        "Shading": runs_table.Shading,
    }.items():
        assert union(types, name) == list(get_args(texts)), name
    assert union("run_charts/types.ts", "AXES") == list(get_args(run_charts.Axis))
    types = "file_tree/types.ts"
    assert set(sent[file_tree.NAME]) == interface(types, "FileTreeData")
    assert set(sent[file_tree.NAME]["rows"][0]) == interface(types, "FileRow")
    assert union(types, "RowKind") == list(get_args(file_tree.RowKind))
    types = "marked_text/types.ts"
    assert set(marked) == interface(types, "MarkedTextData")
    assert set(marked["lines"][0]) == interface(types, "Line")
    assert set(marked["lines"][0]["parts"][0]) == interface(types, "Part")
    # The empty text is neither a mark nor a kind.
    assert ["", *union(types, "MARKS")] == list(get_args(marked_text.Mark))
    assert ["", *union(types, "KINDS")] == list(get_args(marked_text.Kind))
    types = "role_matrix/types.ts"
    assert set(roles) == interface(types, "MatrixData")
    assert set(roles["rows"][0]) == interface(types, "MatrixRow")
    assert set(roles["projects"][0]) == interface(types, "MatrixProject")
    assert {one.name for one in fields(role_matrix.MatrixCell)} == interface(types, "MatrixCell")
    assert union(types, "ROLES") == list(get_args(role_matrix.Role))
    assert union(types, "KINDS") == list(get_args(role_matrix.Kind))
    types = "run_comparison/types.ts"
    assert set(compared) == interface(types, "ComparisonData")
    assert union(types, "LINES") == list(get_args(run_comparison.Lines))
    types = "run_filter/types.ts"
    assert set(line) == interface(types, "FilterData")
    assert set(line["columns"][0]) == interface(types, "FilterColumn")
    assert set(line["mistake"]) == interface(types, "Mistake")
    assert set(line["examples"][0]) == interface(types, "Example")


def test_a_view_of_a_browser_is_read_and_what_is_none_is_left_out() -> None:
    document = {
        "columns": [{"id": "a", "width": 120.0, "pinned": True}, {"id": 3}, "b"],
        "sort": [{"by": "a", "ascending": True}, {"ascending": False}],
        "baselines": ["r", 1],
        "only_differing": True,
        "shading": "glitter",
        "best": {"a": "lower", "b": "sideways"},
    }
    view = runs_table.read_view(document)
    assert view == runs_table.TableView(
        (runs_table.ViewColumn("a", 120, pinned=True),),
        (runs_table.SortTerm("a", True),),
        ("r",),
        only_differing=True,
        best={"a": "lower"},
    )
    assert runs_table.read_view(view.as_data()) == view
    assert runs_table.read_view({"columns": None, "best": []}) == runs_table.TableView()


def test_a_wish_for_a_filter_is_read_and_anything_else_is_none() -> None:
    wish = {"column": "params.lr", "value": "0.1", "same": True}
    assert runs_table.read_filter(wish) == runs_table.ValueFilter("params.lr", "0.1", True)
    wrong: list[object] = [None, [], {}, wish | {"value": []}, wish | {"value": True}]
    for odd in [*wrong, wish | {"column": 1}]:
        assert runs_table.read_filter(odd) is None


def test_a_sentence_of_a_browser_is_read_and_anything_else_is_none() -> None:
    assert run_filter.read_sentence({"text": " params.lr = '1' "}) == "params.lr = '1'"
    assert run_filter.read_sentence({"text": ""}) == ""
    odd: list[object] = [None, "text", [], {}, {"text": 1}, {"text": None}]
    assert [run_filter.read_sentence(one) for one in odd] == [None] * len(odd)


def test_a_chosen_cell_of_a_browser_is_read_and_anything_else_is_none() -> None:
    chosen = {"kind": "person", "name": "bob", "project": "fraud"}
    assert role_matrix.read_cell(chosen) == role_matrix.MatrixCell("person", "bob", "fraud")
    odd: list[object] = [None, "text", [], {}, chosen | {"kind": "robot"}, chosen | {"name": 1}]
    assert [role_matrix.read_cell(one) for one in odd] == [None] * len(odd)


@pytest.mark.parametrize("state", [None, "text", {}, {"selection": 3, "view": []}, {"wanted": []}])
def test_state_that_is_none_is_nothing(state: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "session_state", {"t": state})
    assert runs_table.table_state("t") == runs_table.TableState()
    assert run_charts.charts_wanted("t") == run_charts.Wanted()
