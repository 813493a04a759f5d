"""The charts beside the table of runs: the curves that are looked at, read as they are wanted."""

from collections.abc import Sequence

import streamlit as st

from ml_studio.run_charts import Axis, ChartOptions, charts_wanted, run_charts
from studio_app import session
from studio_app.runs import history, kept
from studio_app.runs.history import Curves
from studio_app.runs.run_columns import RunColumns
from studio_app.runs.run_list import Listing
from studio_app.ui import widgets

# So many lines can be told apart; of more ticked runs the first are drawn.
MOST_RUNS = 20
_RUNS_AT_FIRST = 10


def show(
    place: str, project: str, listing: Listing, known: RunColumns, ticked: Sequence[str]
) -> None:
    """Draws the charts of the ticked runs, or of the first ones."""
    runs = _runs(listing, ticked)
    metrics = [name.removeprefix("metrics.") for name in known.families["metrics"]]
    key = f"runs-charts-{place}"

    @st.fragment
    def charts() -> None:
        with widgets.answering():
            wanted = charts_wanted(key)
            asked = [name for name in wanted.metrics or () if name in metrics]
            run_ids = [run_id for run_id, _ in runs]
            curves = _read(place, project, run_ids, asked, wanted.axis)
            run_charts(
                curves.points,
                key=key,
                options=ChartOptions(
                    runs=runs,
                    metrics=metrics,
                    read=asked,
                    label="Charts of metrics",
                    version=curves.version,
                    axis=wanted.axis,
                    selection=ticked,
                ),
            )

    charts()


def _runs(listing: Listing, ticked: Sequence[str]) -> list[tuple[str, str]]:
    ids, names = listing.run_ids, listing.table["run_name"].to_pylist()
    chosen = set(ticked)
    pairs = [(run_id, str(name or run_id)) for run_id, name in zip(ids, names, strict=True)]
    if chosen:
        return [pair for pair in pairs if pair[0] in chosen][:MOST_RUNS]
    return pairs[:_RUNS_AT_FIRST]


def _read(
    place: str, project: str, run_ids: Sequence[str], metrics: Sequence[str], axis: Axis
) -> Curves:
    """The curves of these metrics of these runs, and what else was read before."""
    question = ("curves", place, axis)
    so_far = kept.get(question, Curves) or Curves()
    found = history.extend(session.client(), project, so_far, run_ids, metrics, axis)
    if found is not so_far:
        kept.keep(question, found)
    return found
