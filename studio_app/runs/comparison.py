"""The workspace with a selection: some runs beside each other, also of several projects."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from ml_studio.component import ignore
from ml_studio.run_comparison import (
    ComparisonOptions,
    Lines,
    comparison_lines,
    run_comparison,
)
from ml_studio.runs_table import TableColumn, TableView
from studio_app import session
from studio_app.api.client import Client
from studio_app.artifacts import logged_images
from studio_app.runs import text_differences, tracking
from studio_app.runs.charts import image_panels
from studio_app.runs.charts.image_panels import Shown
from studio_app.runs.table import run_bar, run_grid, run_list, run_table
from studio_app.runs.table.run_columns import RunColumns
from studio_app.runs.table.run_list import Asked, Listing
from studio_app.ui import address_fields, formats, url_state, widgets

# More make no sense beside each other, and an address of more is refused on its way.
MOST = 500
# The parameter of the address that says which lines are shown.
LINES = "lines"

_PROJECT = TableColumn("project", "project", "Project", "run", "text")
# How runs lie beside each other: a column for each, or a row.
_LAYOUTS = {
    "columns": ":material/difference: What differs",
    "rows": ":material/view_list: Runs as rows",
}


@dataclass(frozen=True)
class Compared:
    """The runs that were found, in the order of the address, and what they have."""

    asked: Asked
    listing: Listing
    known: RunColumns
    projects: frozenset[str]


def read(client: Client, project: str, run_ids: Sequence[str]) -> Compared:
    """The named runs, of any project of the person's; those that are not there are left out.

    Mostly they are all of the page's own `project`: then no limit of another one matters.
    """
    wanted = tuple(run_id for run_id in run_ids if run_id.isalnum())[:MOST]
    known = tracking.columns_of_runs(client, project, "", run_ids=wanted)
    if known.runs < len(set(wanted)):
        project, known = "", tracking.columns_of_runs(client, "", "", run_ids=wanted)
    asked = Asked(project, "", "", "active", run_table.NEWEST_FIRST, nested=False, runs=wanted)
    columns = ["user", "source", *known.most_telling]
    listing = run_list.read(client, asked, columns, max(len(wanted), 1), None)
    order = {run_id: place for place, run_id in enumerate(wanted)}
    places = [order[run_id] for run_id in listing.run_ids]
    rows = listing.rows.take(pc.array_sort_indices(pa.array(places, pa.int64())))
    listing = replace(listing, rows=rows, table=rows, version=secrets.token_hex(8))
    return Compared(asked, listing, known, frozenset(rows["project"].to_pylist()))


def layout(compared: Compared) -> str:
    """Draws the choice of how the runs lie beside each other; the answer is the chosen one."""
    layouts = tuple(_LAYOUTS)
    if len(compared.projects) > 1:
        # The names in the table of one project lead into that project.
        return layouts[0]
    return address_fields.segments(
        "How runs are shown",
        layouts,
        key="compare-layout",
        name="layout",
        shown=_LAYOUTS.__getitem__,
    )


def show(place: str, compared: Compared, arranged: TableView, chosen: str, *, height: int) -> None:
    """Draws the runs in the chosen layout, how texts of two differ, and their images."""
    if chosen == "columns":
        _show_columns(place, compared, arranged, height=height)
    else:
        _show_rows(place, compared, height=height)
    _show_texts(compared)
    _show_images(compared)


def _show_columns(place: str, compared: Compared, arranged: TableView, *, height: int) -> None:
    listing, known = compared.listing, compared.known
    project = [_PROJECT] if len(compared.projects) > 1 else []
    count = formats.count(listing.table.num_rows, "run")
    key = f"compared-{place}"
    run_comparison(
        run_grid.frame(listing.table),
        key=key,
        options=ComparisonOptions(
            columns=[*run_grid.columns(known), *project],
            label=f"What {count} have",
            version=listing.version,
            lines=_lines(key),
            best=arranged.best,
            height=height,
        ),
    )
    if len(known.had) > len(known.most_telling):
        widgets.facts(
            f"These runs have {formats.grouped(len(known.had))} parameters, metrics and tags: "
            f"the {len(known.most_telling)} that differ most are here."
        )


def _show_rows(place: str, compared: Compared, *, height: int) -> None:
    """Draws a row for each run of one project, as the table of all runs does."""
    # They are looked at one by one: how the table of all runs is grouped waits until it is back.
    run_grid.show(
        place,
        next(iter(compared.projects)),
        run_grid.rows(compared.listing),
        compared.known,
        label="Compared runs",
        height=height,
        on_more=ignore,
        on_filter=run_bar.add_value,
        groupable=False,
    )


def _show_texts(compared: Compared) -> None:
    """Draws how long texts of two runs differ, line by line; nothing for more runs, or fewer."""
    rows = compared.listing.rows
    if rows.num_rows != 2:
        return
    found = text_differences.of(rows)
    if not found:
        return
    st.subheader("Texts", anchor=False)
    first, second = (widgets.plain(str(name)) for name in rows["run_name"].to_pylist())
    widgets.facts(f"From **{first}** (-) to **{second}** (+)")
    for name, difference in found.items():
        with st.expander(widgets.plain(run_table.column_label(name)), expanded=len(found) < 4):
            st.code(difference, language="diff", wrap_lines=True)


def _show_images(compared: Compared) -> None:
    """Draws the logged images of the first runs beside each other, if any of them has some."""
    tags = {column.key for column in compared.known.filterable if column.kind == "tags"}
    if logged_images.TAG not in tags:
        return
    rows = compared.listing.rows.select(["project", "run_id", "run_name"]).to_pylist()

    @st.fragment
    def part() -> None:
        with widgets.answering():
            image_panels.show(
                [
                    Shown(str(row["project"]), str(row["run_id"]), str(row["run_name"]))
                    for row in rows[: image_panels.MOST]
                ]
            )
            if len(rows) > image_panels.MOST:
                widgets.facts(f"Images of the first {image_panels.MOST} runs.")

    part()


def _lines(key: str) -> Lines:
    """The lines that the browser shows at first; what is chosen there goes into the address."""
    chosen = comparison_lines(key)
    if chosen is not None and chosen != st.session_state.get(f"{key}-said"):
        url_state.put(LINES, chosen, "differing")
    session.remember(f"{key}-said", chosen)
    given = f"{key}-given"
    if chosen is None or given not in st.session_state:
        # Another value would send the whole frame again.
        session.remember(given, url_state.value(LINES, "differing", ("differing", "all")))
    lines: Lines = st.session_state[given]
    return lines
