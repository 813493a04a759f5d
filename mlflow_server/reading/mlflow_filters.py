"""Filters as MLflow's own parser reads them.

It cuts a filter by sqlparse, which knows SQL and not the language, and takes what comes out: ANDs
at the ends, two in a row or none, a list within a list, a comment in a list. Programs that put
filters together rely on some of that.
"""

from __future__ import annotations

from typing import Any

from mlflow.exceptions import MlflowException
from mlflow.utils.search_utils import SearchUtils

from mlflow_server.reading.expression import (
    KINDS,
    LONGEST_PATTERN,
    PATTERNS,
    Comparison,
    Name,
    Type,
)

# sqlparse takes 70 microseconds for each token, and this is asked for mistakes only.
LONGEST = 4000


def parse(text: str) -> tuple[Comparison, ...] | None:
    """The conditions, all of which must hold; None for what MLflow refuses too."""
    if len(text) > LONGEST:
        return None
    try:
        return tuple(_comparison(clause) for clause in SearchUtils.parse_search_filter(text))
    # sqlparse and ast raise what they like for what they cannot read.
    except (MlflowException, ValueError, TypeError, RecursionError, MemoryError):
        return None


def _comparison(clause: dict[str, Any]) -> Comparison:
    kind, comparator, value = clause["type"], clause["comparator"].upper(), clause["value"]
    key = SearchUtils.translate_key_alias(clause["key"])
    _check_comparator(kind, key, comparator)
    if isinstance(value, tuple) != (comparator in ("IN", "NOT IN")):
        raise ValueError("MLflow parses this and does not search by it.")
    if comparator in PATTERNS and len(value) > LONGEST_PATTERN:
        raise ValueError("The pattern is too long here too.")
    name = Name(KINDS[kind], key)
    return Comparison(name, comparator, float(value) if name.type is Type.NUMBER else value)


def _check_comparator(kind: str, key: str, comparator: str) -> None:
    """Raise MlflowException for a comparator that its search refuses only later."""
    SearchUtils.is_metric(kind, comparator)
    SearchUtils.is_param(kind, comparator)
    SearchUtils.is_tag(kind, comparator)
    SearchUtils.is_attribute(kind, key, comparator)
    SearchUtils.is_dataset(kind, comparator)
