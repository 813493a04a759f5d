"""Every open row of THE TABLE as requests that name the things of one project, field by field.

The data lies in modules named for the modules of rules. `estate.py` makes what is named,
`view.py` reads all of it, `spellings.py` writes a request in other ways.
"""

from __future__ import annotations

from importlib.metadata import version

from uac_api.proxy.rules import Rule, rules_of

from .artifacts import ARTIFACTS
from .ask import Ask, Ways, swaps
from .estate import Estate, furnish, new_estate
from .evaluation import EVALUATION
from .interface import INTERFACE
from .registry import REGISTRY
from .traces import TRACES
from .tracking import TRACKING

WAYS: Ways = {**TRACKING, **ARTIFACTS, **REGISTRY, **TRACES, **EVALUATION, **INTERFACE}
# What a feature opens is closed in these tests; tests/proxy/test_services.py switches it on. Rows
# of a newer MLflow than the installed one are asked by tests/proxy/test_skills.py.
OPEN = tuple(rule for rule in rules_of(version("mlflow")) if rule.feature is None)


def asks(rule: Rule, estate: Estate) -> list[Ask]:
    """The requests of one row, without a project in their address."""
    path = rule.path.replace("/api/", "/ajax-api/", 1) if rule.ajax else rule.path
    return [way.at(rule.method, path, estate) for way in WAYS[rule.operation](estate)]


__all__ = ["OPEN", "WAYS", "Ask", "Estate", "asks", "furnish", "new_estate", "swaps"]
