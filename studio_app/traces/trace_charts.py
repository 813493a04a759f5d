"""Traces of a project over time: how many there were, how many failed, how long they took.

MLflow counts them itself (`traces/metrics`), over all traces of the period and not over those of
the page. Its buckets begin at multiples of their length since 1970.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from studio_app import session
from studio_app.api.client import ApiError, Client, Json, SignedOut, Unavailable
from studio_app.runs import kept
from studio_app.traces.traces import API, STATES
from studio_app.ui import chart_theme, formats, widgets
from studio_app.ui.chart_theme import Tone

# Lengths of a bucket in seconds: the first that makes at most so many of the period.
_BUCKETS = (60, 300, 900, 3600, 6 * 3600, 86_400)
_MOST_BUCKETS = 60
# Of a period without a beginning the last days are shown.
USUAL = timedelta(days=30)
# MLflow is asked for the experiments by their ids; a project with more is told.
MOST_EXPERIMENTS = 100

_COLOURS = {"OK": "#0d9488", "ERROR": "#dc2626", "IN_PROGRESS": "#0284c7"}
_COUNT = {"aggregation_type": "COUNT"}
_PERCENTILES = (50, 95)
# How much of a bucket its bar fills.
_FILLED = 0.85


@dataclass(frozen=True)
class OverTime:
    """`counts` has the columns `time`, `state`, `count`; `seconds` has `time`, `p50`, `p95`."""

    counts: pd.DataFrame
    seconds: pd.DataFrame
    bucket: timedelta


def bucket(period: timedelta) -> timedelta:
    """How long a bucket of a chart of this period is."""
    for seconds in _BUCKETS:
        if period / timedelta(seconds=seconds) <= _MOST_BUCKETS:
            return timedelta(seconds=seconds)
    return timedelta(seconds=_BUCKETS[-1])


def read(
    client: Client, project: str, experiments: Sequence[str], begin: datetime, end: datetime
) -> OverTime:
    """What MLflow counts between two moments. Raises ApiError."""
    length = bucket(end - begin)
    # From the beginning of a bucket: a first bar of a part of one would look like a rise.
    start = begin.timestamp() // length.total_seconds() * length.total_seconds()
    asked: Json = {
        "experiment_ids": list(experiments),
        "view_type": "TRACES",
        "time_interval_seconds": int(length.total_seconds()),
        "start_time_ms": int(start * 1000),
        "end_time_ms": int(end.timestamp() * 1000),
    }

    by_state = {"aggregations": [_COUNT], "dimensions": ["trace_status"]}
    counted = _points(client, project, "trace_count", {**asked, **by_state})
    ranked = [{"aggregation_type": "PERCENTILE", "percentile_value": one} for one in _PERCENTILES]
    timed = _points(client, project, "latency", {**asked, "aggregations": ranked})
    return OverTime(_counts(counted), _seconds(timed), length)


def count(client: Client, project: str, experiment: str) -> int:
    """How many traces an experiment holds, of any time. Raises ApiError."""
    asked = {"experiment_ids": [experiment], "view_type": "TRACES", "aggregations": [_COUNT]}
    points = _points(client, project, "trace_count", asked)
    return int(sum(_value(point, "COUNT") for point in points))


def _points(client: Client, project: str, metric: str, asked: Json) -> list[Json]:
    """MLflow's own numbers about traces (`TracingService.queryTraceMetrics`)."""
    body = {**asked, "metric_name": metric}
    answer = client.mlflow(project, "POST", f"{API}/metrics", body=body)
    found: list[Json] = answer.get("data_points", [])
    return found


def _counts(points: Sequence[Json]) -> pd.DataFrame:
    rows = [
        (_moment(point), str(point["dimensions"].get("trace_status", "")), _value(point, "COUNT"))
        for point in points
    ]
    frame = pd.DataFrame(rows, columns=["time", "state", "count"])
    return frame.sort_values("time", ignore_index=True)


def _seconds(points: Sequence[Json]) -> pd.DataFrame:
    rows = [
        (_moment(point), *(_value(point, f"P{one}", f"P{one}.0") for one in _PERCENTILES))
        for point in points
    ]
    frame = pd.DataFrame(rows, columns=["time", "p50", "p95"])
    frame[["p50", "p95"]] /= 1000
    return frame.sort_values("time", ignore_index=True)


def _moment(point: Json) -> datetime:
    return datetime.fromisoformat(str(point["dimensions"]["time_bucket"]))


def _value(point: Json, *names: str) -> float:
    values: Mapping[str, object] = point.get("values", {})
    return next((float(str(values[name])) for name in names if name in values), float("nan"))


def show(project: str, begin: datetime | None, end: datetime) -> None:
    """Draws both charts of a period; nothing where there was no trace.

    What cannot be counted is said in a sentence: the list below is what the page is for.
    """
    since = begin or end - USUAL
    # To the minute: a click elsewhere on the page counts nothing anew.
    question = ("traces over time", project, begin, f"{end:%Y-%m-%d %H:%M}")
    try:
        known = kept.read(question, lambda: _of_project(project, since, end), height=220)
    except (SignedOut, Unavailable):
        raise
    except ApiError as error:
        st.caption(f"The traces could not be counted: {widgets.plain(error.message)}")
        return
    if known is None:
        return
    found, whole = known
    where, tone = formats.zone(st.context.timezone), chart_theme.current()
    if found.counts.empty:
        return
    # Plotly draws times as they stand, without a zone: they are made the reader's first.
    since, until = (one.astimezone(where).replace(tzinfo=None) for one in (since, end))
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(f"**Traces** :gray[{_per(found.bucket)}]")
        st.plotly_chart(
            counts_chart(
                found.counts.assign(time=_local(found.counts, where)),
                tone,
                since=since,
                until=until,
                length=found.bucket,
            ),
            theme=None,
            key="traces-count",
            config={"displayModeBar": False},
            alt=f"Number of traces {_per(found.bucket)}, by how they ended",
        )
    with right:
        st.markdown("**How long they took**")
        st.plotly_chart(
            seconds_chart(
                found.seconds.assign(time=_local(found.seconds, where)),
                tone,
                since=since,
                until=until,
            ),
            theme=None,
            key="traces-seconds",
            config={"displayModeBar": False},
            alt=f"Median and 95th percentile of the seconds that traces took, {_per(found.bucket)}",
        )
    period = "" if begin else "of the last 30 days"
    limits = f"in the {MOST_EXPERIMENTS} newest experiments" if not whole else ""
    if period or limits:
        st.caption(f"All traces {' '.join(filter(None, (period, limits)))}, whatever is filtered.")
    else:
        st.caption("All traces of this time, whatever else is filtered.")


def _of_project(project: str, begin: datetime, end: datetime) -> tuple[OverTime, bool] | None:
    client = session.client()
    page = client.experiments(project=project, max_results=MOST_EXPERIMENTS)
    experiments = [str(one["experiment_id"]) for one in page["experiments"]]
    if not experiments:
        return None
    return read(client, project, experiments, begin, end), not page["next_page_token"]


def counts_chart(
    counts: pd.DataFrame, tone: Tone, *, since: datetime, until: datetime, length: timedelta
) -> go.Figure:
    """Bars of traces, each as wide as its bucket, those that failed in red."""
    figure = go.Figure()
    for state, name in STATES.items():
        own = counts[counts["state"] == state]
        if not own.empty:
            figure.add_bar(
                x=own["time"],
                y=own["count"],
                name=name,
                marker_color=_COLOURS[state],
                # Of a single bar plotly would not know how wide it is.
                width=length.total_seconds() * 1000 * _FILLED,
                offset=0,
                hovertemplate="%{y:,} " + name.lower() + "<extra>%{x|%d %b %H:%M}</extra>",
            )
    return _framed(figure, tone, since, until, barmode="stack")


def seconds_chart(
    seconds: pd.DataFrame, tone: Tone, *, since: datetime, until: datetime
) -> go.Figure:
    """The median and the 95th percentile as lines; points, as a bucket may have no neighbour."""
    figure = go.Figure()
    for column, name, colour in (("p50", "Median", "#0d9488"), ("p95", "95 %", "#d97706")):
        figure.add_scatter(
            x=seconds["time"],
            y=seconds[column],
            name=name,
            mode="lines+markers",
            line={"color": colour, "width": 2},
            marker={"size": 5},
            hovertemplate="%{y:.4g} s<extra>" + name + "</extra>",
        )
    figure.update_yaxes(ticksuffix=" s")
    return _framed(figure, tone, since, until)


def _framed(
    figure: go.Figure, tone: Tone, since: datetime, until: datetime, **layout: object
) -> go.Figure:
    figure.update_layout(template=chart_theme.template(tone), height=220, showlegend=True, **layout)
    figure.update_xaxes(range=[since, until], type="date", nticks=5)
    figure.update_yaxes(rangemode="tozero")
    return figure


def _local(frame: pd.DataFrame, where: tzinfo) -> "pd.Series[datetime]":
    moments = [moment.astimezone(where).replace(tzinfo=None) for moment in frame["time"]]
    return pd.Series(moments, index=frame.index, dtype="datetime64[ns]")


def _per(length: timedelta) -> str:
    return {60: "per minute", 3600: "per hour", 86_400: "per day"}.get(
        int(length.total_seconds()), f"per {formats.duration(length.total_seconds())}"
    )
