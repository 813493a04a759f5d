"""Plotly figures out of data frames, in the brand's colours, for light and dark."""

import pandas as pd
import plotly.graph_objects as go

from studio_app.ui import formats
from studio_app.ui.chart_theme import SERIES, Tone, template


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
