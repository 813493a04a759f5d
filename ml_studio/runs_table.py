"""The table of runs: columns that can be arranged, ticks, baselines, links.

    runs_table(
        pages.table,
        key="runs",
        options=TableOptions(columns=..., link=RunLink("run", {"project": "churn"}), ...),
        view=TableView(columns=(ViewColumn("name"), ViewColumn("metrics.loss"))),
        on_more=read_more,
    )
    ticked = table_state("runs").selection

The names of the frame's columns are those of the reading room (docs/reference/reading.md); it needs
`run_id`, `run_name`, `parent_run_id`, `status` and `start_time`, and has the `field` of each column
that was read. A column of the options whose field is missing is offered, and asked for by the view.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, cast, get_args

import pyarrow as pa

from ml_studio.component import ignore, mount, state_of

NAME = "runs_table"

Group = Literal["run", "metrics", "params", "tags", "attributes"]
Kind = Literal["name", "text", "number", "status", "time", "duration", "count"]
Direction = Literal["higher", "lower", "none"]
Shading = Literal["none", "heat", "bars"]
# What stands beside the mean of a group: its deviation, its 95 % interval, its least and greatest.
Spread = Literal["std", "interval", "range"]

# The statistics of a metric of a group: the mean is in the metric's column, the others in columns
# of its name, a tilde (which MLflow takes into no name) and one of these.
STATISTICS = ("std", "low", "high", "min", "max", "median", "count", "nan")


@dataclass(frozen=True)
class TableColumn:
    """A column that can be shown: `field` is its name in the frame, `id` in views.

    By one that is `groupable` runs can be grouped; `differs` says whether they have several values.
    """

    id: str
    field: str
    label: str
    group: Group
    kind: Kind
    groupable: bool = False
    differs: bool = False


@dataclass(frozen=True)
class RunLink:
    """Where a run's name leads: a page with this query and the run's id as `parameter`."""

    page: str
    query: Mapping[str, str]
    parameter: str = "run_id"


@dataclass(frozen=True)
class SortTerm:
    """One column of an order."""

    by: str
    ascending: bool


@dataclass(frozen=True)
class ViewColumn:
    """A column that is shown; without a width it is as wide as its kind usually is."""

    id: str
    width: int | None = None
    pinned: bool = False


@dataclass(frozen=True)
class TableView:
    """How the table is arranged; `best` says of a metric which values are good."""

    columns: tuple[ViewColumn, ...] = ()
    sort: tuple[SortTerm, ...] = ()
    baselines: tuple[str, ...] = ()
    only_differing: bool = False
    shading: Shading = "none"
    best: Mapping[str, Direction] = field(default_factory=dict)
    group: tuple[str, ...] = ()
    spread: Spread = "std"

    def as_data(self) -> dict[str, object]:
        """The view as the browser takes it."""
        columns = [
            {"id": column.id}
            | ({"width": column.width} if column.width else {})
            | ({"pinned": True} if column.pinned else {})
            for column in self.columns
        ]
        return {
            "columns": columns,
            "sort": [asdict(term) for term in self.sort],
            "baselines": list(self.baselines),
            "only_differing": self.only_differing,
            "shading": self.shading,
            "best": dict(self.best),
            "group": list(self.group),
            "spread": self.spread,
        }


@dataclass(frozen=True)
class TableOptions:
    """What changes only with the frame: another value sends the frame again.

    `version` is another text for each other frame: the browser does not draw the same one again.
    `total` is how many runs there are, `10000+` for more than it says; with `more` the table asks
    for further rows where it ends, and leaves their order to the API. `height` is its most, in
    pixels.

    With `grouped_by` the first `groups` rows of the frame are groups: their `run_id` is the group's
    id, `count` how many runs it has, and a metric its mean, beside columns of its STATISTICS. The
    other rows are runs, and `parent_run_id` is their group. Runs can be grouped by `most_grouped`
    columns.
    """

    columns: Sequence[TableColumn]
    link: RunLink
    label: str
    version: str
    total: str
    more: bool
    height: int = 640
    groups: int = 0
    grouped_by: Sequence[str] = ()
    most_grouped: int = 0


@dataclass(frozen=True)
class TableState:
    """What a person did with the table since it was drawn; None where they did nothing.

    `unfolded` are the groups whose runs the browser needs.
    """

    selection: tuple[str, ...] | None = None
    view: TableView | None = None
    unfolded: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stamps:
    """Another number makes the table take the view, or the selection, that it is given."""

    view: int = 0
    selection: int = 0


@dataclass(frozen=True)
class ValueFilter:
    """A wish for the runs that have this value in a column, or with `same` false another one.

    The value is None for runs that have none.
    """

    column: str
    value: str | float | None
    same: bool


def runs_table(
    frame: pa.Table,
    *,
    key: str,
    options: TableOptions,
    view: TableView,
    selection: Sequence[str] = (),
    stamps: Stamps | None = None,
    on_more: Callable[[], None] = ignore,
    on_filter: Callable[[ValueFilter], None] | None = None,
    on_again: Callable[[], None] = ignore,
) -> None:
    """Draw the table; `table_state(key)` is what a person did with it."""
    chosen = stamps or Stamps()

    def filtered() -> None:
        asked = read_filter(state_of(key).get("filter"))
        if asked is not None and on_filter is not None:
            on_filter(asked)

    mount(
        NAME,
        key=key,
        data={
            "frame": frame,
            "columns": [asdict(column) for column in options.columns],
            "link": asdict(options.link),
            "label": options.label,
            "version": options.version,
            "total": options.total,
            "more": options.more,
            "height": options.height,
            "groups": options.groups,
            "grouped_by": list(options.grouped_by),
            "most_grouped": options.most_grouped,
            "view": view.as_data(),
            "view_stamp": chosen.view,
            "selection": list(selection),
            "selection_stamp": chosen.selection,
        },
        callbacks={
            "selection": ignore,
            "view": ignore,
            "unfolded": ignore,
            "more": on_more,
            "filter": filtered,
            "again": on_again,
        },
    )


def table_state(key: str) -> TableState:
    """What a person did with the table of this key, also before it is drawn in this run."""
    found = state_of(key)
    selection = found.get("selection")
    view = found.get("view")
    return TableState(
        selection=_texts(selection) if isinstance(selection, list) else None,
        view=read_view(view) if isinstance(view, Mapping) else None,
        unfolded=_texts(found.get("unfolded")),
    )


def read_view(document: Mapping[str, Any]) -> TableView:
    """A view that came from a browser: whatever is not one in it is left out."""
    columns = [
        ViewColumn(
            str(one["id"]),
            int(one["width"]) if isinstance(one.get("width"), int | float) else None,
            one.get("pinned") is True,
        )
        for one in _mappings(document.get("columns"))
        if isinstance(one.get("id"), str)
    ]
    sort = [
        SortTerm(str(one["by"]), one.get("ascending") is True)
        for one in _mappings(document.get("sort"))
        if isinstance(one.get("by"), str)
    ]
    shading = document.get("shading")
    best, spread = document.get("best"), document.get("spread")
    return TableView(
        columns=tuple(columns),
        sort=tuple(sort),
        baselines=_texts(document.get("baselines")),
        only_differing=document.get("only_differing") is True,
        shading=cast("Shading", shading) if shading in get_args(Shading) else "none",
        best={
            str(name): direction
            for name, direction in (best.items() if isinstance(best, Mapping) else ())
            if direction in get_args(Direction)
        },
        group=_texts(document.get("group")),
        spread=cast("Spread", spread) if spread in get_args(Spread) else "std",
    )


def read_filter(document: object) -> ValueFilter | None:
    """A wish for a filter that came from a browser; None for anything else."""
    if not isinstance(document, Mapping) or not isinstance(document.get("column"), str):
        return None
    value = document.get("value")
    if isinstance(value, bool) or not isinstance(value, str | int | float | None):
        return None
    return ValueFilter(document["column"], value, document.get("same") is True)


def _mappings(value: object) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def _texts(value: object) -> tuple[str, ...]:
    return tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
