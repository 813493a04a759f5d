"""Plotly figures out of data frames, in the brand's colours, for light and dark."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd
import plotly.graph_objects as go

from studio_app.ui import formats
from studio_app.ui.chart_theme import SERIES, Tone, template

Axis = Literal["step", "time", "relative"]

AXES: dict[Axis, str] = {
    "step": "Step",
    "relative": "Minutes since the first point",
    "time": "Time",
}

HEIGHT = 280


@dataclass(frozen=True)
class Series:
    """One line: its name, its rows of step, time and value, and its place in the colours."""

    name: str
    frame: pd.DataFrame
    place: int = 0

    @property
    def colour(self) -> str:
        """The colour of its place."""
        return SERIES[self.place % len(SERIES)]


def lines(
    series: Sequence[Series],
    tone: Tone,
    *,
    axis: Axis = "step",
    logarithmic: bool = False,
    smoothing: float = 0.0,
    height: int = HEIGHT,
) -> go.Figure:
    """Histories as lines; a smoothed line has the measured one faintly behind it.

    A thinned history has `low`, `high` and `count`, too: a faint band shows what is in each row.
    """
    figure = _figure(tone, height)
    for line in series:
        frame = line.frame
        across = _across(frame, axis)
        if is_thinned(frame):
            figure.add_trace(_band(line, across, logarithmic=logarithmic))
        if smoothing > 0:
            figure.add_trace(_line(line, across, frame["value"].tolist(), width=1, opacity=0.25))
        values = smoothed(frame["value"], smoothing) if smoothing > 0 else frame["value"].tolist()
        figure.add_trace(_line(line, across, values, width=2, opacity=1.0, smoothed=smoothing > 0))
    figure.update_layout(
        showlegend=len(series) > 1,
        hovermode="x unified" if len(series) > 1 else "closest",
        xaxis_title_text=AXES[axis],
    )
    if axis == "step":
        # Without it a step of seven digits is written as `1.234567M` and a longer one is cut.
        figure.update_xaxes(hoverformat="d")
    if logarithmic:
        figure.update_yaxes(type="log")
    return figure


def is_thinned(frame: pd.DataFrame) -> bool:
    """Whether rows of a history stand for more than one value."""
    return "count" in frame and bool((frame["count"] > 1).any())


def bars(series: Sequence[Series], tone: Tone, *, height: int) -> go.Figure:
    """The last value of each series as a bar, the first on top, each in its own colour."""
    figure = _figure(tone, height)
    places = list(range(len(series)))
    last = [float(line.frame["value"].iloc[-1]) for line in series]
    figure.add_trace(
        go.Bar(
            # Runs may share a name: the place keeps their bars apart.
            y=places,
            x=last,
            orientation="h",
            marker_color=[line.colour for line in series],
            customdata=[formats.number(value) for value in last],
            hovertemplate="%{customdata}<extra></extra>",
        )
    )
    figure.update_yaxes(
        autorange="reversed",
        tickmode="array",
        tickvals=places,
        ticktext=[_cut(line.name, 24) for line in series],
        showgrid=False,
    )
    figure.update_layout(bargap=0.35)
    return figure


def days(
    frame: pd.DataFrame, name: str, tone: Tone, *, sizes: bool = False, height: int = 220
) -> go.Figure:
    """What was counted in each day as bars; `frame` has day and value, in bytes for `sizes`."""
    figure = _figure(tone, height)
    figure.add_trace(
        go.Bar(
            x=pd.to_datetime(frame["day"]).tolist(),
            y=frame["value"].tolist(),
            marker_color=SERIES[0],
            # A bar is a day wide, also when there is only one.
            width=20 * 3600 * 1000,
            customdata=[formats.size(value) if sizes else f"{value:,}" for value in frame["value"]],
            hovertemplate=f"%{{x|%d %b}}: %{{customdata}}<extra>{name}</extra>",
        )
    )
    figure.update_xaxes(showgrid=False, tickformat="%d %b")
    figure.update_yaxes(rangemode="tozero", tickformat="~s", ticksuffix="B" if sizes else "")
    return figure


def _figure(tone: Tone, height: int) -> go.Figure:
    return go.Figure(layout={"template": template(tone), "height": height})


def _line(
    line: Series,
    across: Sequence[object],
    values: list[float],
    *,
    width: float,
    opacity: float,
    smoothed: bool = False,
) -> go.Scatter:
    lone = len(values) == 1
    hover = "%{customdata}" + (" · smoothed %{y:.4g}" if smoothed else "")
    return go.Scatter(
        x=list(across),
        y=values,
        name=line.name,
        legendgroup=str(line.place),
        mode="markers" if lone else "lines",
        line={"color": line.colour, "width": width},
        marker={"color": line.colour, "size": 8},
        opacity=opacity,
        showlegend=opacity == 1.0,
        hoverinfo="skip" if opacity < 1.0 else None,
        # What was logged, not what the axis rounds it to.
        customdata=[formats.number(value) for value in line.frame["value"]],
        hovertemplate=None if opacity < 1.0 else hover,
    )


def _band(line: Series, across: Sequence[object], *, logarithmic: bool) -> go.Scatter:
    """From the lowest to the highest finite value of each stretch, as one area."""
    low, high = line.frame["low"], line.frame["high"]
    shown = high > 0 if logarithmic else high.notna()
    if logarithmic:
        # A log scale goes down to what can stand on it.
        low = low.where(low > 0, pd.concat([low, high])[lambda found: found > 0].min())
    x = [place for place, is_shown in zip(across, shown, strict=True) if is_shown]
    return go.Scatter(
        x=[*x, *reversed(x)],
        y=[*high[shown], *low[shown][::-1]],
        name=line.name,
        legendgroup=str(line.place),
        mode="lines",
        # A spike is narrower than a pixel: without an edge nobody would see it.
        line={"color": _translucent(line.colour, 0.55), "width": 1},
        fill="toself",
        fillcolor=_translucent(line.colour, 0.2),
        showlegend=False,
        hoverinfo="skip",
    )


def _translucent(colour: str, opacity: float) -> str:
    """A colour such as #0d9488 that lets what is behind it through."""
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return f"rgba({red}, {green}, {blue}, {opacity})"


def _across(frame: pd.DataFrame, axis: Axis) -> list[object]:
    if axis == "step":
        return list(frame["step"])
    if axis == "time":
        return list(pd.to_datetime(frame["time"], unit="ms", utc=True))
    return list((frame["time"] - frame["time"].min()) / 60_000)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def smoothed(values: Iterable[float], amount: float) -> list[float]:
    """Values after exponential smoothing with bias correction; `amount` is 0 (none) to 1.

    The first points are weighed as TensorBoard does, so that a curve starts at its own height.
    """
    result: list[float] = []
    last, weight = 0.0, 0.0
    for value in values:
        if not math.isfinite(value):
            result.append(math.nan)
            continue
        last = last * amount + (1 - amount) * value
        weight = weight * amount + (1 - amount)
        result.append(last / weight)
    return result
