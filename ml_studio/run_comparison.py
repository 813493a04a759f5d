"""Runs beside each other: a column for each run, a line for each thing that they have.

    run_comparison(
        frame,
        key="compared",
        options=ComparisonOptions(columns=..., label="Compared runs", version=...),
    )
    lines = comparison_lines("compared")

The frame is that of `runs_table`, in the order of the columns; its `project` says where a run is.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, cast, get_args

import pyarrow as pa

from ml_studio.component import ignore, mount, state_of
from ml_studio.runs_table import Direction, TableColumn

NAME = "run_comparison"

Lines = Literal["differing", "all"]


@dataclass(frozen=True)
class ComparisonOptions:
    """What is compared; `version` is another text for each other frame.

    Links lead to the page `page` of a run. `lines` are those shown at first, `best` says of a
    metric which values are good, `height` is the most that it takes, in pixels.
    """

    columns: Sequence[TableColumn]
    label: str
    version: str
    page: str = "run"
    lines: Lines = "differing"
    best: Mapping[str, Direction] = field(default_factory=dict)
    height: int = 560


def run_comparison(frame: pa.Table, *, key: str, options: ComparisonOptions) -> None:
    """Draw the comparison; `comparison_lines(key)` is which lines a person has chosen."""
    mount(
        NAME,
        key=key,
        data={
            "frame": frame,
            "columns": [asdict(column) for column in options.columns],
            "label": options.label,
            "version": options.version,
            "page": options.page,
            "lines": options.lines,
            "best": dict(options.best),
            "height": options.height,
        },
        callbacks={"lines": ignore},
    )


def comparison_lines(key: str) -> Lines | None:
    """Which lines a person has chosen since it was drawn; None where they did not."""
    found = state_of(key).get("lines")
    return cast("Lines", found) if found in get_args(Lines) else None
