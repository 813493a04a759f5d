"""Thinning and smoothing of metric histories."""

import math

import pandas as pd

from studio_app.history import smoothed, thin


def _frame(values: list[float]) -> pd.DataFrame:
    return pd.DataFrame({"value": values, "step": range(len(values)), "time": 0})


def test_a_short_history_is_kept_whole() -> None:
    assert thin(_frame([1.0, 2.0, 3.0]))["value"].tolist() == [1.0, 2.0, 3.0]


def test_a_long_history_keeps_its_spikes_its_ends_and_its_order() -> None:
    values = [1.0] * 100_000
    values[31_416], values[77_777] = 50.0, -50.0
    found = thin(_frame(values))
    assert len(found) <= 1000
    assert found["value"].max() == 50.0
    assert found["value"].min() == -50.0
    assert found["step"].iloc[0] == 0
    assert found["step"].iloc[-1] == 99_999
    assert found["step"].is_monotonic_increasing


def test_a_long_history_of_nothing_but_nan_does_not_fail() -> None:
    assert len(thin(_frame([math.nan] * 5000))) == 2
    assert len(thin(_frame([math.inf] * 2500 + [1.0] * 2500))) <= 1000


def test_smoothing_starts_at_the_height_of_the_curve_and_steps_over_nan() -> None:
    found = smoothed([4.0, math.nan, 4.0, 4.0], 0.9)
    assert found[0] == 4.0
    assert math.isnan(found[1])
    assert found[2:] == [4.0, 4.0]
    assert smoothed([1.0, 3.0], 0.0) == [1.0, 3.0]
