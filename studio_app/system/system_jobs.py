"""What the page System says about scheduled jobs."""

from typing import Literal

import streamlit as st

from studio_app.api.client import Json
from studio_app.ui import formats, times, widgets

Colour = Literal["blue", "red", "orange", "green", "gray"]

# Every process looks for what is due every few seconds.
_LATE_SECONDS = 900


def rows(jobs: list[Json]) -> None:
    """Draws a row for each job: how it went, when, and when it is due again."""
    if not jobs:
        widgets.empty_state(
            "No job was ever scheduled",
            "Backups and what else is done by the clock are the work of the process `jobs`, "
            "which `make run` and `make up` start. Set STUDIO_BACKUP_TO to have backups.",
            icon="schedule",
        )
        return
    for job in jobs:
        _row(job)


def backup(found: Json) -> None:
    """Draws what the newest backup holds, and what it lacks beside the ones before it."""
    newest = found["backup"]
    if newest is None:
        return
    held = [formats.count(newest["rows"], "row")]
    if newest["files"] is not None:
        held += [formats.count(newest["files"], "file"), formats.size(newest["bytes"])]
    taken = times.ago(times.moment(newest["taken_at"]))
    widgets.facts(f"The newest backup was taken {taken}: {', '.join(held)}.")
    if newest["shortfall"]:
        st.warning(widgets.plain(newest["shortfall"]), icon=":material/backup:")


def oddities(found: Json) -> list[str]:
    """What of the jobs, of the backups and of who does them somebody should look at."""
    odd = [f"the job {title(job)}" for job in found["jobs"] if is_wrong(job)]
    if found["jobs"] and not any(one["service"] == "jobs" for one in found["processes"]):
        odd.append("the process jobs, which does not run")
    if found["backup"] is not None and found["backup"]["shortfall"]:
        odd.append("the newest backup")
    unfit = {one["service"] for one in found["processes"] if one["problem"] or not one["ours"]}
    return [*odd, *(f"the process {service}" for service in sorted(unfit))]


def title(job: Json) -> str:
    """The name of a job as people read it."""
    return widgets.plain(job["name"].replace("_", " ").capitalize())


def is_wrong(job: Json) -> bool:
    """Whether it failed, or is due and nobody does it."""
    return _state(job)[1] in ("red", "orange")


def _row(job: Json) -> None:
    with st.container(border=True, gap="xxsmall", key=f"job-{job['name']}"):
        with st.container(horizontal=True, vertical_alignment="center", wrap=False):
            st.markdown(f"**{title(job)}**", width="stretch")
            label, color = _state(job)
            st.badge(label, color=color)
        widgets.facts(" · ".join(_times(job)))
        if job["detail"]:
            widgets.facts(widgets.plain(job["detail"]))


def _state(job: Json) -> tuple[str, Colour]:
    if job["running"]:
        return "at work", "blue"
    if job["outcome"] == "failed":
        return "failed", "red"
    if job["late_seconds"] > _LATE_SECONDS:
        return "nobody does it", "orange"
    return ("succeeded", "green") if job["outcome"] else ("not yet", "gray")


def _times(job: Json) -> list[str]:
    last, due = job["succeeded_at"], job["next_at"]
    told = [f"succeeded {_ago(last)}" if last else "never succeeded"]
    if job["outcome"] == "failed" and job["ended_at"]:
        told.append(f"failed {_ago(job['ended_at'])}")
    if job["late_seconds"]:
        told.append(f"due since {_ago(due)}")
    elif due and not job["running"]:
        told.append(f"due {_ago(due)}")
    return told


def _ago(text: str) -> str:
    return times.ago(times.moment(text))
