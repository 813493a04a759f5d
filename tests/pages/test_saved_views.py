"""Saved views on the page of runs."""

from __future__ import annotations

import pytest
from streamlit.testing.v1 import AppTest

from components import drawn
from laboratory import Lab, Open, said
from studio_app.api.client import ApiError, Json
from studio_app.runs import saved_views
from uac_api.access.projects.views import PARAMETERS

pytest_plugins = ("laboratory",)

ADDRESS = {"sort": "metrics.loss asc", "columns": "status,metrics.loss"}


@pytest.fixture
def ours(lab: Lab) -> Json:
    """A view of the project, made by alice."""
    return lab.client("alice").create_view(
        lab.project, "runs", "Best of the night", ADDRESS, owner="project"
    )


def columns(at: AppTest) -> list[str]:
    return [str(name) for name in at.dataframe[0].value]


def address(at: AppTest) -> dict[str, str]:
    return {name: str(text) for name, text in at.query_params.items()}


def choose(at: AppTest, choice: str) -> AppTest:
    """Chooses in the menu of views; a dialog is pressed together with what opened it."""
    at.menu_button(key="views-menu").click(choice)
    return at


def keys(at: AppTest) -> set[str | None]:
    return {one.key for one in at.button}


def test_what_a_view_holds_stands_in_one_table_of_the_api_and_one_of_the_page() -> None:
    assert PARAMETERS["runs"] == saved_views.NAMES


def test_the_address_of_a_view_shows_it_to_everybody_who_reads_the_project(
    lab: Lab, open_page: Open, ours: Json
) -> None:
    where = {"project": lab.project, "saved": str(ours["id"])}
    at = open_page("runs", "carol", **where)
    assert columns(at) == ["name", "status", "metrics.loss"]
    assert drawn["runs_table"]["view"]["sort"] == [{"by": "metrics.loss", "ascending": True}]
    assert address(at) == where
    assert not keys(at) & {"views-save", "views-reset"}
    stranger = open_page("runs", "mallory", **where)
    assert "No such project for you" in said(stranger)
    assert "Best of the night" not in said(stranger)
    assert not stranger.dataframe


def test_what_differs_from_a_view_stands_in_the_address_and_goes_by_reset(
    lab: Lab, open_page: Open, ours: Json
) -> None:
    number = str(ours["id"])
    at = open_page(
        "runs", "carol", project=lab.project, saved=number, status="FINISHED", without="sort"
    )
    assert columns(at) == ["name", "status", "metrics.loss"]
    assert drawn["runs_table"]["view"]["sort"] == []
    at.text_input(key="filter-line").set_value("").run()
    assert address(at) == {"project": lab.project, "saved": number, "without": "sort"}
    assert "views-save" not in keys(at), "a viewer does not change the project's view"
    at.button(key="views-reset").click().run()
    assert address(at) == {"project": lab.project, "saved": number}
    assert "views-reset" not in keys(at)


def test_an_address_that_says_nothing_opens_the_first_view_of_the_project(
    lab: Lab, open_page: Open, ours: Json
) -> None:
    alice = lab.client("alice")
    alice.update_view(lab.project, ours, default=True)
    at = open_page("runs", "carol", project=lab.project)
    assert columns(at) == ["name", "status", "metrics.loss"]
    assert address(at) == {"project": lab.project}, "Back would not get past another address"
    at.text_input(key="filter-line").set_value("status = 'FAILED'").run()
    assert address(at) == {
        "project": lab.project,
        "saved": str(ours["id"]),
        "filter": "status = 'FAILED'",
    }
    assert columns(at) == ["name", "status", "metrics.loss"]
    for said_so in ({"experiment_id": "all"}, {"sort": "start desc"}):
        at = open_page("runs", "carol", project=lab.project, **said_so)
        assert len(columns(at)) > 3


def test_a_view_is_saved_under_a_name_and_mine_is_mine(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "experiment_id": lab.experiment_id}
    at = choose(open_page("runs", "carol", **where, **ADDRESS), "Save as …").run()
    assert "view-shared" not in {one.key for one in at.toggle}
    at.text_input(key="view-name").set_value("Nightly")
    at.button(key="view-create").click()
    choose(at, "Save as …").run()
    (view,) = lab.client("carol").views(lab.project, "runs")
    assert (view["name"], view["owner"]) == ("Nightly", "me")
    held = lab.client("carol").view(lab.project, str(view["id"]))["address"]
    assert held == ADDRESS | {"experiment_id": lab.experiment_id}
    assert address(at) == {"project": lab.project, "saved": str(view["id"])}
    assert columns(at) == ["name", "status", "metrics.loss"]
    other = open_page("runs", "alice", project=lab.project, saved=str(view["id"]))
    assert "This view is not there" in other.warning[0].value
    assert "Nightly" not in said(other)
    assert other.dataframe


def test_a_view_holds_how_runs_are_grouped(lab: Lab, open_page: Open) -> None:
    grouped = {"group": "params.lr", "spread": "range", "show": "table"}
    carol = lab.client("carol")
    at = choose(open_page("runs", "carol", project=lab.project, **grouped), "Save as …").run()
    at.text_input(key="view-name").set_value("By rate")
    at.button(key="view-create").click()
    choose(at, "Save as …").run()
    (view,) = carol.views(lab.project, "runs")
    assert carol.view(lab.project, str(view["id"]))["address"] == grouped
    drawn.clear()
    where = {"project": lab.project, "saved": str(view["id"])}
    at = open_page("runs", "carol", **where)
    assert drawn["runs_table"]["grouped_by"] == ["params.lr"]
    assert drawn["runs_table"]["view"]["spread"] == "range"
    assert "views-reset" not in keys(at)
    at = open_page("runs", "carol", **where, without="group")
    assert drawn["runs_table"]["grouped_by"] == []
    assert "views-reset" in keys(at)
    open_page("runs", "mallory", **where)
    assert drawn["runs_table"]["grouped_by"] == [], "a stranger is given nothing"


def test_an_owner_saves_shares_opens_first_and_deletes(lab: Lab, open_page: Open) -> None:
    alice = lab.client("alice")
    mine = alice.create_view(lab.project, "runs", "Draft", ADDRESS, owner="me")
    number = str(mine["id"])
    at = open_page("runs", "alice", project=lab.project, saved=number, status="FINISHED")
    at.button(key="views-save").click().run()
    assert address(at) == {"project": lab.project, "saved": number}
    assert alice.view(lab.project, number)["address"] == ADDRESS | {"status": "FINISHED"}
    choose(at, "Give to the project").run()
    choose(at, "Open first").run()
    view = alice.view(lab.project, number)
    assert (view["owner"], view["default"]) == ("project", True)
    choose(at, "Delete …").run()
    at.button(key="confirm-verb").click()
    choose(at, "Delete …").run()
    assert alice.views(lab.project, "runs") == []
    assert columns(at) == ["name", "status", "metrics.loss"], "what was shown stays"
    assert not at.exception


def test_a_view_that_somebody_else_changed_meanwhile_is_not_overwritten(
    lab: Lab, open_page: Open, ours: Json
) -> None:
    alice, number = lab.client("alice"), str(ours["id"])
    at = open_page("runs", "alice", project=lab.project, saved=number, status="FINISHED")
    alice.update_view(lab.project, ours, address={"sort": "start asc"})
    at.button(key="views-save").click().run()
    assert "changed the view 'Best of the night' meanwhile" in at.error[0].value
    assert alice.view(lab.project, number)["address"] == {"sort": "start asc"}
    at.button(key="views-reset").click().run()
    assert not at.error
    assert drawn["runs_table"]["view"]["sort"] == [{"by": "start", "ascending": True}]


def test_a_viewer_is_not_offered_what_the_api_would_refuse(
    lab: Lab, open_page: Open, ours: Json
) -> None:
    at = open_page("runs", "carol", project=lab.project, saved=str(ours["id"]))
    assert at.menu_button(key="views-menu").options == ["Save as …"]
    with pytest.raises(ApiError) as refused:
        lab.client("carol").update_view(lab.project, ours, name="Mine")
    assert refused.value.status == 403
