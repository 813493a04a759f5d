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
from studio_app.runs import run_view
from studio_app.runs.run_columns import MOST, RunColumns
from studio_app.runs.run_frames import SOURCE, USER
from studio_app.runs.run_list import Listing
from studio_app.ui import url_state

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
class _Agreement:
    """What the browser and the address said last, and the view that the browser was given."""

    sent: TableView | None
    address: TableView
    given: TableView
    stamp: int = 0


def key(place: str) -> str:
    """The key of the table of a place, which is what it shows: a project and an experiment."""
    return f"runs-table-{place}"


def view(place: str, usual: Sequence[str]) -> TableView:
    """How the table is arranged now: as the person has just done it, else as the address says.

    What the browser sent goes into the address, and an address that changed otherwise (Back, a
    link) goes to the browser.
    """
    sent = table_state(key(place)).view
    address = run_view.read(url_state.address(), usual)
    first = _Agreement(sent=sent, address=address, given=address)
    before: _Agreement = st.session_state.get(_agreed(place), first)
    if sent is not None and sent != before.sent:
        run_view.put(sent, usual)
        address = run_view.read(url_state.address(), usual)
        agreed = replace(before, sent=sent, address=address)
    elif address != before.address:
        agreed = _Agreement(sent=sent, address=address, given=address, stamp=before.stamp + 1)
    elif sent is None:
        # Nothing was arranged since it was drawn, which may have been just now.
        agreed = replace(before, sent=None, given=address)
    else:
        agreed = before
    session.remember(_agreed(place), agreed)
    return agreed.address


def fields(shown: TableView, known: RunColumns) -> list[str]:
    """The columns to read for a view: those it shows and those it is sorted by."""
    wanted = [*(column.id for column in shown.columns), *(term.by for term in shown.sort)]
    have = [name for name in wanted if name in known.had or name in {"user", "source"}]
    return list(dict.fromkeys(have))[:MOST]


def ticked(place: str, listing: Listing) -> list[str]:
    """The ticked runs of those that are shown, in their order."""
    sent = table_state(key(place)).selection
    if sent is not None:
        session.remember(_ticks(place), sent)
    chosen = set(st.session_state.get(_ticks(place), ()))
    return [run_id for run_id in listing.run_ids if run_id in chosen]


def show(
    place: str,
    project: str,
    listing: Listing,
    known: RunColumns,
    *,
    label: str,
    height: int,
    on_more: Callable[[], None],
    on_filter: Callable[[ValueFilter], None],
) -> None:
    """Draws the table, after `view` and `ticked`."""
    agreed: _Agreement = st.session_state[_agreed(place)]
    given = f"{_ticks(place)}-given"
    if table_state(key(place)).selection is None:
        # Drawn anew, for instance after Back: it is given the ticks that were there before.
        session.remember(given, st.session_state.get(_ticks(place), ()))
    runs_table(
        frame(listing.table),
        key=key(place),
        options=TableOptions(
            columns=columns(known),
            link=RunLink("run", {"project": project}),
            label=label,
            version=listing.version,
            total=listing.total,
            more=not listing.whole,
            height=height,
        ),
        view=agreed.given,
        selection=st.session_state[given],
        stamps=Stamps(view=agreed.stamp),
        on_more=on_more,
        on_filter=on_filter,
    )


def columns(known: RunColumns) -> list[TableColumn]:
    """Every column that the runs have, the attributes first."""
    logged = [
        TableColumn(name, name, name.partition(".")[2], cast("Group", family), _KINDS[family])
        for family, names in known.families.items()
        for name in names
    ]
    attributes = [TableColumn(*row) for row in _ATTRIBUTES]
    first = [column for column in attributes if column.group == "run"]
    return [*first, *logged, *attributes[len(first) :]]


def frame(table: pa.Table) -> pa.Table:
    """The rows as the browser takes them: who logged a run and from which source by their names."""
    user, source = f"tags.{USER}", f"tags.{SOURCE}"
    names = table.column_names
    found = table.append_column(
        "user", pc.coalesce(table[user], table["user_id"]) if user in names else table["user_id"]
    )
    if source in names:
        found = found.append_column("source", table[source])
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
