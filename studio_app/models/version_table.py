"""The versions of a model as a table: aliases, who made them and when, what their runs measured."""

import pandas as pd
import streamlit as st

from studio_app import session
from studio_app.models import model_card
from studio_app.runs import kept, tracking
from studio_app.runs.table import run_table
from studio_app.ui import drawn, formats, times

# So many metrics have room beside the rest; a version's own page has all of them.
_METRICS = 3
_ROWS = 14
_COLUMNS = ("Version", "Aliases", "Registered", "Age", "By", "Tags", "Description")


def show(slug: str, frame: pd.DataFrame, opening: str) -> None:
    """Draws the versions, newest first; `opening` is the key under which a click is kept."""
    st.header("Versions", anchor=False)
    where = formats.zone(st.context.timezone)
    measured, people = _of_runs(slug, [str(run_id) for run_id in frame["run_id"] if run_id])
    shown = pd.DataFrame(
        {
            "Version": [f"Version {number}" for number in frame["version"]],
            "Aliases": [[f"@{alias}" for alias in aliases] for aliases in frame["aliases"]],
            **{
                label: [values.get(run_id, "") for run_id in frame["run_id"]]
                for label, values in measured.items()
            },
            "Registered": run_table.local_times(frame["created"], where),
            "Age": [_age(moment) for moment in frame["created"]],
            # MLflow seldom says who registered a version: who logged its run made it.
            "By": [
                user or people.get(run_id, "")
                for user, run_id in zip(frame["user"], frame["run_id"], strict=True)
            ],
            "Tags": [[f"{key}: {value}" for key, value in tags.items()] for tags in frame["tags"]],
            "Description": [model_card.excerpt(text) for text in frame["description"]],
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


def _of_runs(slug: str, run_ids: list[str]) -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """The metrics that tell most of these runs, and who logged each.

    Of each metric its values by run id, as texts: a run that is gone, or did not log it, is left
    out; a NaN that was logged stands there.
    """
    wanted = tuple(dict.fromkeys(run_ids))

    def read() -> tuple[dict[str, dict[str, str]], dict[str, str]]:
        client = session.client()
        known = tracking.columns_of_runs(client, slug, "", run_ids=wanted)
        metrics = [name for name in known.first_choice() if name.startswith("metrics.")][:_METRICS]
        columns = ["user", *metrics]
        rows = tracking.runs_by_id(client, slug, "", wanted, columns=columns).to_dict("records")
        measured = {
            _label(name): {
                row["run_id"]: formats.abridged(row[name]) for row in rows if name in row["logged"]
            }
            for name in metrics
        }
        return measured, {str(row["run_id"]): str(row["user"]) for row in rows}

    return kept.read(("version-metrics", slug, wanted), read, height=120) if wanted else ({}, {})


def _age(milliseconds: int | None) -> str:
    return times.ago(times.from_milliseconds(milliseconds)) if milliseconds else ""


def _label(metric: str) -> str:
    """The name of a metric, told apart from the other columns where it is called like one."""
    name = metric.removeprefix("metrics.")
    return run_table.column_label(metric) if name in _COLUMNS else name
