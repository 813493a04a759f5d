"""The versions of a model as a table: aliases, who made them and when, what their runs measured."""

import pandas as pd
import streamlit as st

from studio_app import session
from studio_app.runs import kept, tracking
from studio_app.runs.table import run_table
from studio_app.ui import drawn, formats

# So many metrics have room beside the rest; a version's own page has all of them.
_METRICS = 3
_ROWS = 14
_COLUMNS = ("Version", "Aliases", "Registered", "By", "Tags", "Description")


def show(slug: str, frame: pd.DataFrame, opening: str) -> None:
    """Draws the versions, newest first; `opening` is the key under which a click is kept."""
    st.subheader("Versions", anchor=False)
    where = formats.zone(st.context.timezone)
    measured = _measured(slug, [str(run_id) for run_id in frame["run_id"] if run_id])
    shown = pd.DataFrame(
        {
            "Version": [f"Version {number}" for number in frame["version"]],
            "Aliases": [[f"@{alias}" for alias in aliases] for aliases in frame["aliases"]],
            **{
                label: [values.get(run_id, "") for run_id in frame["run_id"]]
                for label, values in measured.items()
            },
            "Registered": run_table.local_times(frame["created"], where),
            "By": frame["user"],
            "Tags": [[f"{key}: {value}" for key, value in tags.items()] for tags in frame["tags"]],
            "Description": [formats.excerpt(text, 120) for text in frame["description"]],
        }
    )
    buttons = drawn.Buttons(opening, [str(number) for number in frame["version"]])
    empty = [name for name in ("By", "Tags", "Description") if not any(shown[name].map(bool))]
    right = st.column_config.TextColumn(alignment="right")
    st.dataframe(
        shown.drop(columns=empty),
        key="model-versions",
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
            "Aliases": st.column_config.ListColumn(width="medium"),
            "Registered": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
            "Tags": st.column_config.ListColumn(),
            **dict.fromkeys(measured, right),
        },
        alt="Versions of this model",
    )


def _measured(slug: str, run_ids: list[str]) -> dict[str, dict[str, str]]:
    """The metrics that tell most of these runs: for each its values by run id, as texts.

    A run that is gone, or did not log a metric, is left out; a NaN that was logged stands there.
    """
    wanted = tuple(dict.fromkeys(run_ids))

    def read() -> dict[str, dict[str, str]]:
        client = session.client()
        known = tracking.columns_of_runs(client, slug, "", run_ids=wanted)
        metrics = [name for name in known.first_choice() if name.startswith("metrics.")][:_METRICS]
        found = tracking.runs_by_id(client, slug, "", wanted, columns=metrics)
        rows = found.to_dict("records")
        return {
            _label(name): {
                row["run_id"]: formats.abridged(row[name]) for row in rows if name in row["logged"]
            }
            for name in metrics
        }

    return kept.read(("version-metrics", slug, wanted), read, height=120) if wanted else {}


def _label(metric: str) -> str:
    """The name of a metric, told apart from the other columns where it is called like one."""
    name = metric.removeprefix("metrics.")
    return run_table.column_label(metric) if name in _COLUMNS else name
