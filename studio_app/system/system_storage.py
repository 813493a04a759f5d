"""What the page System says about the room that projects take."""

import pandas as pd
import streamlit as st

from studio_app.api.client import Json
from studio_app.runs.table import run_table
from studio_app.ui import formats, times, widgets

_COLUMNS = ("name", "size", "files", "quota", "at")


def table(found: Json) -> None:
    """Draws the projects that take most, largest first."""
    storage = found["storage"]
    if not storage:
        widgets.empty_state(
            "Nothing measured yet",
            "The process `jobs` measures by the clock what the files of each project take.",
            icon="database",
        )
        return
    shown = pd.DataFrame([_shown(room) for room in storage], columns=_COLUMNS)
    st.dataframe(
        shown,
        key="system-storage",
        hide_index=True,
        height=run_table.height(len(shown), 10),
        column_config={
            "name": st.column_config.TextColumn("Project", width=230),
            "size": st.column_config.TextColumn("Size", width=100),
            "files": st.column_config.NumberColumn("Files", width=90, format="localized"),
            "quota": st.column_config.TextColumn("Quota", width=150),
            "at": st.column_config.TextColumn("Measured", width=130),
        },
        alt="Projects by size, largest first",
    )
    total = formats.size(found["figures"]["storage_bytes"])
    measured = found["projects_measured"]
    widgets.facts(f"{total} in {formats.count(measured, 'project')}.")


def _shown(room: Json) -> tuple[str, str, int, str, str]:
    size, most = int(room["storage_bytes"]), room["quota_bytes"]
    share = f"{size / most:.0%} of {formats.size(most)}" if most else "no limit"
    measured = times.ago(times.moment(room["measured_at"]))
    return room["name"], formats.size(size), int(room["files"]), share, measured
