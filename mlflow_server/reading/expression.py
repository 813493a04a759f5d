"""A filter over runs as a tree, and what may be compared with what.

A name has a kind and a key: `metrics.loss` is ("metrics", "loss"). The name decides the type of
its values, and the type decides the comparators:

    NUMBER      metrics                                      0.1
    TEXT        params, tags, datasets, most attributes      'adam'
    TIME        start_time, end_time                         '2026-11-01 12:00', 1793530800000
    DURATION    duration                                     '1d12h', 5000 (milliseconds)
    ID          experiment_id                                '17', 17

Everything is checked when it is made: a tree holds nothing that the database cannot be asked.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal

from mlflow_server.reading.errors import FilterError

Kind = Literal["metrics", "params", "tags", "attributes", "datasets"]
Scalar = str | int | float


class Type(Enum):
    """What the values of a name are."""

    NUMBER = "number"
    TEXT = "text"
    TIME = "time"
    DURATION = "duration"
    ID = "id"


KINDS: dict[str, Kind] = {
    "metric": "metrics",
    "metrics": "metrics",
    "param": "params",
    "params": "params",
    "parameter": "params",
    "parameters": "params",
    "tag": "tags",
    "tags": "tags",
    "attr": "attributes",
    "attribute": "attributes",
    "attributes": "attributes",
    "run": "attributes",
    "dataset": "datasets",
    "datasets": "datasets",
}
PLURALS = tuple(dict.fromkeys(KINDS.values()))
ATTRIBUTES = {
    "run_id": Type.TEXT,
    "run_name": Type.TEXT,
    "parent_run_id": Type.TEXT,
    "status": Type.TEXT,
    "user_id": Type.TEXT,
    "artifact_uri": Type.TEXT,
    "lifecycle_stage": Type.TEXT,
    "start_time": Type.TIME,
    "end_time": Type.TIME,
    "duration": Type.DURATION,
    "experiment_id": Type.ID,
    "experiment_name": Type.TEXT,
}
# As MLflow has them, letter by letter.
ALIASES = {
    "created": "start_time",
    "Created": "start_time",
    "run name": "run_name",
    "Run name": "run_name",
    "Run Name": "run_name",
}
DATASETS = ("name", "digest", "context")

_ORDERED = ("=", "!=", "<", "<=", ">", ">=", "BETWEEN", "IN", "NOT IN", "IS NULL", "IS NOT NULL")
COMPARATORS = {
    Type.NUMBER: _ORDERED,
    Type.TIME: _ORDERED,
    Type.DURATION: _ORDERED,
    Type.ID: ("=", "!=", "IN", "NOT IN", "IS NULL", "IS NOT NULL"),
    Type.TEXT: (*("=", "!=", "LIKE", "ILIKE", "RLIKE", "IN", "NOT IN", "IS NULL", "IS NOT NULL"),),
}
PATTERNS = ("LIKE", "ILIKE", "RLIKE")
LONGEST_PATTERN = 500
# What stands behind a comparator, in words.
VALUES = {
    Type.NUMBER: "a number such as 0.1",
    Type.TEXT: "a text in quotes such as 'adam'",
    Type.TIME: "a time such as '2026-11-01' or '2026-11-01 12:00', or a number of milliseconds",
    Type.DURATION: "a duration such as '2h', '90s' or '1d12h', or a number of milliseconds",
    Type.ID: "the id of an experiment such as '17'",
}
A_COMPARISON = "a comparison such as metrics.loss < 0.1"
SHOWN = 40


@dataclass(frozen=True, slots=True)
class Name:
    """What is compared. `position` is where it stands in the text."""

    kind: Kind
    key: str
    position: int = field(default=0, compare=False)

    @property
    def type(self) -> Type:
        """The type of its values."""
        if self.kind == "metrics":
            return Type.NUMBER
        return ATTRIBUTES[self.key] if self.kind == "attributes" else Type.TEXT

    def __str__(self) -> str:
        return f"{self.kind}.{self.key}"


@dataclass(frozen=True, slots=True)
class Comparison:
    """One condition on one name.

    `value` is a float for a metric and a duration (milliseconds), an integer for an id and, mostly,
    a time (milliseconds); a tuple of such for IN, NOT IN and BETWEEN (lowest, highest); None for IS
    NULL and IS NOT NULL.
    """

    name: Name
    comparator: str
    value: Scalar | tuple[Scalar, ...] | None = None


@dataclass(frozen=True, slots=True)
class And:
    """All of the parts."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one of the parts."""

    parts: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The plain opposite of the part, also for a run that has not what the part names."""

    part: Expression


Expression = Comparison | And | Or | Not


def comparisons(expression: Expression | None) -> Iterator[Comparison]:
    """Every condition, as they stand in the text."""
    match expression:
        case Comparison():
            yield expression
        case And(parts) | Or(parts):
            for part in parts:
                yield from comparisons(part)
        case Not(part):
            yield from comparisons(part)


def names(expression: Expression | None) -> set[tuple[Kind, str]]:
    """The kind and the key of everything that is compared."""
    return {(one.name.kind, one.name.key) for one in comparisons(expression)}


# Of names that are compared letter by letter with one that is unknown.
LENGTHS_APART = 3
MOST_COMPARED = 300


def nearest(key: str, known: Iterable[str]) -> str | None:
    """The known name that was probably meant by `key`; None if none is near."""
    listed = list(known)
    folded = key.casefold()
    for name in listed:
        if name.casefold() == folded:
            return name
    # Each comparison takes milliseconds where names are long, and a project may have any number.
    alike = [name for name in listed if abs(len(name) - len(key)) <= LENGTHS_APART]
    found = difflib.get_close_matches(key, alike[:MOST_COMPARED], n=1)
    return found[0] if found else None


def read_name(text: str, position: int) -> Name:
    """The name that is written so; raises FilterError for an unknown kind, attribute or field."""
    word, point, rest = text.partition(".")
    kind = KINDS.get(_without(word, "`")) if point else "attributes"
    key = rest if point else word
    if kind is None:
        sentence = f"There are no {shorten(word)!r} here"
        raise mistake(position, text, A_COMPARISON, sentence, nearest(word, PLURALS))
    key = _without(_without(key, "'\""), "`")
    if kind == "attributes":
        key = ALIASES.get(key, key)
        if key not in ATTRIBUTES:
            sentence = f"There is no attribute {shorten(key)!r}"
            expected = f"an attribute ({', '.join(ATTRIBUTES)}) or a name such as metrics.loss"
            raise mistake(position, text, expected, sentence, nearest(key, ATTRIBUTES))
    if kind == "datasets" and key not in DATASETS:
        sentence = f"Datasets have no {shorten(key)!r}"
        expected = ", ".join(f"dataset.{one}" for one in DATASETS)
        raise mistake(position, text, expected, sentence, nearest(key, DATASETS))
    return Name(kind, key, position)


def check_comparator(name: Name, comparator: str, position: int) -> None:
    """Raise FilterError for a comparator that the type of the name has not."""
    allowed = COMPARATORS[name.type]
    if comparator not in allowed:
        described = "text" if name.type is Type.TEXT else f"a {name.type.value}"
        raise mistake(
            position,
            comparator,
            comparators(name),
            f"{shorten(str(name))} is {described} and cannot be compared by {shorten(comparator)}",
        )


def comparators(name: Name) -> str:
    """The comparators of a name, in words."""
    *most, last = COMPARATORS[name.type]
    return f"{', '.join(most)} or {last}"


def mistake(
    position: int, found: str, expected: str, sentence: str = "", near: str | None = None
) -> FilterError:
    """A mistake in a filter, told in one sentence."""
    shown = shorten(found)
    told = sentence or (f"There is {shown!r}" if found else "The filter ends here")
    hint = f" Did you mean {near!r}?" if near else ""
    message = f"{told} (position {position}). Expected: {expected}.{hint}"
    return FilterError(message, position, shown or "the end", expected, near)


def shorten(text: str) -> str:
    """The beginning of a long text."""
    return text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"


def _without(text: str, quotes: str) -> str:
    """As MLflow takes quotes off: one pair, and what is doubled inside stays doubled."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in quotes:
        return text[1:-1]
    return text
