"""Every route of each version of MLflow is ruled or CLOSED, never both, and nothing is stale.

`routes/<version>.txt` has what `mlflow_routes.py` told with that version installed.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from importlib.metadata import version as installed_version
from itertools import pairwise
from pathlib import Path

import pytest

from processes import ROOT
from uac_api.errors import Forbidden, NoEndpoint
from uac_api.proxy.closed import CLOSED, Closed, closed_of
from uac_api.proxy.match import Table
from uac_api.proxy.request.call import Call
from uac_api.proxy.rules import NEWEST, RULES, VERSIONS, Feature, Rule, rules_of

AJAX = "/ajax-api/"
FOLDER = Path(__file__).parent / "routes"

Route = tuple[str, str]


def shape(path: str) -> str:
    """A path whose variables have no names: the same for MLflow and for the table."""
    return re.sub(r"\{\w+(:path)?\}", lambda found: "{" + (found[1] or "") + "}", path)


def segments(path: str) -> tuple[str, ...]:
    """The segments of one address that the path stands for."""
    concrete = re.sub(r"\{[^}]*\}", "something", path)
    return tuple(concrete[1:].split("/")) if path != "/" else ()


def folded(routes: Iterable[Route]) -> dict[Route, bool]:
    """Each route with `/ajax-api` folded onto `/api`, and whether MLflow serves only the former."""
    found: dict[Route, bool] = {}
    for method, path in routes:
        ajax = path.startswith(AJAX)
        route = (method, shape(path.replace(AJAX, "/api/", 1) if ajax else path))
        found[route] = found.get(route, True) and ajax
    return found


def findings(
    routes: Iterable[Route], rules: Iterable[Rule] = RULES, closed: Iterable[Closed] = CLOSED
) -> list[str]:
    """One sentence for each thing that does not fit between MLflow and the tables."""
    installed, by_route = folded(routes), {(rule.method, shape(rule.path)): rule for rule in rules}
    tables = [(entry, Table((), [entry])) for entry in closed]
    said = []
    used: set[str] = set()
    for route, ajax in installed.items():
        method, path = route
        closing = {e.path for e, t in tables if t.closed(method, segments(path)) is not None}
        used |= closing
        rule = by_route.get(route)
        if rule is None and not closing:
            said.append(f"{method} {path} is neither ruled nor CLOSED")
        if rule is not None and closing:
            said.append(f"{method} {path} is ruled and CLOSED")
        if rule is not None and rule.ajax != ajax:
            said.append(f"{method} {path} has the wrong ajax flag")
    # What is answered here need not be a route of MLflow.
    theirs = [route for route, rule in by_route.items() if rule.own is None]
    said += [f"{m} {p} is a rule for nothing" for m, p in theirs if (m, p) not in installed]
    said += [f"{e.path} closes nothing" for e, _ in tables if e.path not in used]
    return said


def listed(version: str) -> list[Route]:
    """The routes of a version of MLflow as they stand in the file."""
    lines = (FOLDER / f"{version}.txt").read_text().splitlines()
    return [(method, path) for method, path in (line.split(" ", 1) for line in lines)]


@pytest.fixture
def routes() -> list[Route]:
    """The routes of the newest version."""
    return listed(NEWEST)


@pytest.fixture(scope="module")
def installed() -> list[Route]:
    """The routes of the installed MLflow."""
    command = [sys.executable, str(ROOT / "tests" / "mlflow_routes.py")]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    return [(method, path) for method, path in json.loads(done.stdout)]


def test_the_routes_come_from_both_halves_of_mlflow(installed: list[Route]) -> None:
    assert len(installed) > 400
    assert ("POST", "/v1/traces") in installed, "FastAPI's half"
    assert ("POST", "/api/2.0/mlflow/runs/create") in installed, "Flask's half"


def test_the_installed_mlflow_has_the_routes_that_are_listed(installed: list[Route]) -> None:
    assert set(installed) == set(listed(installed_version("mlflow")))


def test_each_version_has_a_list_and_each_list_a_version() -> None:
    assert {file.stem for file in FOLDER.iterdir()} == set(VERSIONS)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_route_is_ruled_or_closed_and_nothing_is_stale(version: str) -> None:
    assert findings(listed(version), rules_of(version), closed_of(version)) == []


def test_one_route_is_judged_alike_in_all_versions() -> None:
    shapes = [(rule.method, shape(rule.path)) for rule in RULES]
    assert len(shapes) == len(set(shapes))
    for older, newer in pairwise(VERSIONS):
        assert set(rules_of(older)) <= set(rules_of(newer))
        assert set(closed_of(older)) <= set(closed_of(newer))


@pytest.mark.parametrize("version", VERSIONS)
def test_what_a_version_does_not_have_is_not_there(version: str) -> None:
    table = Table(features=frozenset(Feature), version=lambda: version)
    absent = folded(listed(NEWEST)).keys() - folded(listed(version)).keys()
    assert bool(absent) is (version != NEWEST)
    for method, path in absent:
        with pytest.raises(NoEndpoint) as refusal:
            table.match(Call(method, segments(path), None, (), {}))
        assert (refusal.value.status, refusal.value.error_code) == (404, "ENDPOINT_NOT_FOUND")


@pytest.mark.parametrize("version", ["3.17.1", "3.18.1", "4.0.0", "unknown", ""])
def test_of_a_version_that_nobody_read_only_what_all_have_passes(version: str) -> None:
    assert rules_of(version) == rules_of(VERSIONS[0])
    assert closed_of(version) == closed_of(VERSIONS[0])


def test_the_matcher_finds_for_each_route_what_the_tables_say(routes: list[Route]) -> None:
    table = Table(features=frozenset(Feature))
    ruled = {(rule.method, shape(rule.path)): rule for rule in RULES}
    for method, path in folded(routes):
        call = Call(method, segments(path), None, (), {})
        if rule := ruled.get((method, path)):
            assert table.match(call)[0] is rule
            continue
        with pytest.raises(Forbidden) as refusal:
            table.match(call)
        assert refusal.value.reason == "closed", (method, path)


def test_a_new_route_of_mlflow_is_reported(routes: list[Route]) -> None:
    new = ("POST", "/api/4.0/mlflow/runs/steal")
    assert findings([*routes, new]) == [
        "POST /api/4.0/mlflow/runs/steal is neither ruled nor CLOSED"
    ]


@pytest.mark.parametrize("rule", RULES[::9], ids=lambda rule: rule.operation)
def test_a_removed_rule_is_reported(routes: list[Route], rule: Rule) -> None:
    others = [one for one in RULES if one is not rule]
    said = f"{rule.method} {shape(rule.path)} is neither ruled nor CLOSED"
    assert findings(routes, others) == [said]


@pytest.mark.parametrize("entry", CLOSED, ids=lambda entry: entry.path)
def test_a_removed_closed_entry_is_reported(routes: list[Route], entry: Closed) -> None:
    said = findings(routes, closed=[one for one in CLOSED if one is not entry])
    assert said
    assert all(line.endswith("is neither ruled nor CLOSED") for line in said)


def test_a_stale_rule_is_reported(routes: list[Route]) -> None:
    stale = replace(RULES[0], path="/api/2.0/mlflow/gone")
    assert findings(routes, [*RULES, stale]) == [
        f"{stale.method} /api/2.0/mlflow/gone is a rule for nothing"
    ]


def test_a_stale_closed_entry_is_reported(routes: list[Route]) -> None:
    stale = Closed("/api/2.0/mlflow/gone/*", "It is gone.")
    assert findings(routes, closed=[*CLOSED, stale]) == ["/api/2.0/mlflow/gone/* closes nothing"]


def test_a_route_that_is_ruled_and_closed_is_reported(routes: list[Route]) -> None:
    both = Closed("/api/2.0/mlflow/runs/create", "For this test.")
    assert findings(routes, closed=[*CLOSED, both]) == [
        "POST /api/2.0/mlflow/runs/create is ruled and CLOSED"
    ]


def test_a_wrong_ajax_flag_is_reported(routes: list[Route]) -> None:
    wrong = [replace(one, ajax=not one.ajax) if one is RULES[0] else one for one in RULES]
    assert findings(routes, wrong) == [f"{RULES[0].method} {RULES[0].path} has the wrong ajax flag"]
