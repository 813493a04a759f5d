"""Notebooks: their cells and outputs, and what is none."""

import base64
from typing import Any

import pytest

from laboratory import PIXEL
from studio_app.artifacts import notebooks


def notebook(*cells: Any) -> dict[str, Any]:
    language = {"language_info": {"name": "julia"}}
    return {"nbformat": 4, "metadata": language, "cells": list(cells)}


def code(*outputs: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": ["a = 1\n", "a"], "outputs": list(outputs)}


def test_cells_are_read_in_their_order_with_what_they_gave_out() -> None:
    image = {"image/png": base64.b64encode(PIXEL).decode(), "text/plain": "<Figure>"}
    found = notebooks.from_json(
        notebook(
            {"cell_type": "markdown", "source": "# Title"},
            code(
                {"output_type": "stream", "text": ["one\n", "two"]},
                {"output_type": "display_data", "data": image},
                {"output_type": "execute_result", "data": {"text/html": "<b>", "text/plain": "1"}},
                {"output_type": "error", "traceback": ["\x1b[31mValueError\x1b[0m: no"]},
            ),
            {"cell_type": "raw", "source": "raw"},
        )
    )
    assert found is not None
    assert (found.language, found.cut) == ("julia", False)
    assert [(part.kind, part.text) for part in found.parts] == [
        ("markdown", "# Title"),
        ("code", "a = 1\na"),
        ("output", "one\ntwo"),
        ("image", ""),
        ("output", "1"),
        ("error", "ValueError: no"),
        ("output", "raw"),
    ]
    assert found.parts[3].content == PIXEL


@pytest.mark.parametrize(
    "output",
    [
        None,
        {},
        {"data": {"image/png": "%%%", "text/plain": ""}},
        {"data": []},
        {"text": {"a": 1}},
        {"text": [1, None]},
    ],
)
def test_an_odd_output_is_left_out(output: Any) -> None:
    found = notebooks.from_json(notebook(code(output)))
    assert found is not None
    assert [part.kind for part in found.parts if part.kind != "image"] == ["code"]


@pytest.mark.parametrize("value", [None, [], {}, {"cells": []}, {"cells": {}, "nbformat": 4}])
def test_what_is_no_notebook_stays_text(value: Any) -> None:
    assert notebooks.from_json(value) is None


def test_of_a_long_notebook_the_first_cells_and_of_a_long_text_its_beginning() -> None:
    long = {"output_type": "stream", "text": "x" * 1_000_000}
    found = notebooks.from_json(notebook(*[code(long)] * (notebooks.MOST_CELLS + 1)))
    assert found is not None
    assert found.cut
    assert len(found.parts) == 2 * notebooks.MOST_CELLS
    assert max(len(part.text) for part in found.parts) == notebooks.MOST_SIGNS
