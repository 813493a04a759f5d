"""The table of runs on a page: which columns it offers, and how its view and the address agree."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import cast

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from ml_studio.runs_table import (
    Group,
    Kind,
    RunLink,
    Stamps,
    TableColumn,
    TableOptions,
    TableView,
    ValueFilter,
    runs_table,
    table_state,
)
from studio_app import session
from studio_app.runs import kept
from studio_app.runs.run_frames import SOURCE, USER
from studio_app.runs.table import run_groups, run_list, run_table, run_view
from studio_app.runs.table.run_columns import MOST, RunColumns
from studio_app.runs.table.run_groups import Groups
from studio_app.runs.table.run_list import Asked, Listing
from studio_app.runs.table.run_table import COUNT
from studio_app.ui import agreement, formats, url_state
from studio_app.ui.agreement import Agreement

# The attributes of a run: the column of the frame, the name, the group and the kind.
_ATTRIBUTES: tuple[tuple[str, str, str, Group, Kind], ...] = (
    (run_view.NAME, "run_name", "Name", "run", "name"),
    ("experiment", "experiment_name", "Experiment", "run", "text"),
    ("status", "status", "Status", "run", "status"),
    ("start", "start_time", "Started", "run", "time"),
    ("seconds", "duration", "Duration", "run", "duration"),
    ("user", "user", "User", "run", "text"),
    ("end", "end_time", "Ended", "attributes", "time"),
    ("source", "source", "Source", "attributes", "text"),
    ("run_id", "run_id", "Run id", "attributes", "text"),
)
_KINDS: dict[str, Kind] = {"metrics": "number", "params": "text", "tags": "text"}


@dataclass(frozen=True)
class Rows:
    """What the table holds: runs, or `groups` before the runs of those that are unfolded.

    `run_ids` are those of the runs, in order, `shown` is how many of them were asked for; `total`
    and `more` are about all runs.
    """

    frame: pa.Table
    run_ids: tuple[str, ...]
    shown: int
    version: str
    total: str
    more: bool
    groups: Groups | None = None


def key(place: str) -> str:
    """The key of the table of a place, which is what it shows: a project and an experiment."""
    return f"runs-table-{place}"


def view(place: str, usual: Sequence[str]) -> TableView:
    """How the table is arranged now: as the person has just done it, else as the address says."""
    state = table_state(key(place))
    return agreement.agree(
        _agreed(place),
        state.view,
        lambda: run_view.read(url_state.address(), usual),
        lambda sent: run_view.put(sent, usual),
        acts=(state.selection, state.unfolded),
    ).address


def fields(shown: TableView, known: RunColumns) -> list[str]:
    """The columns to read for a view: those it shows and those it is sorted by."""
    wanted = [*(column.id for column in shown.columns), *(term.by for term in shown.sort)]
    have = [name for name in wanted if name in known.had or name in {"user", "source"}]
    return list(dict.fromkeys(have))[:MOST]


def read(
    place: str,
    asked: Asked,
    shown: TableView,
    known: RunColumns,
    *,
    panes: str,
    limit: int,
    also: Sequence[str] = (),
) -> tuple[Listing | None, Rows | None]:
    """The runs, and what the table holds of them; charts beside groups need both.

    `also` are columns that are read beside those of the table. A grouped table alone reads no runs
    but those of unfolded groups; nothing is read of no runs.
    """
    if not known.runs:
        return None, None
    grouped = bool(grouped_by(shown, known)) and panes != "charts"
    listing = None
    if panes != "table" or not grouped:
        wanted = dict.fromkeys([*also, *fields(shown, known)])
        listing = kept.runs(asked, list(wanted), limit)
    if grouped:
        return listing, grouped_rows(place, asked, shown, known)
    return listing, None if listing is None else rows(listing)


def rows(listing: Listing) -> Rows:
    """Runs as the rows of the table."""
    return Rows(
        frame=frame(listing.table),
        run_ids=tuple(listing.run_ids),
        shown=listing.rows.num_rows,
        version=listing.version,
        total=listing.total,
        more=not listing.whole,
    )


def grouped_rows(place: str, asked: Asked, shown: TableView, known: RunColumns) -> Rows:
    """Groups as the rows of the table, with the runs of those that the browser has unfolded."""
    columns = fields(shown, known)
    by = grouped_by(shown, known)
    metrics = [name for name in columns if name.startswith("metrics.")][: run_groups.MOST_METRICS]
    question = ("groups", asked.in_usual_order, by, tuple(metrics))
    groups = kept.read(
        question, lambda: run_groups.read(session.client(), asked.in_usual_order, by, metrics)
    )
    unfolded: dict[str, Listing] = {}
    for group_id in table_state(key(place)).unfolded[-run_groups.MOST_UNFOLDED :]:
        of_group = groups.question(group_id)
        if of_group is not None:
            of_group = replace(of_group, sort=asked.sort, nested=asked.nested)
            unfolded[group_id] = kept.runs(of_group, columns, run_list.STEPS[0], skeleton=False)
    run_ids = tuple(run_id for one in unfolded.values() for run_id in run_list.ids_of(one.rows))
    return Rows(
        frame=frame(run_groups.rows(groups, unfolded)),
        run_ids=run_ids,
        shown=len(run_ids),
        version="-".join([groups.version, *(one.version for one in unfolded.values())]),
        total=str(groups.runs),
        more=False,
        groups=groups,
    )


def grouped_by(shown: TableView, known: RunColumns) -> tuple[str, ...]:
    """The columns that runs are grouped by, of those that there are."""
    offered = set(run_groups.groupable(known))
    return tuple(name for name in shown.group if name in offered)


def how_many(held: Rows) -> str:
    """How many runs the table is about, and how many groups they are in."""
    if held.groups is None:
        return run_table.how_many(held.shown, held.total, more=held.more)
    count = len(held.groups.ids)
    return f"{formats.count(count, 'group')} of {formats.count(held.groups.runs, 'run')}"


def ticked(place: str, run_ids: Sequence[str]) -> list[str]:
    """The ticked runs of those that are shown, in their order."""
    sent = table_state(key(place)).selection
    if sent is not None:
        session.remember(_ticks(place), sent)
    chosen = set(st.session_state.get(_ticks(place), ()))
    return [run_id for run_id in run_ids if run_id in chosen]


def show(
    place: str,
    project: str,
    held: Rows,
    known: RunColumns,
    *,
    label: str,
    height: int,
    on_more: Callable[[], None],
    on_filter: Callable[[ValueFilter], None],
    groupable: bool = True,
) -> None:
    """Draws the table, after `view` and `ticked`; `groupable` offers to group its runs."""
    agreed: Agreement[TableView] = st.session_state[_agreed(place)]
    given = f"{_ticks(place)}-given"
    if table_state(key(place)).selection is None:
        # Drawn anew, for instance after Back: it is given the ticks that were there before.
        session.remember(given, st.session_state.get(_ticks(place), ()))
    groups = held.groups
    runs_table(
        held.frame,
        key=key(place),
        options=TableOptions(
            columns=columns(known, grouped=groups is not None, groupable=groupable),
            link=RunLink("run", {"project": project}),
            label=label,
            version=held.version,
            total=held.total,
            more=held.more,
            height=height,
            groups=len(groups.ids) if groups else 0,
            grouped_by=groups.by if groups else (),
            most_grouped=run_view.MOST_GROUPED,
        ),
        view=agreed.given,
        selection=st.session_state[given],
        stamps=Stamps(view=agreed.stamp),
        on_more=on_more,
        on_filter=on_filter,
        on_again=kept.forget,
    )


def columns(
    known: RunColumns, *, grouped: bool = False, groupable: bool = False
) -> list[TableColumn]:
    """Every column that the runs have, the attributes first; groups also have a count."""
    offered = set(run_groups.groupable(known)) if groupable else set()
    logged = [
        TableColumn(
            name,
            name,
            name.partition(".")[2],
            cast("Group", family),
            _KINDS[family],
            groupable=name in offered,
            differs=name in known.differing,
        )
        for family, names in known.families.items()
        for name in names
    ]
    attributes = [TableColumn(*row, groupable=row[0] in offered) for row in _ATTRIBUTES]
    if grouped:
        attributes.insert(1, TableColumn(COUNT, COUNT, "Runs", "run", "count"))
    first = [column for column in attributes if column.group == "run"]
    return [*first, *logged, *attributes[len(first) :]]


def frame(table: pa.Table) -> pa.Table:
    """The rows as the browser takes them: who logged a run and from which source by their names."""
    user, source = f"tags.{USER}", f"tags.{SOURCE}"
    names, found = table.column_names, table
    users = [table[name] for name in ("user", user, "user_id") if name in names]
    sources = [table[name] for name in ("source", source) if name in names]
    for name, parts in (("user", users), ("source", sources)):
        if name in names:
            found = found.drop_columns([name])
        if parts:
            found = found.append_column(name, pc.coalesce(*parts))
    hidden = [name for name in (user, source, "user_id", "artifact_uri") if name in names]
    found = found.drop_columns(hidden)
    # Few different texts in many rows: they are sent once.
    for place, field in enumerate(found.schema):
        if field.name in {"project", "status", "experiment_name", "lifecycle_stage", "user"}:
            found = found.set_column(place, field.name, found[field.name].dictionary_encode())
    return found


def _agreed(place: str) -> str:
    return f"runs-table-view-{place}"


def _ticks(place: str) -> str:
    return f"runs-table-ticked-{place}"
