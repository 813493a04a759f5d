"""The page of a model in a real browser: a card is written, and foreign text is only text."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from laboratory import Lab, lab, put_model
from system.conftest import PATIENT, Visit
from system.test_every_page import darken, objections, settled

__all__ = ["lab"]

SPY = "![spy](https://spy.example/x.png) :green-badge[@champion] :material/verified: <b>bold</b>"


def test_a_card_is_written_with_a_preview_and_loads_nothing(visit: Visit, lab: Lab) -> None:
    bob = lab.stack.person("bob")
    plain = {"name": lab.model, "description": ""}
    assert bob.mlflow(lab.project, "PATCH", "registered-models/update", plain).status == 200
    page = visit("bob", f"/model?project={lab.project}&model={lab.model}&part=Model+card")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.get_by_role("button", name="Write a card").click(timeout=PATIENT)
    page.get_by_role("button", name="Begin with a template").click()
    area = page.get_by_role("textbox", name="Card")
    expect(area).to_have_value(re.compile("## Limits"))
    area.fill(f"{area.input_value()}\n{SPY}\n")
    page.get_by_role("tab", name="Preview").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Limits")).to_be_visible()
    expect(dialog).to_contain_text("![spy](https://spy.example/x.png) :green-badge[@champion]")
    dialog.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The card is saved.")).to_be_visible()
    card = page.locator(".st-key-card-model")
    expect(card.get_by_role("heading", name="Limits")).to_be_visible()
    # An icon's name is taken apart by a letter that is not seen.
    expect(card).to_contain_text(":\u2060material/verified: <b>bold</b>")
    expect(card.locator("img, [data-testid=stIconMaterial], .stMarkdownBadge")).to_have_count(0)
    assert not [url for url in asked if "spy.example" in url]
    # Streamlit's own notice has no name.
    expect(page.get_by_test_id("stToast")).to_have_count(0)
    settled(page)
    assert objections(page) == []


def test_each_part_of_a_version_can_be_read_in_both_themes(visit: Visit, lab: Lab) -> None:
    put_model(lab)
    bob = lab.stack.person("bob")
    for version, text in (("1", "Old.\n\nSame."), ("2", "New.\n\nSame.")):
        card = {"name": lab.model, "version": version, "description": text}
        assert bob.mlflow(lab.project, "PATCH", "model-versions/update", card).status == 200
    page = visit("carol", f"/model?project={lab.project}&model={lab.model}")
    page.emulate_media(reduced_motion="reduce")
    found: dict[str, list[str]] = {}
    for theme in ("light", "dark"):
        if theme == "dark":
            darken(page)
        for tab in ("Metrics", "Parameters", "Signature", "Environment", "Card", "Use it"):
            page.get_by_role("tab", name=tab, exact=True).click(timeout=PATIENT)
            settled(page)
            difference = page.get_by_text("What changed since version 1")
            if tab == "Card" and not page.get_by_text("-Old.").is_visible():
                difference.click()
                expect(page.get_by_text("-Old.")).to_be_visible()
            found[f"{theme}: {tab}"] = objections(page)
    assert {where: one for where, one in found.items() if one} == {}


def test_an_alias_that_is_moved_is_in_the_history(visit: Visit, lab: Lab) -> None:
    where = f"/model?project={lab.project}&model={lab.model}"
    page = visit("alice", f"{where}&version=2")
    versions = page.get_by_role("tabpanel", name="Versions")
    versions.get_by_role("button", name="more_vert").click(timeout=PATIENT)
    page.get_by_role("menuitem", name="Aliases").click()
    box = page.get_by_role("dialog").get_by_role("combobox")
    box.fill("champion")
    box.press("Enter")
    page.get_by_role("button", name="Set alias").click()
    expect(page.get_by_text("champion points at version 2 now.")).to_be_visible()
    expect(page.get_by_test_id("stMain")).to_contain_text("@champion → 2")
    expect(page.get_by_test_id("stToast")).to_have_count(0)
    settled(page)
    assert objections(page) == []
    page.get_by_role("tab", name="Alias history").click()
    expect(page.get_by_role("region", name="Moves of the aliases")).to_be_visible()
    settled(page)
    assert objections(page) == []
    page.get_by_role("link", name="Open the audit trail").click()
    expect(page.get_by_role("heading", name="Audit")).to_be_visible()
    expect(page.get_by_text("What happened in")).to_be_visible()
