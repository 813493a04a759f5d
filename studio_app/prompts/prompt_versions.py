"""The versions of a prompt as a table: what each changed, who wrote it and when."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from studio_app.prompts.prompts import PromptVersion
from studio_app.runs.table import run_table
from studio_app.ui import drawn, formats, times

_ROWS = 14


def show(versions: Sequence[PromptVersion], opening: str) -> None:
    """Draws versions, the newest first; `opening` is the key under which a click is kept."""
    st.header("Versions", anchor=False)
    shown = pd.DataFrame(
        {
            "Version": [f"Version {one.number}" for one in versions],
            "Aliases": [[f"@{alias}" for alias in one.aliases] for one in versions],
            "Change": [formats.short(one.message, 160) for one in versions],
            "By": [one.author for one in versions],
            "Age": [
                times.ago(times.from_milliseconds(one.created)) if one.created else ""
                for one in versions
            ],
            "Variables": [list(one.variables) for one in versions],
            "Tags": [[f"{key}: {value}" for key, value in one.tags.items()] for one in versions],
        }
    )
    buttons = drawn.Buttons(opening, [one.number for one in versions])
    optional = ("Aliases", "Change", "By", "Variables", "Tags")
    empty = [name for name in optional if not any(shown[name].map(bool))]
    st.dataframe(
        shown.drop(columns=empty),
        key="prompt-versions",
        hide_index=True,
        height=run_table.height(len(shown), _ROWS),
        column_config={
            "Version": st.column_config.ButtonColumn(
                type="tertiary",
                alignment="left",
                key=buttons.key,
                on_click=buttons.on_click,
                width=110,
            ),
            "Aliases": st.column_config.ListColumn(width=150),
            "Change": st.column_config.TextColumn(width="large"),
            "Variables": st.column_config.ListColumn(),
            "Tags": st.column_config.ListColumn(),
        },
        alt="Versions of this prompt",
    )
