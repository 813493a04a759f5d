"""Charts of metrics: a panel for each, a line for each run, sections by the names' first part.

    run_charts(curves, key="charts", options=ChartOptions(runs=..., metrics=..., ...))
    missing = charts_wanted("charts").metrics

`curves` are points as the reading room answers them (docs/reference/reading.md): `run_id`,
`metric`, `x`, `last`, `min`, `max`, `count`, `nonfinite`. The browser says which metrics it shows
and on which axis; what was not read yet stands there as an empty panel until it comes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, cast, get_args

import pyarrow as pa

from ml_studio.component import ignore, mount, state_of

NAME = "run_charts"

Axis = Literal["step", "relative", "time"]


@dataclass(frozen=True)
class ChartOptions:
    """What the charts are about; `version` is another text for each other table of curves.

    `runs` are ids with names, in the order of the table; `metrics` are all that they have, `read`
    those whose curves were read on this `axis`. Of the runs those in `selection` are drawn, all if
    none is; the table tells the charts of a tick without a round trip.
    """

    runs: Sequence[tuple[str, str]]
    metrics: Sequence[str]
    read: Sequence[str]
    label: str
    version: str
    axis: Axis = "step"
    selection: Sequence[str] = ()


@dataclass(frozen=True)
class Wanted:
    """The metrics whose panels are shown, and their x axis; None before the browser has said."""

    metrics: tuple[str, ...] | None = None
    axis: Axis = "step"


def run_charts(curves: pa.Table, *, key: str, options: ChartOptions) -> None:
    """Draw the charts; `charts_wanted(key)` is what they need to be read."""
    mount(
        NAME,
        key=key,
        data={
            "curves": curves,
            "axis": options.axis,
            "runs": [{"id": run_id, "name": name} for run_id, name in options.runs],
            "metrics": list(options.metrics),
            "read": list(options.read),
            "label": options.label,
            "version": options.version,
            "selection": list(options.selection),
        },
        callbacks={"wanted": ignore},
    )


def charts_wanted(key: str) -> Wanted:
    """What the charts of this key show, also before they are drawn in this run."""
    found: Any = state_of(key).get("wanted")
    if not isinstance(found, Mapping) or not isinstance(found.get("metrics"), list):
        return Wanted()
    axis = found.get("axis")
    return Wanted(
        metrics=tuple(one for one in found["metrics"] if isinstance(one, str)),
        axis=cast("Axis", axis) if axis in get_args(Axis) else "step",
    )
