"""Runs of an experiment or of a project: find, arrange, chart, compare, delete and restore."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.api.errors import unless_refused
from studio_app.artifacts import mlflow_link
from studio_app.runs import comparison, kept, saved_views, tracking
from studio_app.runs.charts import image_panels, range_filter, run_panels
from studio_app.runs.run_frames import asked_columns
from studio_app.runs.saved_views import ALL, EXPERIMENT, Opened
from studio_app.runs.table import (
    live_runs,
    run_bar,
    run_export,
    run_filter,
    run_grid,
    run_list,
    run_selection,
    run_table,
)
from studio_app.runs.table.run_columns import RunColumns
from studio_app.runs.table.run_grid import Rows
from studio_app.runs.table.run_list import Asked
from studio_app.sharing import keeping
from studio_app.traces import trace_charts
from studio_app.ui import breadcrumbs, formats, navigation, url_state, widgets

# What the address of the page may say.
_OWN = saved_views.NAMES | {
    *("project", "compare", "layout", comparison.LINES, image_panels.IMAGE, image_panels.STEP),
    *(url_state.SAVED, url_state.WITHOUT),
}

# The most that the table takes of the page, in pixels: alone, or with the charts.
_HEIGHTS = {"table": 640, "both": 560}


def main() -> None:
    """Shows the runs of the experiment that the address names, or of all; or compares some."""
    url_state.restore_own("runs", _OWN)
    project = widgets.project_or_stop("see its runs")
    slug = str(project["slug"])
    with widgets.answering():
        opened = saved_views.open_view(slug)
        experiment_id = url_state.value(EXPERIMENT, ALL)
        experiment = _experiment(slug, experiment_id) if experiment_id != ALL else None
        compared = [part for part in url_state.value("compare").split(",") if part]
        _header(project, experiment, opened, comparing=len(compared))
        if compared:
            _compare(slug, compared)
        else:
            _list(slug, experiment)


def _experiment(slug: str, experiment_id: str) -> Json:
    return kept.read(
        ("experiment", slug, experiment_id),
        lambda: tracking.experiment(session.client(), slug, experiment_id),
    )


def _header(project: Json, experiment: Json | None, opened: Opened, *, comparing: int) -> None:
    slug = str(project["slug"])
    name = str(experiment["name"]) if experiment else str(project["name"])
    breadcrumbs.up((str(project["name"]), "project", {"project": slug}))
    if comparing:
        title = f"Comparing {formats.count(comparing, 'run')}"
        with widgets.page_header(title, f"In {widgets.plain(name)}"):
            if st.button("All runs", icon=":material/arrow_back:", key="compare-leave"):
                here = st.query_params.to_dict()
                here.pop("compare", None)
                navigation.go("runs", **here)
        return
    if experiment is None:
        with widgets.page_header("Runs", f"Of all experiments of {widgets.plain(name)}"):
            asked = saved_views.show(slug, opened)
        _view(opened, asked)
        return
    note = experiment["tags"].get(tracking.NOTE, "")
    title, whole = widgets.named(name)
    with widgets.page_header(title, widgets.plain(formats.excerpt(note, 200)) or None, whole=whole):
        navigation.link(
            "runs",
            "All experiments",
            icon=":material/table_rows:",
            project=slug,
            experiment_id=ALL,
        )
        mlflow_link.show(slug, "experiments", str(experiment["experiment_id"]), "runs")
        asked = saved_views.show(slug, opened)
    _view(opened, asked)
    if experiment.get("lifecycle_stage") == "deleted":
        st.warning(
            "This experiment is deleted. Restore it from the trash to log to it again.",
            icon=":material/delete:",
        )


def _view(opened: Opened, asked: Callable[[], None] | None) -> None:
    """Does what was asked for in the menu of views, and says what became of the one asked for."""
    if opened.missing:
        saved_views.missing()
    if asked is not None:
        with widgets.answering():
            asked()


def _list(slug: str, experiment: Json | None) -> None:
    line = st.container()
    tools = st.container(horizontal=True, vertical_alignment="center", gap="small")
    with tools:
        view = run_bar.view()
    experiment_id = str(experiment["experiment_id"]) if experiment else ""
    place = f"{slug}-{experiment_id or ALL}"
    wanted = Asked(
        slug, experiment_id, run_filter.of_address(), view, run_table.NEWEST_FIRST, nested=True
    )
    asked, mistake = wanted, None
    # How many readings there are depends on what is shown: they have one place for all of them, so
    # that the browser keeps what stands below (kept.py says why it would not).
    reading = st.container(key="runs-reading")
    try:
        with reading:
            # A mistake in the filter is the person's to mend: what was there stays meanwhile.
            asked, mistake = run_bar.readable(place, wanted)
            # What the runs have decides what can be shown of them, and sorted by.
            known = run_bar.columns(asked)
    finally:
        # Also above what says that they could not be read.
        with line:
            run_bar.line(place, wanted, asked, mistake)
    usual = [*([] if experiment else ["experiment"]), *known.first_choice()]
    arranged = run_grid.view(place, usual)
    asked = _sorted(asked)
    with tools:
        panes = _tools(known, asked)
    limit = _limit(asked, run_list.first_step(known.runs, alone=panes == "table"))
    with reading:
        listing, held = run_grid.read(
            place,
            asked,
            arranged,
            known,
            panes=panes,
            limit=limit,
            also=run_panels.fields(place, known),
        )
    if held is None or not held.frame.num_rows:
        _nothing(slug, experiment_id, asked.filter, view)
        return
    ticked = run_grid.ticked(place, held.run_ids)
    _actions(slug, experiment_id, ticked, run_grid.fields(arranged, known), held, view)
    # With both, the style of this key puts them side by side where there is room (studio.css).
    with st.container(key="runs-split" if panes == "both" else f"runs-{panes}"):
        if panes != "charts":
            with st.container(key="runs-table-part"):
                run_grid.show(
                    place,
                    slug,
                    held,
                    known,
                    label=f"Runs of {experiment['name'] if experiment else 'the project'}",
                    height=_HEIGHTS[panes],
                    on_more=partial(_more, asked, limit),
                    on_filter=run_bar.add_value,
                )
                if listing is not None:
                    live_runs.follow(place, asked, listing, held.version)
        if panes != "table" and listing is not None:
            with st.container(key="runs-charts-part"):
                run_panels.show(
                    place,
                    asked,
                    listing,
                    known,
                    ticked,
                    best=arranged.best,
                    on_filter=range_filter.add,
                )


def _sorted(asked: Asked) -> Asked:
    """The question in the order of the address."""
    sort = url_state.value("sort", run_table.NEWEST_FIRST)
    if sort == run_table.NEWEST_FIRST or not run_table.terms(sort):
        return asked
    return replace(asked, sort=sort, nested=False)


def _tools(known: RunColumns, asked: Asked) -> str:
    """Draws what is shown, export and refresh; the answer is what is shown."""
    panes = run_bar.PANES[0]
    if known.runs:
        panes = run_bar.panes()
        run_export.button(asked, known)
    _refresh_button()
    return panes


def _refresh_button() -> None:
    if st.button(
        "Refresh", icon=":material/refresh:", key="runs-refresh", help="Read the runs again"
    ):
        kept.forget()
        st.rerun()


def _limit(asked: Asked, first: int) -> int:
    """How many runs are read: `first`, or more where the person has asked for more of these."""
    of, limit = st.session_state.get("runs-limit", (asked, first))
    return max(first, limit) if of == asked else first


def _more(asked: Asked, limit: int) -> None:
    session.remember("runs-limit", (asked, run_list.next_step(limit)))


def _actions(
    slug: str,
    experiment_id: str,
    ticked: Sequence[str],
    columns: Sequence[str],
    held: Rows,
    view: str,
) -> None:
    """Draws what can be done with ticked runs, without them too: no tick moves the table."""
    count = formats.count(len(ticked), "run") if ticked else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            f"Compare {count}".strip(),
            key="runs-compare",
            type="primary" if len(ticked) > 1 else "secondary",
            disabled=len(ticked) < 2,
            icon=":material/compare_arrows:",
        ):
            # With the filter and the view: they are there again after the comparison.
            here = url_state.named()
            here |= {"experiment_id": experiment_id or ALL, "project": slug}
            navigation.go("runs", **here | {"compare": ",".join(ticked[: comparison.MOST])})
        run_selection.copy_button(slug, ticked, sorted(asked_columns(columns)), view)
        if session.may("log", slug):
            _change(slug, ticked, count, view)
        st.caption(f"{run_grid.how_many(held)}. Click a name, or tick to compare.")


def _change(slug: str, ticked: Sequence[str], count: str, view: str) -> None:
    if view == "deleted":
        if st.button(
            f"Restore {count}".strip(),
            key="runs-restore",
            icon=":material/restore:",
            disabled=not ticked,
        ):
            kept.forget()
            tracking.restore_runs(session.client(), slug, ticked)
            widgets.notice(f"Restored {count}.")
            st.rerun()
        return
    run_selection.tag_button(slug, ticked)
    if st.button("Delete", key="runs-delete", icon=":material/delete:", disabled=not ticked):
        widgets.confirm(
            f"Delete {count}",
            f"{keeping.describe('They')} The filter “Deleted” shows them here too.",
            f"Delete {count}",
            lambda: _delete(slug, ticked),
            done=f"Deleted {count}.",
        )


def _delete(slug: str, chosen: Sequence[str]) -> None:
    kept.forget()
    tracking.delete_runs(session.client(), slug, chosen)


def _compare(slug: str, run_ids: Sequence[str]) -> None:
    tools = st.container(horizontal=True, vertical_alignment="center", gap="small")
    compared = kept.read(
        ("compared", slug, tuple(run_ids)),
        lambda: comparison.read(session.client(), slug, run_ids),
    )
    listing, known = compared.listing, compared.known
    missing = len(run_ids) - listing.table.num_rows
    if missing > 0:
        st.caption(f"{formats.count(missing, 'run')} deleted, not to be found, or one too many.")
    if not listing.table.num_rows:
        widgets.empty_state("Nothing to compare", "Go back and tick two runs or more.")
        return
    place = f"{slug}-compared"
    arranged = run_grid.view(place, ["experiment", *known.first_choice()])
    with tools:
        layout = comparison.layout(compared)
        panes = run_bar.panes()
        _refresh_button()
    with st.container(key="runs-split" if panes == "both" else f"runs-{panes}"):
        if panes != "charts":
            with st.container(key="runs-table-part"):
                comparison.show(place, compared, arranged, layout, height=_HEIGHTS[panes])
        if panes != "table":
            with st.container(key="runs-charts-part"):
                run_panels.show(
                    place,
                    compared.asked,
                    listing,
                    known,
                    listing.run_ids,
                    best=arranged.best,
                )


def _nothing(slug: str, experiment_id: str, filter_text: str, view: str) -> None:
    if view == "deleted" and not filter_text:
        widgets.empty_state("No deleted runs", "Nothing was deleted here.", icon="delete")
    elif filter_text:
        widgets.empty_state(
            "No run matches",
            "Take a part of the filter away.",
            lambda: run_bar.clear_button(),
            icon="filter_alt_off",
        )
    elif traces := _traces(slug, experiment_id):
        widgets.empty_state(
            "No run, but traces",
            f"This experiment holds {formats.count(traces, 'trace')} and no run.",
            lambda: navigation.link(
                "traces", "Traces of the project", icon=":material/account_tree:", project=slug
            ),
            icon="account_tree",
        )
    else:
        widgets.empty_state(
            "No run yet",
            "Point a script at this project and log a run: it shows here.",
            lambda: navigation.link(
                "connect", "Connect a script", icon=":material/terminal:", project=slug
            ),
            icon="table_rows",
        )


def _traces(slug: str, experiment_id: str) -> int:
    """How many traces an experiment without runs holds; 0 where that cannot be told."""
    if not experiment_id:
        return 0
    return unless_refused(
        lambda: kept.read(
            ("traces of experiment", slug, experiment_id),
            lambda: trace_charts.count(session.client(), slug, experiment_id),
            height=40,
        ),
        0,
    )


main()
