"""Runs and experiments in lists: how the last run ended, when, and what it measured."""

from collections.abc import Mapping, Sequence

import pyarrow as pa
import streamlit as st

from studio_app.api.client import Json
from studio_app.runs.run_frames import as_number
from studio_app.runs.table import run_table
from studio_app.ui import breadcrumbs, formats, times, widgets

BADGES = {
    "FINISHED": ("green", "check_circle"),
    "RUNNING": ("blue", "progress_activity"),
    "SCHEDULED": ("violet", "schedule"),
    "FAILED": ("red", "error"),
    "KILLED": ("orange", "cancel"),
}


def badge(status: str) -> str:
    """The status of a run, as Markdown."""
    colour, icon = BADGES.get(status, ("gray", "help"))
    return f":{colour}-badge[:material/{icon}: {run_table.STATUS_NAMES.get(status, status)}]"


def show(
    runs: pa.Table,
    projects: Mapping[str, str],
    key: str,
    *,
    people: Sequence[str] = (),
    values: Sequence[str] = (),
) -> None:
    """Draws runs as rows with links; `projects` are the names to say, by slug.

    Of each run `people` are who logged it, and `values` stand in place of its status.
    """
    with st.container(border=True, gap="small", key=key):
        for at, row in enumerate(runs.to_pylist()):
            person, value = (texts[at] if texts else "" for texts in (people, values))
            _row(row, projects, person, value)


def experiments(rows: Sequence[Json], projects: Mapping[str, str], key: str) -> None:
    """Draws experiments as rows with links; `projects` are the names to say, by slug."""
    with st.container(border=True, gap="small", key=key):
        for row in rows:
            slug = str(row["project"])
            params = {"project": slug, "experiment_id": str(row["experiment_id"])}
            with st.container(gap="xxsmall"):
                name = formats.short(str(row["name"]), 120)
                breadcrumbs.row(name, "runs", params, "science")
                project = widgets.plain(projects.get(slug, ""))
                breadcrumbs.facts([project, *experiment_facts(row)])


def experiment_facts(row: Json) -> list[str]:
    """What a list says of an experiment: its runs, and of the last one when, how and what."""
    runs = int(row.get("runs") or 0)
    if not runs:
        return ["no run yet"]
    facts = [f"{formats.grouped(runs)} {'run' if runs == 1 else 'runs'}"]
    if row.get("last_run"):
        began = times.ago(times.from_milliseconds(int(row["last_run"])))
        status = str(row.get("last_status") or "")
        facts.append(f"last one {began}, {run_table.STATUS_NAMES.get(status, status).lower()}")
    metric = row.get("newest_metric")
    if metric:
        value = formats.abridged(as_number(metric["value"]))
        facts.append(f"{widgets.plain(formats.short(str(metric['key']), 40))} {value}")
    return facts


def by_activity(projects: Sequence[Json], experiments: Sequence[Json]) -> list[Json]:
    """Projects with those first in which something was logged last."""
    order: dict[str, int] = {}
    for row in experiments:
        order.setdefault(str(row["project"]), len(order))
    return sorted(projects, key=lambda project: order.get(str(project["slug"]), len(order)))


def _row(row: Json, projects: Mapping[str, str], person: str, value: str) -> None:
    slug, run_id = str(row["project"]), str(row["run_id"])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width="stretch", gap="xxsmall"):
            name = formats.short(str(row["run_name"] or run_id), 120)
            breadcrumbs.row(name, "run", {"project": slug, "run_id": run_id}, "show_chart")
            start = row["start_time"]
            breadcrumbs.facts(
                [
                    widgets.plain(projects.get(slug, "")),
                    widgets.plain(formats.short(str(row["experiment_name"] or ""), 60)),
                    widgets.plain(formats.short(person, 40)),
                    f"began {times.ago(times.from_milliseconds(start))}" if start else "",
                ]
            )
        shown = f"**{widgets.plain(value)}**" if value else badge(str(row["status"] or ""))
        st.markdown(shown, width="content")
