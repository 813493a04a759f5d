"""Which metrics, params and tags some runs have, and which of them are shown at first."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ml_studio.run_filter import FilterColumn
from studio_app.api.base import Json

SHOWN_AT_FIRST = ["status", "start", "seconds", "user"]

# The reading room takes no more columns in one question.
MOST = 500

_FAMILIES = ("metrics", "params", "tags")
# A tab keeps, and a filter is given, the commonest values of no more columns.
MOST_WITH_VALUES = 500
_METRICS_AT_FIRST = 6
_PARAMS_AT_FIRST = 6
_SYSTEM_METRICS = "metrics.system/"
_SYSTEM_TAGS = "mlflow."
# Whole words of a metric's name, such as val_loss or test/RMSE: those of the table in the browser
# (frontend/src/runs_table/statistics.ts).
LOWER = {
    "loss",
    "error",
    "err",
    "mae",
    "mse",
    "rmse",
    "mape",
    "smape",
    "rmsle",
    "nll",
    "perplexity",
    "ppl",
    "cost",
    "regret",
    "fid",
    "wer",
    "cer",
    "latency",
    "logloss",
    "brier",
    "deviance",
}
_NEXT_WORD = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NO_LETTERS = re.compile(r"[^a-z]+")
_DIGITS = re.compile(r"(\d+)", re.ASCII)


@dataclass(frozen=True)
class RunColumns:
    """How many runs there are, and their columns by name in three families.

    `had` is how many of the `looked_at` runs have a column; `differing` are the columns that are
    not the same in all of them. `filterable` are these and the attributes and tags of MLflow, with
    their commonest values.
    """

    runs: int
    looked_at: int
    had: dict[str, int]
    differing: frozenset[str]
    filterable: tuple[FilterColumn, ...] = ()

    @property
    def families(self) -> dict[str, list[str]]:
        """The metric, param and tag columns, each family by name."""
        return {
            family: [name for name in self.had if name.startswith(f"{family}.")]
            for family in _FAMILIES
        }

    @property
    def most_telling(self) -> list[str]:
        """As many columns as a question takes, those that differ between runs first."""
        return sorted(self.had, key=lambda name: name not in self.differing)[:MOST]

    def first_choice(self) -> list[str]:
        """The columns shown before the person chooses.

        Metrics that most runs have come before rare ones and those of the machine; params that
        differ between runs before those that do not.
        """
        found = self.families
        metrics = sorted(
            found["metrics"], key=lambda name: (name.startswith(_SYSTEM_METRICS), -self.had[name])
        )
        params = sorted(found["params"], key=lambda name: name not in self.differing)
        return [*SHOWN_AT_FIRST, *metrics[:_METRICS_AT_FIRST], *params[:_PARAMS_AT_FIRST]]


def read(document: Json) -> RunColumns:
    """The columns in an answer of the reading room, without the tags that MLflow sets."""
    looked_at = int(document["looked_at"])
    shown = {
        f"{one['kind']}.{one['key']}": one
        for one in document["columns"]
        if one["kind"] in _FAMILIES
        and not (one["kind"] == "tags" and one["key"].startswith(_SYSTEM_TAGS))
    }
    names = by_name(shown)
    return RunColumns(
        runs=int(document["runs"]),
        looked_at=looked_at,
        had={name: int(shown[name]["runs"]) for name in names},
        differing=frozenset(
            name
            for name in names
            if shown[name]["values"] > 1 or int(shown[name]["runs"]) < looked_at
        ),
        filterable=_filterable(document["columns"]),
    )


def _filterable(columns: Sequence[Json]) -> tuple[FilterColumn, ...]:
    # Few values say more than many: those of a seed that every run has of its own come last.
    few = sorted(range(len(columns)), key=lambda at: int(columns[at]["values"]))
    with_values = set(few[:MOST_WITH_VALUES])
    return tuple(
        FilterColumn(
            kind=one["kind"],
            key=str(one["key"]),
            runs=int(one["runs"]),
            values=int(one["values"]),
            low=one["min"],
            high=one["max"],
            # Nobody looks for a metric by its exact value.
            common=_common(one) if at in with_values and one["kind"] != "metrics" else (),
        )
        for at, one in enumerate(columns)
    )


def _common(column: Json) -> list[tuple[str | float, int]]:
    # Of equally common values the API says some order; the same reading is always the same.
    found = [(value, int(runs)) for value, runs in column["common"]]
    return sorted(found, key=lambda pair: (-pair[1], _counted(str(pair[0]))))


def by_name(names: Iterable[str]) -> list[str]:
    """Names in the order of a reader, who counts: class_2 before class_10."""
    return sorted(names, key=lambda name: (_counted(name), name))


def _counted(name: str) -> list[tuple[int, str]]:
    # An even part is letters, an odd one is digits: each is compared with its own kind.
    return [
        (int(part), "") if at % 2 else (0, part.casefold())
        for at, part in enumerate(_DIGITS.split(name))
    ]


def lower_is_better(metric: str) -> bool:
    """Whether the least value of a metric is the best, by the words of its name."""
    words = _NO_LETTERS.split(_NEXT_WORD.sub(" ", metric).lower())
    return any(word in LOWER for word in words)
