"""The charts of one run: its curves, read once and again where the run has logged since."""

import hashlib
from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc

from ml_studio.run_charts import Axis, ChartOptions, charts_wanted, run_charts
from studio_app import session
from studio_app.runs import kept
from studio_app.runs.charts import chart_view, history
from studio_app.runs.charts.history import Curves
from studio_app.runs.table.run_columns import by_name
from studio_app.runs.tracking import Run
from studio_app.ui import widgets

# The panels that a screen shows at first: their curves need no word of the browser.
_AT_FIRST = 12


def key(run_id: str) -> str:
    """The key of the charts of a run."""
    return f"run-charts-{run_id}"


def show(project: str, run: Run) -> None:
    """Draws the charts of a run; within a fragment, which the browser's wishes run again."""
    metrics = by_name(run.metrics["key"])
    if not metrics:
        widgets.empty_state(
            "No metric yet",
            "`mlflow.log_metric(name, value, step=step)` draws a curve here.",
            icon="show_chart",
        )
        return
    name = key(run.run_id)
    wanted = charts_wanted(name)
    agreed = chart_view.agree(name)
    if wanted.metrics is not None:
        shown = sorted(set(metrics).intersection(wanted.metrics))
    else:
        # Which panels an arrangement shows, and on which axis, the browser alone knows.
        shown = [] if agreed.given.charts else sorted(first_panels(metrics))
    curves = read(project, run, shown, wanted.axis)
    # What was read for other parts of the page is not sent again.
    points = curves.points.filter(
        pc.is_in(curves.points["metric"].cast(pa.string()), pa.array(shown, pa.string()))
    )
    said = hashlib.sha256("\n".join([curves.version, *shown]).encode(errors="replace"))
    run_charts(
        points,
        pa.table({"run_id": [run.run_id], "run_name": [run.name]}),
        key=name,
        options=ChartOptions(
            metrics=metrics,
            read=shown,
            label="Charts of the run",
            version=said.hexdigest(),
            rows_version=hashlib.sha256(run.name.encode(errors="replace")).hexdigest(),
            axis=wanted.axis,
        ),
        view=agreed.given,
        stamp=agreed.stamp,
    )


def first_panels(metrics: Sequence[str]) -> list[str]:
    """The metrics whose panels stand first: those without a section, then section by section."""

    def place(metric: str) -> tuple[bool, str]:
        section, slash, _ = metric.partition("/")
        return bool(slash and section), section.casefold() if slash else ""

    own = [metric for metric in by_name(metrics) if not is_system(metric)]
    return sorted(own, key=place)[:_AT_FIRST]


def is_system(metric: str) -> bool:
    """Whether the machine's load is measured, and not what the run is about."""
    return metric.startswith("system/")


def read(project: str, run: Run, metrics: Sequence[str], axis: Axis) -> Curves:
    """The curves of these metrics, and what else was read of this run before. Raises ApiError."""
    question = ("curves of run", project, run.run_id, axis)
    said = (*question, "latest")
    so_far = kept.get(question, Curves) or Curves()
    # A NaN equals nothing, not even itself: values are compared as texts.
    latest = {
        str(name): f"{step} {when} {value}"
        for name, step, when, value in zip(
            run.metrics["key"],
            run.metrics["step"],
            run.metrics["time"],
            run.metrics["value"],
            strict=True,
        )
    }
    before: Mapping[str, str] = kept.get(said, dict) or {}
    stale = [name for name in metrics if before.get(name) != latest.get(name)]
    found = history.extend(
        session.client(),
        project,
        history.without(so_far, [(run.run_id, name) for name in stale]),
        [run.run_id],
        metrics,
        axis,
    )
    if found is not so_far:
        kept.keep(question, found)
        kept.keep(said, {**before, **{name: latest.get(name, "") for name in metrics}})
    return found
