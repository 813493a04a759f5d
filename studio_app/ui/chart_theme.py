"""The brand's colours and look for charts, for light and dark."""

from dataclasses import dataclass

import plotly.graph_objects as go
import streamlit as st

# One order of colours for every chart, so that a run keeps its colour from chart to chart.
# They hold 3:1 against both backgrounds, the least that WCAG 2.1 asks of graphics (1.4.11).
SERIES = (
    "#0d9488",
    "#d97706",
    "#6366f1",
    "#db2777",
    "#65a30d",
    "#0284c7",
    "#9333ea",
    "#dc2626",
    "#a16207",
    "#64748b",
)


@dataclass(frozen=True)
class Tone:
    """The colours of a theme that a chart needs; they repeat .streamlit/config.toml."""

    text: str
    faint: str
    grid: str
    surface: str


LIGHT = Tone(
    text="#14201f",
    faint="#55636a",
    grid="#e1e9e8",
    surface="#ffffff",
)
DARK = Tone(
    text="#e7efee",
    faint="#a3b3b3",
    grid="#263234",
    surface="#182224",
)


def current() -> Tone:
    """The colours of the theme that the reader sees."""
    return DARK if st.context.theme.type == "dark" else LIGHT


def template(tone: Tone) -> go.layout.Template:
    """The look of every chart: no box, faint lines, the text of the page."""
    axis = {
        "gridcolor": tone.grid,
        "linecolor": tone.grid,
        "zeroline": False,
        "automargin": True,
        "tickfont": {"color": tone.faint, "size": 11},
        "title": {"font": {"color": tone.faint, "size": 12}, "standoff": 8},
    }
    return go.layout.Template(
        layout={
            "font": {"family": "Inter, sans-serif", "color": tone.text, "size": 12},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": list(SERIES),
            "xaxis": axis,
            "yaxis": axis,
            "hoverlabel": {
                "bgcolor": tone.surface,
                "bordercolor": tone.grid,
                "font": {"color": tone.text, "size": 12},
            },
            "legend": {
                "orientation": "h",
                "y": -0.22,
                "yanchor": "top",
                "x": 0,
                "font": {"color": tone.text, "size": 11},
            },
            "margin": {"l": 8, "r": 12, "t": 12, "b": 8},
        }
    )
