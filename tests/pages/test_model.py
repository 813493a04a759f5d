"""The page of one registered model."""

import json

import pytest
from streamlit.testing.v1 import AppTest

from laboratory import Lab, Open, links, mlflow_links, put_file, put_model, said
from serving import press
from studio_app.models import registry
from studio_app.models.version_dialogs import alias_allowed

pytest_plugins = ("laboratory",)


def test_the_newest_version_is_shown_and_all_are_listed(lab: Lab, open_page: Open) -> None:
    at = open_page("model", "carol", project=lab.project, model=lab.model)
    assert not at.exception
    assert "Version 2" in said(at)
    assert "Scores." in said(at)
    table = at.dataframe[-1].value
    assert table["Version"].tolist() == ["Version 2", "Version 1"]
    assert table["loss"].tolist() == ["0.1", "0.1"]
    assert table["By"].tolist() == ["bob", "bob"]
    assert all("second" in age or age == "just now" for age in table["Age"]), table["Age"]
    assert ("run", f"project={lab.project}&run_id={lab.best}") in links(at)


def test_a_version_leads_back_to_its_run_data_and_code(lab: Lab, open_page: Open) -> None:
    bob = lab.stack.person("bob")
    dataset = {"name": "patients", "digest": "d1g3st", "source_type": "local", "source": "{}"}
    inputs = {"run_id": lab.best, "datasets": [{"dataset": dataset, "tags": []}]}
    assert bob.mlflow(lab.project, "POST", "runs/log-inputs", inputs).status == 200
    tag = {"run_id": lab.best, "key": "mlflow.source.git.commit", "value": "c0ffee" * 6}
    assert bob.mlflow(lab.project, "POST", "runs/set-tag", tag).status == 200
    at = open_page("model", "carol", project=lab.project, model=lab.model)
    for text in ("Run sgd", "Data patients d1g3st", "Code c0ffeec0"):
        assert text in said(at), text


HOSTILE = "# Card\n\n![spy](https://evil.example/x.png) :green-badge[@champion]"
INERT = "# Card\n\n!\\[spy](https://evil.example/x.png) \\:green-badge[@champion]"


def describe(lab: Lab, text: str, version: str = "") -> None:
    """Has bob write the card of the model, or of a version."""
    client = lab.client("bob")
    if version:
        registry.describe_version(client, lab.project, lab.model, version, text)
    else:
        registry.describe_model(client, lab.project, lab.model, text)


def buttons(at: AppTest) -> list[str]:
    """The labels of the buttons of a page."""
    return [button.label for button in at.main.button]


def test_the_card_of_a_model_is_shown_without_images_and_badges(lab: Lab, open_page: Open) -> None:
    describe(lab, HOSTILE)
    where = {"project": lab.project, "model": lab.model, "part": "Model card"}
    at = open_page("model", "carol", **where)
    shown = [element.value for element in at.markdown]
    assert INERT in shown
    assert not [text for text in shown if "![" in text or " :green-badge[@champion]" in text]
    assert "Images are not loaded" in said(at)
    assert "Edit card" not in buttons(at)
    assert not at.menu_button
    assert "evil" not in said(open_page("model", "mallory", **where))


def test_a_contributor_writes_a_card_from_a_template(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "model": lab.model, "version": "2", "tab": "Card"}
    assert "Write a card" not in buttons(open_page("model", "carol", **where))
    at = open_page("model", "bob", **where)
    assert "No card of this version yet" in said(at)
    press(at, "Write a card").run()
    press(at, "Write a card")
    press(at, "Begin with a template").run()
    area = at.text_area(key="card-text-2")
    assert "## Limits" in str(area.value)
    assert "| loss | 0.1 |" in str(area.value)
    press(at, "Write a card")
    press(at, "Save").run()
    assert not at.exception
    frame, _ = registry.versions(lab.client("carol"), lab.project, lab.model, {})
    assert frame["description"].iloc[0].startswith("## What it is for")
    assert "Edit card" in buttons(open_page("model", "bob", **where))


def test_two_cards_are_compared(lab: Lab, open_page: Open) -> None:
    describe(lab, "Old.", "1")
    describe(lab, "New.", "2")
    where = {"project": lab.project, "model": lab.model, "version": "2", "tab": "Card"}
    text = said(open_page("model", "carol", **where))
    assert "-Old." in text
    assert "+New." in text
    assert "-Old." not in said(open_page("model", "carol", **where, against="-"))


def test_an_owner_sees_who_moved_an_alias_and_a_viewer_where_it_is(
    lab: Lab, open_page: Open
) -> None:
    registry.set_alias(lab.client("alice"), lab.project, lab.model, "champion", "2")
    where = {"project": lab.project, "model": lab.model, "part": "Alias history"}
    at = open_page("model", "alice", **where)
    assert not at.exception
    (table,) = at.dataframe
    assert table.value["From"].tolist() == ["Version 1", "–"]  # noqa: RUF001
    assert table.value["To"].tolist() == ["Version 2", "Version 1"]
    assert table.value["By"].tolist() == ["alice", "alice"]
    for member in ("bob", "carol"):
        at = open_page("model", member, **where)
        assert "The history is for owners" in said(at)
        assert "@champion → 2" in said(at)
        assert not at.dataframe
    assert "champion" not in said(open_page("model", "mallory", **where))


def test_a_model_without_aliases_has_no_history(lab: Lab, open_page: Open) -> None:
    client = lab.client("bob")
    registry.create_model(client, lab.project, f"{lab.project}-new")
    where = {"project": lab.project, "model": f"{lab.project}-new", "part": "Alias history"}
    assert "No alias was moved" in said(open_page("model", "alice", **where))
    registry.create_model(client, lab.project, f"{lab.project}-{'x' * 120}")
    where["model"] = f"{lab.project}-{'x' * 120}"
    assert "names as long as this one" in said(open_page("model", "alice", **where))


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


@pytest.mark.parametrize(
    ("tab", "texts"),
    [
        ("Metrics", []),
        ("Parameters", ["same parameters"]),
        ("Signature", ["**Inputs**", "**Example**", "41.50"]),
        ("Environment", ["flavours sklearn", "scikit-learn==1.8", "same packages as version 1"]),
        ("Use it", ["mlflow models serve --model-uri=models:/"]),
    ],
)
def test_a_version_tells_what_it_can_and_how_it_differs_from_the_one_in_use(
    lab: Lab, open_page: Open, tab: str, texts: list[str]
) -> None:
    put_model(lab)
    at = open_page("model", "carol", project=lab.project, model=lab.model, version="2", tab=tab)
    assert not at.exception
    assert at.selectbox(key="version-against").value == "1"
    for text in texts:
        assert text in said(at), text
    if tab == "Metrics":
        rows = at.dataframe[0].value.set_index("Metric").to_dict("index")
        assert rows["loss"] == {"Version 2": "0.1", "Version 1": "0.1", "Difference": "±0"}
    if tab == "Signature":
        assert at.dataframe[0].value["Name"].tolist() == ["age"]


def test_of_a_long_example_the_beginning_is_shown(lab: Lab, open_page: Open) -> None:
    put_model(lab)
    where = f"{lab.experiment_id}/{lab.best}/artifacts/model/input_example.json"
    content = json.dumps({"data": list(range(50_000, 60_000))}).encode()
    put_file(lab.stack.person("bob"), lab.project, where, content)
    address = {"project": lab.project, "model": lab.model, "tab": "Signature"}
    example = str(open_page("model", "carol", **address).code[-1].value)
    assert len(example.splitlines()) == 61
    assert example.endswith("…")
    put_file(lab.stack.person("bob"), lab.project, where, b"x" * 50_000)
    example = str(open_page("model", "carol", **address).code[-1].value)
    assert example == "x" * 10_000 + "\n…"


def test_a_version_without_files_or_run_says_what_is_missing(lab: Lab, open_page: Open) -> None:
    where = {"project": lab.project, "model": lab.model, "version": "1"}
    for tab, text in (("Signature", "No signature"), ("Environment", "No list of packages")):
        assert text in said(open_page("model", "carol", **where, tab=tab))
    at = open_page("model", "carol", **where, tab="Metrics", against="-")
    assert list(at.dataframe[0].value.columns) == ["Metric", "Version 1"]
