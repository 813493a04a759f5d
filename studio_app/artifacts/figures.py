"""Figures in JSON files: charts of Plotly, and the shapes of GeoJSON without a map below them.

Nothing is fetched for them from elsewhere, so what Plotly draws on a map stays JSON.
"""

import math
import re
from collections.abc import Iterator

import plotly.graph_objects as go

from studio_app.ui.chart_theme import Tone, template

# A browser draws so many points of shapes.
MOST_POINTS = 50_000
# Of Plotly's kinds of traces those that fetch a map.
_ON_MAP = re.compile(r"geo|mapbox|^(choropleth|density|scatter)map$|^choropleth$")
_GEOMETRIES = ("Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon")
# How deep the positions of each lie.
_DEPTHS = dict(zip(_GEOMETRIES, (0, 1, 1, 2, 2, 3), strict=True))

Position = tuple[float, float]


def of_plotly(value: object) -> go.Figure | None:
    """The chart in a JSON value; None where it is none, or is drawn on a map."""
    if not isinstance(value, dict) or not isinstance(value.get("layout"), dict):
        return None
    traces = value.get("data")
    if not isinstance(traces, list) or not traces:
        return None
    kinds = [str(one.get("type", "scatter")) for one in traces if isinstance(one, dict)]
    if len(kinds) < len(traces) or any(_ON_MAP.search(kind) for kind in kinds):
        return None
    try:
        return go.Figure({"data": traces, "layout": value["layout"]})
    except (TypeError, ValueError):
        return None


def of_geojson(value: object, tone: Tone) -> go.Figure | None:
    """The shapes of a GeoJSON value (RFC 7946); None where it is none, or has too many points."""
    lines: list[list[Position]] = []
    points: list[Position] = []
    found = 0
    for kind, coordinates in _geometries(value):
        for line in _lines(coordinates, _DEPTHS[kind]):
            found += len(line)
            if found > MOST_POINTS:
                return None
            if kind.endswith("Point"):
                points += line
            else:
                lines.append(line)
    if not found:
        return None
    figure = go.Figure(layout={"template": template(tone), "height": 480, "showlegend": False})
    if lines:
        gap = (None, None)
        joined = [position for line in lines for position in (*line, gap)]
        figure.add_scatter(x=[x for x, _ in joined], y=[y for _, y in joined], mode="lines")
    if points:
        figure.add_scatter(x=[x for x, _ in points], y=[y for _, y in points], mode="markers")
    figure.update_xaxes(title="Longitude")
    figure.update_yaxes(title="Latitude", scaleanchor="x")
    return figure


def _geometries(value: object) -> Iterator[tuple[str, object]]:
    """Each geometry of a value with its kind, looked for without recursion."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if not isinstance(one, dict):
            continue
        match one.get("type"):
            case "FeatureCollection":
                features = one.get("features")
                waiting += features[::-1] if isinstance(features, list) else []
            case "Feature":
                waiting.append(one.get("geometry"))
            case "GeometryCollection":
                parts = one.get("geometries")
                waiting += parts[::-1] if isinstance(parts, list) else []
            case str(kind) if kind in _DEPTHS:
                yield kind, one.get("coordinates")


def _lines(coordinates: object, depth: int) -> Iterator[list[Position]]:
    """The runs of positions in coordinates that lie so deep."""
    if depth == 0:
        yield [found] if (found := _position(coordinates)) else []
    elif isinstance(coordinates, list) and depth == 1:
        yield [found for one in coordinates if (found := _position(one))]
    elif isinstance(coordinates, list):
        for one in coordinates:
            yield from _lines(one, depth - 1)


def _position(value: object) -> Position | None:
    if not isinstance(value, list) or len(value) < 2:
        return None
    x, y = value[:2]
    if not isinstance(x, int | float) or not isinstance(y, int | float):
        return None
    return (float(x), float(y)) if math.isfinite(x) and math.isfinite(y) else None
