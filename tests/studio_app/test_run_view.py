"""The arrangement of the table of runs in the address."""

import pytest

from ml_studio.runs_table import SortTerm, TableView, ViewColumn
from studio_app.runs.table import run_view

USUAL = ["status", "metrics.loss"]


def test_what_is_usual_leaves_no_trace() -> None:
    view = run_view.read({}, USUAL)
    assert [column.id for column in view.columns] == ["name", *USUAL]
    assert set(run_view.write(view, USUAL).values()) == {""}


def test_a_view_comes_back_as_it_was_written() -> None:
    view = TableView(
        columns=(
            ViewColumn("name"),
            ViewColumn("params.lr rate", 120),
            ViewColumn("metrics.test/auc: mean", pinned=True),
            ViewColumn("status", 90, pinned=True),
        ),
        sort=(SortTerm("metrics.loss", True), SortTerm("start", False)),
        baselines=("5c0f", "91aa"),
        only_differing=True,
        shading="bars",
        best={"metrics.score": "lower"},
        group=("status", "user", "params.lr rate"),
        spread="range",
    )
    written = run_view.write(view, USUAL)
    assert written["columns"] == "params.lr rate~120,metrics.test/auc: mean~pin,status~90~pin"
    assert written["group"] == "attributes.status,tags.mlflow.user,params.lr rate"
    assert run_view.read(written, USUAL) == view


def test_another_order_of_the_usual_columns_is_written() -> None:
    view = run_view.read({"columns": "metrics.loss,status"}, USUAL)
    assert run_view.write(view, USUAL)["columns"] == "metrics.loss,status"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("sort", "nonsense"),
        ("sort", "start desc"),
        ("columns", ",,"),
        ("top_runs", ","),
        ("only", "yes"),
        ("cells", "glitter"),
        ("best", "metrics.loss~sideways,lower"),
        ("group", "metrics.loss,start,,nonsense"),
        ("spread", "butter"),
    ],
)
def test_an_address_that_says_nothing_that_is_known_is_the_usual_view(name: str, text: str) -> None:
    assert run_view.read({name: text}, USUAL) == run_view.read({}, USUAL)


def test_widths_that_no_screen_has_are_left_out_and_columns_come_once() -> None:
    view = run_view.read({"columns": "a~9999999999,a,b~-5,c~x"}, USUAL)
    assert view.columns[1:] == (ViewColumn("a"), ViewColumn("b"), ViewColumn("c"))
