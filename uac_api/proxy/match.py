"""Finds the row of the table that a call stands for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from urllib.parse import unquote

from ..errors import Forbidden, NoEndpoint
from .closed import CLOSED, Closed
from .request import paths
from .request.call import Call
from .rules import NEWEST, OLDEST, RULES, Feature, Rule, has

REST = ":path}"
# `@{organization}`: a variable segment that begins with a mark of its own.
MARK = "@"


@dataclass(slots=True)
class _Node:
    exact: dict[str, _Node] = field(default_factory=dict)
    variable: tuple[str, _Node] | None = None
    marked: tuple[str, _Node] | None = None
    rest: tuple[str, dict[str, Rule]] | None = None
    rules: dict[str, Rule] = field(default_factory=dict)


class Table:
    """The rules as a tree of path segments; an exact segment goes before a variable one.

    `version` says which MLflow stands behind; it is asked only for what not every version has.
    """

    def __init__(
        self,
        rules: Iterable[Rule] = RULES,
        closed: Iterable[Closed] = CLOSED,
        features: Collection[Feature] = (),
        version: Callable[[], str] = lambda: NEWEST,
    ) -> None:
        self._root = _Node()
        self._features = frozenset(features)
        self._version = version
        self._closed = tuple((entry, _split(entry.path)) for entry in closed)
        for rule in rules:
            self._add(rule)

    def match(self, call: Call) -> tuple[Rule, dict[str, str]]:
        """The call's rule and its path fields.

        Raises Forbidden when it is closed, NoEndpoint for what the MLflow that stands behind does
        not have, BadRequest when the last segment could be decoded again and is not the name of a
        file, and what `version` raises.
        """
        found = _find(self._root, call.segments, call.judged_method)
        if found is not None:
            self._require_route(found[0].since)
            self._require(found[0].feature)
            if not found[0].path.endswith(REST):
                _require_decoded(call)
            return found
        entry = self.closed(call.judged_method, call.segments)
        if entry is not None:
            self._require_route(entry.since)
            raise Forbidden(f"This part of MLflow is closed. {entry.why}", reason="closed")
        _require_decoded(call)
        # Every route of the MLflows we know has a row or an entry (tests/proxy/test_coverage.py).
        # Clients of newer versions take this error code for "ask in the older way".
        raise NoEndpoint(
            "No MLflow that ML Studio knows has such a request, so it is refused. "
            "Check the address and the method."
        )

    def _require_route(self, since: str) -> None:
        if since == OLDEST:
            return
        version = self._version()
        if not has(version, since):
            raise NoEndpoint(f"MLflow {version} has no such request. It came with MLflow {since}.")

    def _require(self, feature: Feature | None) -> None:
        if feature is not None and feature not in self._features:
            raise Forbidden(
                f"This part of MLflow is switched off. An operator switches it on by '{feature}' "
                "in STUDIO_MLFLOW_FEATURES.",
                reason="closed",
            )

    def closed(self, method: str, segments: tuple[str, ...]) -> Closed | None:
        """The CLOSED entry that covers a route, if any."""
        for entry, pattern in self._closed:
            if entry.methods and method not in entry.methods:
                continue
            if _covers(pattern, segments):
                return entry
        return None

    def _add(self, rule: Rule) -> None:
        node = self._root
        for part in _split(rule.path):
            if part.endswith(REST):
                name = part[1 : -len(REST)]
                node.rest = node.rest or (name, {})
                node.rest[1][rule.method] = rule
                return
            if part.startswith(f"{MARK}{{"):
                node.marked = node.marked or (part[2:-1], _Node())
                node = node.marked[1]
            elif part.startswith("{"):
                node.variable = node.variable or (part[1:-1], _Node())
                node = node.variable[1]
            else:
                node = node.exact.setdefault(part, _Node())
        if rule.method in node.rules:
            raise ValueError(f"two rules for {rule.operation}")
        node.rules[rule.method] = rule


def _require_decoded(call: Call) -> None:
    if call.segments and unquote(call.segments[-1]) != call.segments[-1]:
        raise paths.ambiguous()


def _split(path: str) -> tuple[str, ...]:
    return tuple(path[1:].split("/")) if path != "/" else ()


def _find(
    node: _Node, segments: tuple[str, ...], method: str
) -> tuple[Rule, dict[str, str]] | None:
    if not segments:
        rule = node.rules.get(method)
        return (rule, {}) if rule is not None else None
    first, others = segments[0], segments[1:]
    if first in node.exact:
        # No falling back to a variable: `traces/search` must never be read as the trace "search".
        return _find(node.exact[first], others, method)
    if node.marked is not None and first.startswith(MARK):
        # No falling back either: MLflow reads `@acme/versions` as the skill "versions" of acme.
        name, below = node.marked
        found = _find(below, others, method) if first != MARK else None
        if found is not None:
            found[1][name] = first.removeprefix(MARK)
        return found
    if node.variable is not None and first:
        name, below = node.variable
        found = _find(below, others, method)
        if found is not None:
            found[1][name] = first
            return found
    if node.rest is not None and method in node.rest[1]:
        return node.rest[1][method], {node.rest[0]: "/".join(segments)}
    return None


def _covers(pattern: tuple[str, ...], segments: tuple[str, ...]) -> bool:
    for index, part in enumerate(pattern):
        if part == "*":
            return len(segments) > index
        if index >= len(segments):
            return False
        if part.endswith("*"):
            return segments[index] == part[:-1]
        if not part.startswith("{") and part != segments[index]:
            return False
    return len(pattern) == len(segments)
