"""How the table of runs is arranged, in the address: what a link to it shows to somebody else.

    sort=metrics.loss asc,start desc   the columns that it is sorted by
    columns=status,metrics.loss~180    the columns, in order; `~180` is a width, `~pin` pinned
    top_runs=5c0f...,91aa...           the baselines
    only=differing                     columns in which all runs are alike are hidden
    cells=heat                         how metrics are shaded: heat, bars
    best=metrics.score~lower           which values of a metric are good, against its name
    group=params.lr,attributes.status  the columns that runs are grouped by, as filters call them
    spread=interval                    what stands beside the mean of a group: interval, range

MLflow takes neither a comma nor a tilde into the name of a metric, parameter or tag.
"""

from collections.abc import Mapping, Sequence
from typing import cast, get_args

from ml_studio.runs_table import (
    Direction,
    Shading,
    SortTerm,
    Spread,
    TableView,
    ViewColumn,
)
from studio_app.runs.run_frames import SOURCE, USER
from studio_app.runs.table import run_table
from studio_app.ui import url_state

NAMES = ("sort", "columns", "top_runs", "only", "cells", "best", "group", "spread")

# The column without which no run can be opened: it is in every view and named in none.
NAME = "name"

# An address is read by servers and proxies too, which take some thousand signs.
_MOST_COLUMNS = 200
_MOST_BASELINES = 20
_WIDTHS = range(40, 2000)

# The reading room groups by no more columns.
MOST_GROUPED = 10
# Columns of the table that runs are grouped by, and how filters and the reading room call them.
GROUPABLE = {
    "status": "attributes.status",
    "experiment": "attributes.experiment_name",
    "user": f"tags.{USER}",
    "source": f"tags.{SOURCE}",
}


def read(address: Mapping[str, str], usual: Sequence[str]) -> TableView:
    """The view that an address describes; where it says nothing the usual columns are shown."""
    columns: dict[str, ViewColumn] = {}
    for column in map(_column, _parts(address.get("columns", ""), _MOST_COLUMNS)):
        columns.setdefault(column.id, column)
    cells, spread = address.get("cells", ""), address.get("spread", "")
    best = [part.rpartition("~") for part in _parts(address.get("best", ""), _MOST_COLUMNS)]
    return TableView(
        columns=(
            ViewColumn(NAME),
            *(columns.values() or map(ViewColumn, usual)),
        ),
        sort=tuple(SortTerm(by, way) for by, way in _sorted_by(address.get("sort", ""))),
        baselines=tuple(_parts(address.get("top_runs", ""), _MOST_BASELINES)),
        only_differing=address.get("only") == "differing",
        shading=cast("Shading", cells) if cells in get_args(Shading) else "none",
        best={
            name: cast("Direction", direction)
            for name, _, direction in best
            if name and direction in get_args(Direction)
        },
        group=tuple(_grouped_by(address.get("group", ""))),
        spread=cast("Spread", spread) if spread in get_args(Spread) else "std",
    )


def write(view: TableView, usual: Sequence[str]) -> dict[str, str]:
    """What an address says of a view; the usual leaves no trace."""
    columns = [column for column in view.columns if column.id != NAME]
    plain = [column.id for column in columns if not column.width and not column.pinned]
    unchanged = plain == list(usual) and len(plain) == len(columns)
    return {
        "sort": ",".join(f"{term.by} {'asc' if term.ascending else 'desc'}" for term in view.sort),
        "columns": "" if unchanged else ",".join(map(_text, columns[:_MOST_COLUMNS])),
        "top_runs": ",".join(view.baselines[:_MOST_BASELINES]),
        "only": "differing" if view.only_differing else "",
        "cells": "" if view.shading == "none" else view.shading,
        "best": ",".join(f"{name}~{direction}" for name, direction in view.best.items()),
        "group": ",".join(GROUPABLE.get(name, name) for name in view.group[:MOST_GROUPED]),
        "spread": "" if view.spread == "std" else view.spread,
    }


def put(view: TableView, usual: Sequence[str]) -> None:
    """Writes a view into the address, in one step of the browser's history."""
    wanted = write(view, usual)
    kept = {name: value for name, value in url_state.address().items() if name not in NAMES}
    url_state.replace(kept | {name: value for name, value in wanted.items() if value})


def _sorted_by(sort: str) -> list[tuple[str, bool]]:
    # The usual order is no sorting: children stand under their parents then.
    return [] if sort == run_table.NEWEST_FIRST else run_table.terms(sort)


def _grouped_by(text: str) -> list[str]:
    ids = {asked: name for name, asked in GROUPABLE.items()}
    names = [ids.get(part, part) for part in _parts(text, MOST_GROUPED)]
    known = [name for name in names if name in GROUPABLE or name.startswith(("params.", "tags."))]
    return list(dict.fromkeys(known))


def _column(part: str) -> ViewColumn:
    name, *marks = part.split("~")
    width = next((int(mark) for mark in marks if mark.isascii() and mark.isdigit()), 0)
    return ViewColumn(name, width if width in _WIDTHS else None, pinned="pin" in marks)


def _text(column: ViewColumn) -> str:
    marks = [str(column.width)] * bool(column.width) + ["pin"] * column.pinned
    return "~".join([column.id, *marks])


def _parts(text: str, most: int) -> list[str]:
    return list(dict.fromkeys(part for part in text.split(",") if part))[:most]
