"""The top of a run's page: where it hangs, how it ended, who logged it, what to do with it."""

import time
from functools import partial

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.api.errors import unless_refused
from studio_app.artifacts import mlflow_link
from studio_app.runs import kept, run_rows, tracking
from studio_app.runs.run_frames import PARENT, started
from studio_app.runs.run_page import live_run
from studio_app.runs.tracking import Run
from studio_app.sharing import keeping
from studio_app.tokens import new_token
from studio_app.ui import breadcrumbs, formats, navigation, times, widgets


def show(project: Json, run: Run, experiment: Json) -> None:
    """Draws the way up, the name with its menu, the badges and the facts."""
    slug = str(project["slug"])
    breadcrumbs.up(
        (str(project["name"]), "experiments", {"project": slug}),
        (
            str(experiment["name"]),
            "runs",
            {"project": slug, "experiment_id": str(experiment["experiment_id"])},
        ),
    )
    title, whole = widgets.named(run.name)
    with widgets.page_header(title, whole=whole):
        mlflow_link.show(slug, "experiments", str(run.info["experiment_id"]), "runs", run.run_id)
        _menu(slug, run)
    live_run.follow(slug, run, partial(_status, slug))
    if parent := run.tags.get(PARENT):
        params = {"project": slug, "run_id": parent}
        label = f"Part of {formats.short(_name_of(slug, parent), 80)}"
        breadcrumbs.inline(label, "run", params, ":material/subdirectory_arrow_left:")
    if run.deleted:
        st.warning("This run is deleted. Restore it to keep it.", icon=":material/delete:")


def _name_of(slug: str, run_id: str) -> str:
    """The name of a parent; a plain word where it cannot be read, as it may be gone."""
    return unless_refused(
        lambda: kept.read(
            ("name of run", slug, run_id),
            lambda: tracking.run(session.client(), slug, run_id).name,
        ),
        "a parent run",
    )


def _status(slug: str, run: Run) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(run_rows.badge(str(run.info.get("status", ""))), width="content")
        facts = _facts(run)
        if read := live_run.freshness(slug, run):
            facts.append(f":blue[:material/sensors: Live], read at {read}")
        breadcrumbs.facts(facts)


def _facts(run: Run) -> list[str]:
    start, where = started(run.info), formats.zone(st.context.timezone)
    facts = [widgets.plain(run.user)]
    if start:
        ago = times.ago(times.from_milliseconds(start))
        facts.append(f"{formats.moment(start, where)} ({ago})")
    seconds = run.seconds(time.time() * 1000)
    if seconds is not None:
        took = formats.duration(seconds)
        facts.append(f"running for {took}" if run.running else f"took {took}")
    return facts


def _menu(slug: str, run: Run) -> None:
    if st.button(
        "Refresh", icon=":material/refresh:", key="run-refresh", help="Read the run again"
    ):
        kept.forget()
        st.rerun()
    if not session.may("log", slug):
        return
    chosen = st.menu_button(
        "",
        ["Rename", "Restore"] if run.deleted else ["Rename", "Token for this run", "Delete"],
        icon=":material/more_vert:",
        key="run-menu",
        help="What you can do with this run",
    )
    if chosen == "Rename":
        _rename(slug, run)
    elif chosen == "Token for this run":
        new_token.create_for_run(slug, run.run_id)
    elif chosen == "Restore":
        kept.forget()
        tracking.restore_runs(session.client(), slug, [run.run_id])
        widgets.notice("The run is restored.")
        st.rerun()
    elif chosen == "Delete":
        widgets.confirm(
            "Delete run",
            f"**{widgets.plain(run.name)}** leaves the list. {keeping.describe()}",
            "Delete run",
            lambda: _delete(slug, run),
            done="The run is deleted.",
        )


def _delete(slug: str, run: Run) -> None:
    kept.forget()
    tracking.delete_runs(session.client(), slug, [run.run_id])


@st.dialog("Rename run")
def _rename(slug: str, run: Run) -> None:
    name = st.text_input("Name", run.name, key="rename-run", max_chars=250)
    if st.button("Rename", type="primary", disabled=name.strip() in {"", run.name}):
        with widgets.answering():
            tracking.rename_run(session.client(), slug, run.run_id, name.strip())
            kept.forget()
            widgets.notice("The run has its new name.")
            st.rerun()


def show_missing(slug: str) -> None:
    """Says that there is no such run for this person."""
    widgets.empty_state(
        "No such run",
        "There is no run with this id in this project. It may have been removed for good.",
        lambda: navigation.link("experiments", "Go to experiments", project=slug),
        icon="search_off",
    )
