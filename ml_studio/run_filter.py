"""The filter over a table of runs: one line with completion, its conditions as chips, facets.

    run_filter(
        "metrics.loss < 0.1",
        key="filter",
        options=FilterOptions(columns=..., runs=120),
        on_change=write,
    )

Nothing is sent while somebody types. What the line knows of names and values is what it is given;
how a filter is written is told in docs/reference/reading.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from ml_studio.component import mount, state_of

NAME = "run_filter"

Kind = Literal["metrics", "params", "tags", "attributes"]


@dataclass(frozen=True)
class FilterColumn:
    """A name that runs have: how many `runs` have it, how many different `values` there are.

    `common` are the commonest values, each with the number of its runs.
    """

    kind: Kind
    key: str
    runs: int
    values: int
    low: float | None = None
    high: float | None = None
    common: Sequence[tuple[str | float, int]] = ()


@dataclass(frozen=True)
class Mistake:
    """What the API says of a filter that it cannot read; `near` is the nearest name, if any."""

    position: int
    message: str
    found: str
    near: str = ""


@dataclass(frozen=True)
class Example:
    """A filter to learn from."""

    code: str
    meaning: str


@dataclass(frozen=True)
class FilterOptions:
    """What can be asked for: the names of the `runs` that the filter chooses from.

    Of a sample of them where they are `sampled`. `meanwhile` is what the table shows while there is
    a mistake.
    """

    columns: Sequence[FilterColumn]
    runs: int
    sampled: bool = False
    examples: Sequence[Example] = ()
    mistake: Mistake | None = None
    meanwhile: str = ""


def run_filter(
    sentence: str, *, key: str, options: FilterOptions, on_change: Callable[[str], None]
) -> None:
    """Draw the line with the filter that holds now; `on_change` is given another one."""

    def changed() -> None:
        asked = read_sentence(state_of(key).get("sentence"))
        if asked is not None:
            on_change(asked)

    mount(
        NAME,
        key=key,
        data={"sentence": sentence, **asdict(options)},
        callbacks={"sentence": changed},
    )


def read_sentence(document: object) -> str | None:
    """A filter that came from a browser; None for anything else."""
    if not isinstance(document, Mapping) or not isinstance(document.get("text"), str):
        return None
    return str(document["text"]).strip()
