"""Charts and shapes in JSON files: what is drawn, and what stays text."""

import json
from typing import Any

import plotly.graph_objects as go
import pytest

from studio_app.artifacts import figures
from studio_app.ui.chart_theme import LIGHT

SHAPES = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": [8.5, 47.4, 400]}},
        {
            "type": "Feature",
            "geometry": {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "LineString", "coordinates": [[0, 0], [1, 1]]},
                    {"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 0]]]},
                ],
            },
        },
    ],
}


def test_a_chart_is_drawn_as_plotly_wrote_it() -> None:
    written = json.loads(go.Figure(go.Bar(x=["a", "b"], y=[1, 2])).to_json())
    figure = figures.of_plotly(written)
    assert figure is not None
    assert (figure.data[0].type, list(figure.data[0].x)) == ("bar", ["a", "b"])


@pytest.mark.parametrize("kind", ["heatmap", "treemap", "scatter"])
def test_kinds_with_map_in_their_name_are_charts(kind: str) -> None:
    assert figures.of_plotly({"data": [{"type": kind}], "layout": {}}) is not None


@pytest.mark.parametrize(
    "value",
    [
        None,
        [],
        {"data": [], "layout": {}},
        {"data": [{}]},
        {"data": [1], "layout": {}},
        {"data": [{"type": "bar", "wrong": 1}], "layout": {}},
        {"data": [{"type": "nothing"}], "layout": {}},
        # They would fetch a map from elsewhere.
        {"data": [{"type": "scattergeo"}], "layout": {}},
        {"data": [{"type": "choropleth"}], "layout": {}},
        {"data": [{"type": "scattermapbox"}], "layout": {}},
        {"data": [{"type": "densitymap"}], "layout": {}},
    ],
)
def test_what_is_no_chart_stays_text(value: Any) -> None:
    assert figures.of_plotly(value) is None


def test_shapes_become_lines_and_points() -> None:
    figure = figures.of_geojson(SHAPES, LIGHT)
    assert figure is not None
    lines, points = figure.data
    assert list(lines.x) == [0, 1, None, 0, 2, 2, 0, None]
    assert (list(points.x), list(points.y)) == ([8.5], [47.4])


@pytest.mark.parametrize(
    "value",
    [
        None,
        [1],
        {"type": "Feature"},
        {"type": ["Point"], "coordinates": [1, 2]},
        {"type": "Point", "coordinates": ["a", None]},
        {"type": "Polygon", "coordinates": [1, [2], [[3]]]},
        {"type": "MultiPoint", "coordinates": [[0, 0]] * (figures.MOST_POINTS + 1)},
        {"type": "FeatureCollection", "features": {"type": "Point"}},
    ],
)
def test_what_is_no_shape_or_too_much_stays_text(value: Any) -> None:
    assert figures.of_geojson(value, LIGHT) is None
