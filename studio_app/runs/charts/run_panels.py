"""The charts beside the table of runs: the curves that are looked at, read as they are wanted."""

import hashlib
from collections.abc import Callable, Mapping, Sequence

import pyarrow as pa
import streamlit as st

from ml_studio.run_charts import ChartOptions, RangeFilter, Wanted, charts_wanted, run_charts
from ml_studio.runs_table import Direction
from studio_app import session
from studio_app.api.client import Json
from studio_app.runs import kept
from studio_app.runs.charts import chart_view, history
from studio_app.runs.charts.history import Curves
from studio_app.runs.table import live_runs, run_grid
from studio_app.runs.table.run_columns import RunColumns
from studio_app.runs.table.run_list import Asked, Listing
from studio_app.ui import formats, url_state, widgets

# So many lines can be told apart; of more ticked runs the first are drawn.
MOST_RUNS = 20
_RUNS_AT_FIRST = 10
# The reading room makes the curves of groups of no more runs.
_MOST_GROUPED = 1_000

# What every run has beside what was logged, and whether it is a number: (column, field, number).
_ATTRIBUTES = (
    ("status", "status", False),
    ("user", "user", False),
    ("experiment", "experiment_name", False),
    ("seconds", "duration", True),
    ("start", "start_time", True),
)
_LOGGED = ("metrics.", "params.", "tags.")


def key(place: str) -> str:
    """The key of the charts of a place, which is what they show: a project and an experiment."""
    return f"runs-charts-{place}"


def fields(place: str, known: RunColumns) -> list[str]:
    """The columns to read for panels of other kinds than curves."""
    return [name for name in charts_wanted(key(place)).columns if name in known.had]


def show(
    place: str,
    asked: Asked,
    listing: Listing,
    known: RunColumns,
    ticked: Sequence[str],
    *,
    best: Mapping[str, Direction],
    on_filter: Callable[[Sequence[RangeFilter]], None] | None = None,
) -> None:
    """Draws the charts of the ticked runs or of the first ones, or of groups of all."""
    name = key(place)
    goes_on = asked.view != "deleted" and live_runs.watch(place, asked, listing).going > 0
    metrics = [one.removeprefix("metrics.") for one in known.families["metrics"]]
    drawn_filter = url_state.value("filter")

    @st.fragment(run_every=live_runs.SECONDS if goes_on else None)
    def charts() -> None:
        with widgets.answering():
            if url_state.value("filter") != drawn_filter:
                # A range was brushed: the whole page is about other runs now.
                st.rerun()
            wanted = charts_wanted(name)
            agreed = chart_view.agree(name)
            if not set(fields(place, known)) <= listing.columns:
                # The page reads the rows; a part of it alone cannot.
                st.rerun()
            group_by = chart_view.groups(known)
            shown = [metric for metric in wanted.metrics or () if metric in metrics]
            newest, now = listing, None
            if goes_on:
                also = [f"metrics.{metric}" for metric in shown]
                now = live_runs.watch(place, asked, listing, also).rows
                newest = live_runs.merge(listing, now)
            curves = _read(place, asked, listing, ticked, group_by, shown, wanted, now)
            rows = _rows(newest, wanted)
            run_charts(
                curves.points,
                rows,
                key=name,
                options=ChartOptions(
                    metrics=metrics,
                    read=shown,
                    columns=_columns(known),
                    label="Charts of runs",
                    version=curves.version,
                    rows_version=_version(newest, rows),
                    axis=wanted.axis,
                    groups=_groups(group_by, curves),
                    selection=_given(name, ticked),
                    best=best,
                    note=_note(listing, group_by),
                    most=MOST_RUNS,
                    most_at_first=_RUNS_AT_FIRST,
                ),
                view=agreed.given,
                stamp=agreed.stamp,
                on_filter=on_filter,
            )

    charts()


def _given(name: str, ticked: Sequence[str]) -> Sequence[str]:
    """The ticks that the browser was given: it hears of later ones from the table itself."""
    place = f"{name}-given"
    if charts_wanted(name).metrics is None or place not in st.session_state:
        session.remember(place, tuple(ticked))
    found: Sequence[str] = st.session_state[place]
    return found


def _read(
    place: str,
    asked: Asked,
    listing: Listing,
    ticked: Sequence[str],
    group_by: Sequence[str],
    metrics: Sequence[str],
    wanted: Wanted,
    now: pa.Table | None,
) -> Curves:
    """The curves of these metrics, and what else was read of this question before.

    `now` are the runs that went on when the listing was read, as they are by now.
    """
    client = session.client()
    if group_by:
        question: tuple[object, ...] = (
            "groups",
            asked.in_usual_order,
            tuple(group_by),
            wanted.axis,
        )
        so_far = kept.get(question, Curves) or Curves()
        selection: Json = {
            "projects": [asked.project] if asked.project else [],
            "experiments": asked.experiments,
            "filter": asked.filter,
            "view": asked.view,
        }
        found = history.extend_groups(client, so_far, selection, group_by, metrics, wanted.axis)
    else:
        question = ("curves", place, wanted.axis)
        so_far = kept.get(question, Curves) or Curves()
        run_ids = _drawn(listing, ticked)
        left = so_far if now is None else history.without(so_far, _grown(question, now))
        found = history.extend(client, asked.project, left, run_ids, metrics, wanted.axis)
    if found is not so_far:
        kept.keep(question, found)
    return found


def _grown(question: tuple[object, ...], now: pa.Table) -> list[tuple[str, str]]:
    """The curves that have become longer: those whose last value is another, or whose run ended."""
    said = (*question, "last values")
    before: Mapping[str, Mapping[str, str]] = kept.get(said, dict) or {}
    # A NaN equals nothing, not even itself: values are compared as texts.
    last = {
        str(row["run_id"]): {
            name: str(value)
            for name, value in row.items()
            if name == "status" or name.startswith("metrics.")
        }
        for row in now.to_pylist()
    }
    kept.keep(said, {**before, **last})
    grown = []
    for run_id, values in last.items():
        known = before.get(run_id, {})
        ended = known.get("status", values["status"]) != values["status"]
        grown += [
            (run_id, name.removeprefix("metrics."))
            for name, value in values.items()
            if name != "status" and (ended or known.get(name, value) != value)
        ]
    return grown


def _drawn(listing: Listing, ticked: Sequence[str]) -> list[str]:
    chosen = set(ticked)
    if chosen:
        return [run_id for run_id in listing.run_ids if run_id in chosen][:MOST_RUNS]
    return listing.run_ids[:_RUNS_AT_FIRST]


def _groups(group_by: Sequence[str], curves: Curves) -> Sequence[tuple[str, str]] | None:
    return curves.groups if group_by else None


def _note(listing: Listing, group_by: Sequence[str]) -> str:
    """What the charts leave out, of groups and of panels of the rows."""
    total = listing.total
    count = int(total) if total.isdigit() else None
    if group_by and (count is None or count > _MOST_GROUPED):
        return f"Curves of groups are of the newest {formats.grouped(_MOST_GROUPED)} runs."
    return ""


def _columns(known: RunColumns) -> list[tuple[str, bool]]:
    """What a panel may be about; params are texts to MLflow, and the browser sees which count."""
    logged = [(name, name.startswith("metrics.")) for name in known.had]
    return [*logged, *((name, number) for name, _, number in _ATTRIBUTES)]


def _rows(listing: Listing, wanted: Wanted) -> pa.Table:
    """The runs that may be drawn: their names, and the columns that panels are about."""
    table = run_grid.frame(listing.table)
    there = set(table.column_names)
    found = {"run_id": table["run_id"], "run_name": table["run_name"]}
    for name, field, _ in _ATTRIBUTES:
        if name in wanted.columns and field in there:
            found[name] = table[field]
    found |= {
        name: table[name] for name in wanted.columns if name.startswith(_LOGGED) and name in there
    }
    return pa.table(found)


def _version(listing: Listing, rows: pa.Table) -> str:
    columns = hashlib.sha256("\n".join(rows.column_names).encode()).hexdigest()
    return f"{listing.version}-{columns[:8]}"
