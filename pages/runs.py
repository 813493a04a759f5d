"""Runs of one experiment: find, sort, choose, compare, delete and restore them."""

import time
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from studio_app import (
    address,
    comparison,
    drawn,
    formats,
    keeping,
    mlflow_link,
    navigation,
    run_bar,
    run_table,
    session,
    tracking,
    trail,
    widgets,
)
from studio_app.client import ApiError, Json
from studio_app.run_filter import RunFilter

_STEPS = (100, 300, 1_000, 3_000, 10_000)
_MOST_COMPARED = 300


def main() -> None:
    """Shows the experiment that the address names: its runs, or the comparison of some."""
    address.settle("runs", "experiment_id")
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
        experiment = tracking.experiment(session.client(), slug, experiment_id)
        compared = [part for part in address.value("compare").split(",") if part]
        _header(project, experiment, comparing=len(compared))
        if compared:
            _compare(slug, experiment_id, compared[:_MOST_COMPARED])
        else:
            _list(slug, experiment)


def _header(project: Json, experiment: Json, *, comparing: int) -> None:
    slug, name = str(project["slug"]), str(experiment["name"])
    trail.up((str(project["name"]), "experiments", {"project": slug}))
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
    experiment_id = str(experiment["experiment_id"])
    tools = st.container(horizontal=True, vertical_alignment="center", gap="small")
    with tools:
        wanted, view = run_bar.filters()
    sort = address.value("sort", run_table.NEWEST_FIRST)
    limit_key = f"runs-limit-{slug}-{experiment_id}-{wanted.sentence()}-{view}"
    limit = int(st.session_state.get(limit_key, _STEPS[0]))
    try:
        with st.skeleton(height=420):
            page = tracking.search_runs(
                session.client(),
                slug,
                [experiment_id],
                filter_text=wanted.sentence(),
                order_by=run_table.order_by(sort),
                limit=limit,
                view=view,
            )
            frame = _with_parents(page.frame, slug, experiment_id, sort, wanted, view)
    except ApiError as error:
        # A filter that MLflow cannot read is the person's to mend: the form stays.
        if error.status != 400 or not wanted.written:
            raise
        run_bar.bad_filter(error)
        return
    if frame.empty:
        _nothing(slug, wanted, view)
        return
    _table(tools, slug, experiment_id, frame, view, page.more)
    if page.more:
        larger = next((step for step in _STEPS if step > limit), limit + _STEPS[-1])
        with st.container(horizontal_alignment="center"):
            st.button(
                "Load more runs",
                key="runs-more",
                on_click=session.remember,
                args=(limit_key, larger),
            )


def _with_parents(
    frame: pd.DataFrame, slug: str, experiment_id: str, sort: str, wanted: RunFilter, view: str
) -> pd.DataFrame:
    """In the usual order children stand under their parents, which are fetched if missing."""
    if sort != run_table.NEWEST_FIRST or frame.empty:
        return frame
    missing = sorted(set(frame["parent"]) - set(frame["run_id"]) - {""})
    if missing and wanted.empty:
        parents = tracking.runs_by_id(session.client(), slug, experiment_id, missing, view)
        frame = pd.concat([frame, parents], ignore_index=True)
        frame = frame.sort_values("start", ascending=False, kind="stable", ignore_index=True)
    return run_table.nested(frame)


def _table(
    tools: "st.delta_generator.DeltaGenerator",
    slug: str,
    experiment_id: str,
    frame: pd.DataFrame,
    view: str,
    more: bool,
) -> None:
    with tools:
        run_bar.sorting(frame)
        columns = run_bar.columns(frame, f"{slug}-{experiment_id}")
        if st.button("", icon=":material/refresh:", key="runs-refresh", help="Read the runs again"):
            st.rerun()
    place = st.container(horizontal=True, vertical_alignment="center")
    shown = run_table.displayed(
        frame, columns, formats.zone(st.context.timezone), time.time() * 1000
    )
    ids = [str(run_id) for run_id in frame["run_id"]]
    ticks = drawn.Ticks(f"runs-table-{slug}-{experiment_id}-{view}", ids)
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
            _actions(slug, experiment_id, chosen, view)
        else:
            some = "The first " if more else ""
            st.caption(
                f"{some}{formats.count(len(frame), 'run')}. Click a name, or tick to compare."
            )


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
            tracking.restore_runs(session.client(), slug, chosen)
            widgets.notice(f"Restored {count}.")
            st.rerun()
    elif st.button("Delete", key="runs-delete", icon=":material/delete:"):
        widgets.confirm(
            f"Delete {count}",
            f"{keeping.said('They')} The filter “Deleted” shows them here too.",
            f"Delete {count}",
            lambda: tracking.delete_runs(session.client(), slug, chosen),
            done=f"Deleted {count}.",
        )


def _compare(slug: str, experiment_id: str, run_ids: Sequence[str]) -> None:
    with st.skeleton(height=420):
        frame = tracking.runs_by_id(session.client(), slug, experiment_id, run_ids)
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
