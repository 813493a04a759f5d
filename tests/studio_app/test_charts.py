"""Figures out of data frames."""

import math

import pandas as pd
import pytest

from studio_app.ui import charts
from studio_app.ui.chart_theme import DARK, LIGHT, SERIES, Tone
from studio_app.ui.charts import Series


@pytest.fixture
def curve() -> pd.DataFrame:
    return pd.DataFrame({"step": [0, 1, 2], "time": [0, 60_000, 120_000], "value": [3.0, 1.0, 2.0]})


def test_a_line_runs_over_steps_minutes_or_the_clock(curve: pd.DataFrame) -> None:
    line = [Series("loss", curve)]
    assert list(charts.lines(line, LIGHT).data[0].x) == [0, 1, 2]
    assert list(charts.lines(line, LIGHT, axis="relative").data[0].x) == [0.0, 1.0, 2.0]
    clock = charts.lines(line, LIGHT, axis="time").data[0].x
    assert str(clock[1]).startswith("1970-01-01 00:01")


def test_hovering_tells_the_number_that_was_logged(curve: pd.DataFrame) -> None:
    curve["value"] = [1234560.0, 1234561.0, 0.1 + 0.2]
    logged = ["1234560", "1234561", "0.30000000000000004"]
    (line,) = charts.lines([Series("loss", curve)], LIGHT).data
    assert line.hovertemplate == "%{customdata}"
    assert list(line.customdata) == logged
    front = charts.lines([Series("loss", curve)], LIGHT, smoothing=0.5).data[1]
    assert front.hovertemplate == "%{customdata} · smoothed %{y:.4g}"
    assert list(front.customdata) == logged
    bars = charts.bars([Series("a", curve)], LIGHT, height=100).data[0]
    assert (bars.hovertemplate, bars.customdata[0]) == ("%{customdata}<extra></extra>", logged[2])


def test_a_smoothed_line_keeps_the_measured_one_behind_it(curve: pd.DataFrame) -> None:
    behind, front = charts.lines([Series("loss", curve)], LIGHT, smoothing=0.5).data
    assert list(behind.y) == [3.0, 1.0, 2.0]
    assert behind.opacity < front.opacity == 1.0
    assert not behind.showlegend


@pytest.fixture
def thinned(curve: pd.DataFrame) -> pd.DataFrame:
    rows = {
        "value": [3.0, 1.0, math.nan],
        "low": [3.0, -7.0, math.nan],
        "high": [3.0, 50.0, math.nan],
        "count": [1, 40, 2],
    }
    return pd.DataFrame(rows | {"step": curve["step"], "time": curve["time"]})


def test_the_spikes_of_a_thinned_history_stand_in_a_band_without_a_hover(
    thinned: pd.DataFrame,
) -> None:
    band, line = charts.lines([Series("loss", thinned)], LIGHT).data
    assert list(band.x) == [0, 1, 1, 0]
    assert list(band.y) == [3.0, 50.0, -7.0, 3.0]
    assert (band.fill, band.hoverinfo, band.showlegend) == ("toself", "skip", False)
    assert band.legendgroup == line.legendgroup
    assert list(line.customdata)[:2] == ["3", "1"]


def test_the_band_of_a_log_scale_has_what_is_above_zero(thinned: pd.DataFrame) -> None:
    band = charts.lines([Series("loss", thinned)], LIGHT, logarithmic=True).data[0]
    assert list(band.y) == [3.0, 50.0, 3.0, 3.0]


def test_a_log_scale_is_asked_for_by_name(curve: pd.DataFrame) -> None:
    figure = charts.lines([Series("loss", curve)], LIGHT, logarithmic=True)
    assert figure.layout.yaxis.type == "log"


def test_one_point_is_drawn_as_a_point(curve: pd.DataFrame) -> None:
    assert charts.lines([Series("loss", curve.head(1))], LIGHT).data[0].mode == "markers"


def test_a_run_keeps_its_colour_and_only_several_have_a_legend(curve: pd.DataFrame) -> None:
    figure = charts.lines([Series("a", curve, 1), Series("b", curve, 2)], DARK)
    assert [trace.line.color for trace in figure.data] == list(SERIES[1:3])
    assert figure.layout.showlegend
    assert not charts.lines([Series("a", curve)], DARK).layout.showlegend


def test_bars_tell_runs_of_the_same_name_apart(curve: pd.DataFrame) -> None:
    bars = charts.bars([Series("a", curve), Series("a", curve.head(1), 1)], LIGHT, height=100)
    assert list(bars.data[0].y) == [0, 1]
    assert list(bars.data[0].x) == [2.0, 3.0]
    assert list(bars.layout.yaxis.ticktext) == ["a", "a"]


@pytest.mark.parametrize(("tone", "background"), [(LIGHT, "#ffffff"), (DARK, "#0e1516")])
def test_every_colour_can_be_told_from_the_background(tone: Tone, background: str) -> None:
    for colour in SERIES:
        assert _contrast(colour, background) >= 3
    for colour in (tone.text, tone.faint):
        assert _contrast(colour, background) >= 4.5


def _contrast(one: str, other: str) -> float:
    """The contrast of two colours as WCAG 2.1 defines it."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
