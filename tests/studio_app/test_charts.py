"""Figures out of data frames."""

import pandas as pd
import pytest

from studio_app.ui import charts
from studio_app.ui.chart_theme import DARK, LIGHT, SERIES, Tone


def test_hovering_over_a_day_tells_its_whole_number() -> None:
    frame = pd.DataFrame({"day": ["2026-01-02"], "value": [1234567]})
    bar = charts.days(frame, "calls", LIGHT).data[0]
    assert list(bar.customdata) == ["1,234,567"]
    assert list(charts.days(frame, "bytes", DARK, sizes=True).data[0].customdata) == ["1.2 MB"]


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
