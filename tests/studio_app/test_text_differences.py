"""How the longer texts of two runs differ."""

import pyarrow as pa
import pytest

from studio_app.runs import text_differences


def test_json_has_a_line_for_each_value_and_each_as_it_was_logged() -> None:
    text = '{"lr": 0.10, "big": 12345678901234567890, "a": [1e-05, {"b": "x, {y}"}], "none": []}'
    assert text_differences.in_lines(text).splitlines() == [
        "{",
        '  "lr": 0.10,',
        '  "big": 12345678901234567890,',
        '  "a": [',
        "    1e-05,",
        "    {",
        '      "b": "x, {y}"',
        "    }",
        "  ],",
        '  "none": [',
        "  ]",
        "}",
    ]


@pytest.mark.parametrize("text", ["{not json}", "a: 1\nb: 2", "", "[" * 100_000, "1e5"])
def test_any_other_text_stays_as_it_is(text: str) -> None:
    assert text_differences.in_lines(text) == text


def test_only_the_value_that_changed_is_told() -> None:
    found = text_differences.between('{"lr": 0.1, "seed": 1}', '{"lr": 0.10, "seed": 1}')
    assert found.splitlines()[1:] == [" {", '-  "lr": 0.1,', '+  "lr": 0.10,', '   "seed": 1', " }"]
    yaml = text_differences.between("lr: 1\nseed: 1\n", "lr: 1\nseed: 2\n")
    assert yaml.splitlines()[1:] == [" lr: 1", "-seed: 1", "+seed: 2"]
    assert "white space" in text_differences.between('{"a":1}', '{ "a" : 1 }')


def test_what_is_read_at_a_glance_and_what_is_mlflows_own_is_left_out() -> None:
    rows = pa.table(
        {
            "params.lr": ["0.1", "0.2"],
            "params.net": ['{"layers": 2}', '{"layers": 3}'],
            "params.same": ["x" * 99, "x" * 99],
            "params.prompt": ["a" * 99, None],
            "tags.mlflow.log": ["{}", "[]"],
            "metrics.loss": [1.0, 2.0],
        }
    )
    assert set(text_differences.of(rows)) == {"params.net", "params.prompt"}
