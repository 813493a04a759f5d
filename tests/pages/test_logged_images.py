"""Images over steps: on the page of a run, and of compared runs beside each other."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from laboratory import PIXEL, Lab, Open, put_file, said

pytest_plugins = ("laboratory",)

UUID = "0b9f1f0e-8f0c-4b51-9d0c-0123456789ab"


def log_image(lab: Lab, run_id: str, key: str, step: int, content: bytes = PIXEL) -> None:
    bob = lab.stack.person("bob")
    name = f"images/{key}+step+{step}+timestamp+1700000000000+{UUID}.png"
    put_file(bob, lab.project, f"{lab.experiment_id}/{run_id}/artifacts/{name}", content)
    tag = {"run_id": run_id, "key": "mlflow.loggedImages", "value": "True"}
    assert bob.mlflow(lab.project, "POST", "runs/set-tag", tag).status == 200


def captions(at: AppTest) -> list[str]:
    """What stands below the images of a page."""
    return [one.caption for found in at.get("image") for one in found.proto.imgs]


def charts(lab: Lab, open_page: Open, who: str = "carol", **address: str) -> AppTest:
    at = open_page("run", who, project=lab.project, run_id=lab.best, tab="Charts", **address)
    assert not at.exception
    return at


def test_the_newest_image_of_a_run_is_shown_and_a_step_can_be_chosen(
    lab: Lab, open_page: Open
) -> None:
    for step in (0, 1000):
        log_image(lab, lab.best, "confusion matrix", step)
    at = charts(lab, open_page)
    assert captions(at) == ["confusion matrix, step 1\u202f000"]
    at.select_slider[0].set_value("0").run()
    assert captions(at) == ["confusion matrix, step 0"]
    assert at.query_params["step"] == "0"


def test_the_address_names_the_image_and_the_step(lab: Lab, open_page: Open) -> None:
    for key in ("a", "loss~map"):
        log_image(lab, lab.best, key, 3)
    assert captions(charts(lab, open_page, image="loss/map", step="3")) == ["loss/map, step 3"]
    assert captions(charts(lab, open_page, image="no such", step="x")) == ["a, step 3"]


def test_a_run_without_images_has_no_place_for_them(lab: Lab, open_page: Open) -> None:
    assert "Images" not in [header.value for header in charts(lab, open_page).header]


@pytest.mark.parametrize("content", [b"", PIXEL[:30], b"no image"])
def test_a_file_that_is_no_image_leaves_the_page_standing(
    lab: Lab, open_page: Open, content: bytes
) -> None:
    log_image(lab, lab.best, "a", 0, content)
    at = charts(lab, open_page)
    assert "This file is no image that can be shown." in said(at)
    assert captions(at) == []


def test_compared_runs_show_the_same_step_beside_each_other(lab: Lab, open_page: Open) -> None:
    for step in (0, 40):
        log_image(lab, lab.best, "confusion", step)
    log_image(lab, lab.child, "confusion", 20)
    where = {"project": lab.project, "compare": f"{lab.best},{lab.child}", "show": "table"}
    at = open_page("runs", "carol", **where)
    assert captions(at) == ["confusion, step 40", "confusion, step 20"]
    at.select_slider[0].set_value("0").run()
    assert captions(at) == ["confusion, step 0"]
    assert "None up to this step." in said(at)


def test_a_stranger_sees_none(lab: Lab, open_page: Open) -> None:
    log_image(lab, lab.best, "secret plot", 0)
    at = charts(lab, open_page, "mallory")
    assert captions(at) == []
    assert "secret plot" not in said(at)
