"""Runs of one experiment: find, sort, choose, compare, delete and restore them."""

import time
from collections.abc import Sequence

import streamlit as st

from studio_app import session
from studio_app.api.client import ApiError, Json
from studio_app.artifacts import mlflow_link
from studio_app.runs import (
    comparison,
    kept,
    run_bar,
    run_columns,
    run_list,
    run_table,
    tracking,
)
from studio_app.runs.run_columns import RunColumns
from studio_app.runs.run_filter import RunFilter
from studio_app.runs.run_list import Asked, Listing
from studio_app.sharing import keeping
from studio_app.ui import breadcrumbs, drawn, formats, navigation, url_state, widgets

_MOST_COMPARED = 300


def main() -> None:
    """Shows the experiment that the address names: its runs, or the comparison of some."""
    url_state.restore("runs", "experiment_id")
    project = widgets.project_or_stop("see the runs of an experiment")
    slug, experiment_id = str(project["slug"]), st.query_params.get("experiment_id", "")
    if run_id := drawn.clicked(run_table.OPEN):
        navigation.go("run", project=slug, run_id=run_id)
    if not experiment_id:
        widgets.empty_state(
            "No experiment chosen",
            "Runs belong to an experiment: open one to see its runs.",
            lambda: navigation.link("experiments", "Go to experiments", project=slug),
            icon="science",
        )
        return
    with widgets.answering():
        experiment = kept.read(
            ("experiment", slug, experiment_id),
            lambda: tracking.experiment(session.client(), slug, experiment_id),
        )
        compared = [part for part in url_state.value("compare").split(",") if part]
        _header(project, experiment, comparing=len(compared))
        if compared:
            _compare(slug, experiment_id, compared[:_MOST_COMPARED])
        else:
            _list(slug, experiment)


def _header(project: Json, experiment: Json, *, comparing: int) -> None:
    slug, name = str(project["slug"]), str(experiment["name"])
    breadcrumbs.up((str(project["name"]), "experiments", {"project": slug}))
    if comparing:
        title = f"Comparing {formats.count(comparing, 'run')}"
        with widgets.page_header(title, f"In {widgets.plain(name)}"):
            if st.button("All runs", icon=":material/arrow_back:", key="compare-leave"):
                navigation.go("runs", project=slug, experiment_id=experiment["experiment_id"])
        return
    note = experiment["tags"].get(tracking.NOTE, "")
    title, whole = widgets.named(name)
    with widgets.page_header(title, widgets.plain(formats.excerpt(note, 200)) or None, whole=whole):
        mlflow_link.show(slug, "experiments", str(experiment["experiment_id"]), "runs")
    if experiment.get("lifecycle_stage") == "deleted":
        st.warning(
            "This experiment is deleted. Restore it from the trash to log to it again.",
            icon=":material/delete:",
        )


def _list(slug: str, experiment: Json) -> None:
    tools = st.container(horizontal=True, vertical_alignment="center", gap="small")
    with tools:
        wanted, view = run_bar.filters()
    sort = url_state.value("sort", run_table.NEWEST_FIRST)
    asked = Asked(
        project=slug,
        experiment_id=str(experiment["experiment_id"]),
        filter=wanted.sentence(),
        view=view,
        sort=sort,
        # In the usual order children stand under their parents.
        nested=sort == run_table.NEWEST_FIRST,
    )
    try:
        found = kept.read(
            ("columns", slug, asked.experiment_id, asked.filter, view), lambda: _columns(asked)
        )
        with tools:
            columns = _choice(asked, found)
        listing = _runs(asked, columns) if found.runs else None
    except ApiError as error:
        # A filter that cannot be read is the person's to mend: the form stays.
        if error.status != 400 or not wanted.written or error.reason not in run_bar.MISTAKES:
            raise
        run_bar.bad_filter(error, wanted)
        return
    if listing is None or listing.frame.empty:
        _nothing(slug, wanted, view)
        return
    _table(asked, listing, columns)
    if listing.token:
        with st.container(horizontal_alignment="center"):
            st.button("Load more runs", key="runs-more", on_click=_more, args=(asked,))


def _columns(asked: Asked) -> RunColumns:
    return tracking.columns_of_runs(
        session.client(),
        asked.project,
        asked.experiment_id,
        filter_text=asked.filter,
        view=asked.view,
    )


def _choice(asked: Asked, found: RunColumns) -> list[str]:
    """Draws order, columns and refresh; the answer is the columns to show."""
    columns: list[str] = []
    if found.runs:
        run_bar.sorting(found)
        columns = run_bar.columns(found, f"{asked.project}-{asked.experiment_id}")
    if st.button("", icon=":material/refresh:", key="runs-refresh", help="Read the runs again"):
        kept.forget()
        st.rerun()
    return columns


def _runs(asked: Asked, columns: Sequence[str]) -> Listing:
    """As many runs as the person wants to see, read where they are not kept."""
    limit = _limit(asked)
    so_far = kept.listing(asked)
    wanted = list(columns)[: run_columns.MOST]
    if so_far is not None and so_far.answers(wanted, limit):
        return so_far
    with st.skeleton(height=420):
        listing = run_list.read(session.client(), asked, wanted, limit, so_far)
    kept.keep(asked, listing)
    return listing


def _limit(asked: Asked) -> int:
    kept_limit: tuple[Asked, int] = st.session_state.get("runs-limit", (asked, run_list.STEPS[0]))
    return kept_limit[1] if kept_limit[0] == asked else run_list.STEPS[0]


def _more(asked: Asked) -> None:
    limit = _limit(asked)
    larger = next((step for step in run_list.STEPS if step > limit), limit + run_list.STEPS[-1])
    session.remember("runs-limit", (asked, larger))


def _table(asked: Asked, listing: Listing, columns: Sequence[str]) -> None:
    place = st.container(horizontal=True, vertical_alignment="center")
    frame = listing.frame
    shown = run_table.displayed(
        frame, columns, formats.zone(st.context.timezone), time.time() * 1000
    )
    ids = [str(run_id) for run_id in frame["run_id"]]
    ticks = drawn.Ticks(f"runs-table-{asked.project}-{asked.experiment_id}-{asked.view}", ids)
    state = st.dataframe(
        shown,
        key=ticks.key,
        hide_index=True,
        height=run_table.height(len(shown), 18),
        on_select="rerun",
        selection_mode="multi-row",
        selection_default=ticks.default(),
        column_config=run_table.configuration(shown, drawn.Buttons(run_table.OPEN, ids)),
        placeholder="",
        alt="Runs of this experiment",
    )
    chosen = ticks.chosen(state["selection"]["rows"])
    with place:
        if chosen:
            _actions(asked.project, asked.experiment_id, chosen, asked.view)
        else:
            how_many = run_table.how_many(len(frame), listing.total, more=bool(listing.token))
            st.caption(f"{how_many}. Click a name, or tick to compare.")


def _actions(slug: str, experiment_id: str, chosen: Sequence[str], view: str) -> None:
    count = formats.count(len(chosen), "run")
    if len(chosen) == 1 and st.button("Open", key="runs-open-chosen", type="primary"):
        navigation.go("run", project=slug, run_id=chosen[0])
    if len(chosen) > 1 and st.button(f"Compare {count}", key="runs-compare", type="primary"):
        navigation.go(
            "runs",
            project=slug,
            experiment_id=experiment_id,
            compare=",".join(chosen[:_MOST_COMPARED]),
        )
    if not session.may("log", slug):
        return
    if view == "deleted":
        if st.button(f"Restore {count}", key="runs-restore", icon=":material/restore:"):
            kept.forget()
            tracking.restore_runs(session.client(), slug, chosen)
            widgets.notice(f"Restored {count}.")
            st.rerun()
    elif st.button("Delete", key="runs-delete", icon=":material/delete:"):
        widgets.confirm(
            f"Delete {count}",
            f"{keeping.describe('They')} The filter “Deleted” shows them here too.",
            f"Delete {count}",
            lambda: _delete(slug, chosen),
            done=f"Deleted {count}.",
        )


def _delete(slug: str, chosen: Sequence[str]) -> None:
    kept.forget()
    tracking.delete_runs(session.client(), slug, chosen)


def _compare(slug: str, experiment_id: str, run_ids: Sequence[str]) -> None:
    frame = kept.read(
        ("compared", slug, experiment_id, tuple(run_ids)),
        lambda: tracking.runs_by_id(session.client(), slug, experiment_id, run_ids),
    )
    if len(frame) < len(run_ids):
        st.caption(f"{formats.count(len(run_ids) - len(frame), 'run')} deleted or not to be found.")
    if frame.empty:
        widgets.empty_state("Nothing to compare", "Go back and tick two runs or more.")
        return
    comparison.show(slug, frame)


def _nothing(slug: str, wanted: RunFilter, view: str) -> None:
    if view == "deleted" and wanted.empty:
        widgets.empty_state("No deleted runs", "Nothing was deleted here.", icon="delete")
    elif not wanted.empty:
        widgets.empty_state(
            "No run matches",
            "Take a part of the filter away.",
            lambda: run_bar.clear_button(),
            icon="filter_alt_off",
        )
    else:
        widgets.empty_state(
            "No run yet",
            "Point a script at this project and log a run to this experiment: it shows here.",
            lambda: navigation.link(
                "connect", "Connect a script", icon=":material/terminal:", project=slug
            ),
            icon="table_rows",
        )


main()
