"""The brand's colours and look for charts, for light and dark."""

from dataclasses import dataclass

import plotly.graph_objects as go

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
    scale: tuple[tuple[float, str], ...]


LIGHT = Tone(
    text="#14201f",
    faint="#55636a",
    grid="#e1e9e8",
    surface="#ffffff",
    scale=((0.0, "#8b8cf6"), (0.5, "#0d9488"), (1.0, "#0b3b38")),
)
DARK = Tone(
    text="#e7efee",
    faint="#a3b3b3",
    grid="#263234",
    surface="#182224",
    scale=((0.0, "#7c83f0"), (0.5, "#14b8a6"), (1.0, "#ccfbf1")),
)


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
