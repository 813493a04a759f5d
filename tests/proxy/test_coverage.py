"""Every route of the installed MLflow is ruled or CLOSED, never both, and nothing is stale."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace

import pytest

from processes import ROOT
from uac_api.errors import Forbidden
from uac_api.proxy.call import Call
from uac_api.proxy.closed import CLOSED, Closed
from uac_api.proxy.match import Table
from uac_api.proxy.rules import RULES, Feature, Rule

AJAX = "/ajax-api/"

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


@pytest.fixture(scope="module")
def routes() -> list[Route]:
    """The routes of the installed MLflow."""
    command = [sys.executable, str(ROOT / "tests" / "mlflow_routes.py")]
    done = subprocess.run(command, capture_output=True, check=True, timeout=120)
    return [(method, path) for method, path in json.loads(done.stdout)]


def test_the_routes_come_from_both_halves_of_mlflow(routes: list[Route]) -> None:
    assert len(routes) > 400
    assert ("POST", "/v1/traces") in routes, "FastAPI's half"
    assert ("POST", "/api/2.0/mlflow/runs/create") in routes, "Flask's half"


def test_every_route_is_ruled_or_closed_and_nothing_is_stale(routes: list[Route]) -> None:
    assert findings(routes) == []


def test_the_matcher_finds_for_each_route_what_the_tables_say(routes: list[Route]) -> None:
    table = Table(features=frozenset(Feature))
    ruled = {(rule.method, shape(rule.path)): rule for rule in RULES}
    for method, path in folded(routes):
        call = Call(method, segments(path), None, [], {})
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
