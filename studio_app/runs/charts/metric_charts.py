"""Metric histories of one run or several, with the controls to read them."""

import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from studio_app import session
from studio_app.runs.charts import history
from studio_app.runs.charts.history import Position
from studio_app.ui import charts, formats, widgets
from studio_app.ui.chart_theme import DARK, LIGHT, Tone
from studio_app.ui.charts import Axis, Series

CACHE = "metric-histories"

_CACHED = 600
_FIRST_CHARTS = 8
_AXIS_NAMES: dict[Axis, str] = {"step": "Step", "relative": "Elapsed", "time": "Clock"}
# Minutes are counted from times, so that changing between the two reads nothing again.
_READ_BY: dict[Axis, Position] = {"step": "step", "relative": "time", "time": "time"}


@dataclass(frozen=True)
class Subject:
    """A run as the charts need it: its id, its name, and its latest metrics by key."""

    run_id: str
    name: str
    latest: dict[str, tuple[int, int, float]]


def subject(run_id: str, name: str, metrics: pd.DataFrame) -> Subject:
    """A run with the step, time and value that each metric had last."""
    latest = {
        str(key): (int(step), int(when), float(value))
        for key, step, when, value in zip(
            metrics["key"], metrics["step"], metrics["time"], metrics["value"], strict=True
        )
    }
    return Subject(run_id, name, latest)


def tone() -> Tone:
    """The colours of the theme that the reader sees."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def show(project: str, subjects: Sequence[Subject], *, key: str) -> None:
    """Draws one chart for each metric that has a history, and tiles or bars for the others."""
    names = sorted({name for found in subjects for name in found.latest})
    search, axis, smoothing, logarithmic = _controls(key, many=len(names) > 6)
    names = [name for name in names if search.casefold() in name.casefold()]
    if not names:
        st.caption("No metric has these letters in its name.")
        return
    most = int(st.session_state.get(f"{key}-most", _FIRST_CHARTS))
    histories = _histories(project, subjects, names[:most], _READ_BY[axis], key)
    once = [name for name, found in histories.items() if _lone(found)]
    if once:
        _single_values(histories, once, len(subjects), key)
    drawn = [name for name in histories if name not in once]
    for place in range(0, len(drawn), 2):
        for name, column in zip(drawn[place : place + 2], st.columns(2), strict=False):
            with column:
                _chart(histories[name], name, axis, smoothing, logarithmic, key)
    if len(names) > most:
        st.button(
            f"Show {formats.count(min(_FIRST_CHARTS, len(names) - most), 'more chart')}",
            key=f"{key}-more",
            on_click=_grow,
            args=(f"{key}-most", most + _FIRST_CHARTS),
        )


def _controls(key: str, *, many: bool) -> tuple[str, Axis, float, bool]:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        search = ""
        if many:
            search = (
                st.text_input(
                    "Find a metric", key=f"{key}-search", type="search", width=220, live=True
                )
                or ""
            )
        axis = st.segmented_control(
            "Across",
            list(_AXIS_NAMES),
            default="step",
            required=True,
            format_func=lambda found: _AXIS_NAMES[found],
            key=f"{key}-axis",
        )
        smoothing = st.slider("Smoothing", 0.0, 0.99, 0.0, 0.01, key=f"{key}-smooth", width=200)
        logarithmic = st.toggle("Log scale", key=f"{key}-log")
    return search.strip(), axis, float(smoothing), logarithmic


def _chart(
    found: Sequence[Series],
    name: str,
    axis: Axis,
    smoothing: float,
    logarithmic: bool,
    key: str,
) -> None:
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{widgets.plain(name)}**")
        if logarithmic and not any((line.frame["high"] > 0).any() for line in found):
            st.caption("No value above zero: a log scale has nothing to show.")
            return
        st.plotly_chart(
            charts.lines(
                found,
                tone(),
                axis=axis,
                logarithmic=logarithmic,
                smoothing=smoothing,
                height=charts.HEIGHT + (18 * len(found) if len(found) > 1 else 0),
            ),
            theme=None,
            key=f"{key}-chart-{name}",
            config={"displaylogo": False, "modeBarButtonsToRemove": ["lasso2d", "select2d"]},
            alt=f"{name} over {charts.AXES[axis].lower()}",
        )
        _small_print(found)


def _small_print(found: Sequence[Series]) -> None:
    logged = max(int(line.frame["count"].sum()) for line in found)
    missing, infinite, either = 0, 0, 0
    for line in found:
        if charts.is_thinned(line.frame):
            either += int(line.frame["nonfinite"].sum())
        else:
            missing += int(line.frame["value"].isna().sum())
            infinite += int(line.frame["value"].abs().eq(math.inf).sum())
    notes = []
    if any(charts.is_thinned(line.frame) for line in found):
        notes.append(
            f"{formats.grouped(logged)} points: a line through the last of each stretch, "
            "and a band from its lowest to its highest"
        )
    if missing:
        notes.append(f"{formats.count(missing, 'value')} not a number")
    if infinite:
        notes.append(f"{formats.count(infinite, 'value')} infinite")
    if either:
        notes.append(f"{formats.count(either, 'value')} not a number or infinite")
    if notes:
        st.caption("; ".join(notes).capitalize() + ".")


def _single_values(
    histories: dict[str, list[Series]], once: Sequence[str], runs: int, key: str
) -> None:
    """Metrics that were logged once have no line: a tile for one run, bars for several."""
    if runs == 1:
        with st.container(horizontal=True, gap="small"):
            for name in once:
                value = float(histories[name][0].frame["value"].iloc[0])
                st.metric(
                    widgets.plain(name),
                    formats.abridged(value),
                    help=formats.number(value),
                    border=True,
                    width=165,
                )
        return
    for place in range(0, len(once), 2):
        for name, column in zip(once[place : place + 2], st.columns(2), strict=False):
            found = histories[name]
            with column, st.container(border=True, gap="xsmall"):
                st.markdown(f"**{widgets.plain(name)}**")
                st.plotly_chart(
                    charts.bars(found, tone(), height=60 + 30 * len(found)),
                    theme=None,
                    key=f"{key}-bars-{name}",
                    config={"displayModeBar": False},
                    alt=f"{name} of each run",
                )


def _histories(
    project: str, subjects: Sequence[Subject], names: Sequence[str], position: Position, key: str
) -> dict[str, list[Series]]:
    """The lines of each metric, read in one call where a run has newer values than were read."""
    cache: dict[tuple[object, ...], pd.DataFrame] = st.session_state.setdefault(CACHE, {})
    token = session.token()
    places = {
        # The latest value as text, because a NaN equals nothing, not even itself.
        (one.run_id, name): (token, project, one.run_id, name, position, str(one.latest[name]))
        for one in subjects
        for name in names
        if name in one.latest
    }
    kept = {pair: cache[place] for pair, place in places.items() if place in cache}
    missing = [pair for pair in places if pair not in kept]
    if missing:
        runs = list(dict.fromkeys(run_id for run_id, _ in missing))
        keys = list(dict.fromkeys(name for _, name in missing))
        # New points of a run that goes on replace its charts when they are there.
        first = not st.session_state.get(f"{key}-read")
        with st.skeleton(height=charts.HEIGHT) if first else nullcontext():
            read = history.read(session.client(), project, runs, keys, position)
        session.remember(f"{key}-read", True)
        kept |= {pair: read.get(pair, history.nothing(position)) for pair in missing}
        for pair in missing:
            cache[places[pair]] = kept[pair]
        for oldest in list(cache)[: max(0, len(cache) - _CACHED)]:
            del cache[oldest]
    lines: dict[str, list[Series]] = {name: [] for name in names}
    for at, found in enumerate(subjects):
        for name in names:
            frame = kept.get((found.run_id, name))
            if frame is not None and not frame.empty:
                lines[name].append(Series(found.name, frame, at))
    return {name: found for name, found in lines.items() if found}


def _lone(found: Sequence[Series]) -> bool:
    return all(int(line.frame["count"].sum()) == 1 for line in found)


def _grow(key: str, most: int) -> None:
    st.session_state[key] = most
