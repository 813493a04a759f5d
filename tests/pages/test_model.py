"""The page of one registered model."""

import pytest

from laboratory import Lab, Open, links, mlflow_links, said
from studio_app.models.model_version import alias_allowed

pytest_plugins = ("laboratory",)


def test_the_newest_version_is_shown_and_all_are_listed(lab: Lab, open_page: Open) -> None:
    at = open_page("model", "carol", project=lab.project, model=lab.model)
    assert not at.exception
    assert "Version 2" in said(at)
    assert "Scores." in said(at)
    table = at.dataframe[0].value
    assert table["Version"].tolist() == ["Version 2", "Version 1"]
    assert ("run", f"project={lab.project}&run_id={lab.best}") in links(at)


def test_the_address_chooses_a_version(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "model": lab.model}
    at = open_page("model", "carol", **where, version="1")
    assert f"models:/{lab.model}@champion" in said(at)
    assert "There is no version 9" in said(open_page("model", "carol", **where, version="9"))


def test_a_stranger_sees_nothing_of_a_model(lab: Lab, open_page: Open) -> None:
    at = open_page("model", "mallory", project=lab.project, model=lab.model)
    assert lab.model not in said(at)
    assert not at.dataframe


def test_a_model_is_not_found_through_another_project(lab: Lab, open_page: Open) -> None:
    other = lab.stack.new_project()
    assert "No such model" in said(open_page("model", "carol", project=other, model=lab.model))


@pytest.mark.parametrize(
    ("alias", "allowed"),
    [
        ("champion", True),
        ("prod_2-b", True),
        ("", False),
        ("latest", False),
        ("V3", False),
        ("a b", False),
        ("é", False),
    ],
)
def test_an_alias_is_what_mlflow_takes(alias: str, allowed: bool) -> None:
    assert alias_allowed(alias) is allowed


def test_the_page_leads_to_the_same_place_in_mlflows_interface(lab: Lab, open_page: Open) -> None:
    at = open_page("model", "carol", project=lab.project, model=lab.model)
    start = f"{lab.stack.uac.url}/projects/{lab.project}/#/"
    assert mlflow_links(at) == [f"{start}models/{lab.model}"]
    assert mlflow_links(open_page("model", "mallory", project=lab.project, model=lab.model)) == []
