"""The page of a project in a real browser: an owner writes its notes, a viewer goes on from it."""

from __future__ import annotations

from playwright.sync_api import expect

from laboratory import Lab, begin, lab
from system.conftest import Visit
from system.test_every_page import objections, settled

__all__ = ["lab"]


def test_an_owner_writes_notes_and_a_viewer_reads_them_and_goes_on_to_the_best_run(
    visit: Visit, lab: Lab
) -> None:
    begin(lab.stack.person("bob"), lab, "goes on", "RUNNING")
    owner = visit("alice", f"/project?project={lab.project}")
    owner.get_by_role("button", name="Add notes").click()
    owner.get_by_label("What it is for").fill("## Rings\nRead the *handbook* first.")
    owner.get_by_role("button", name="Save").click()
    expect(owner.get_by_role("heading", name="Rings")).to_be_visible()
    page = visit("carol", f"/project?project={lab.project}&metric=loss")
    expect(page.get_by_text("Read the handbook first.")).to_be_visible()
    expect(page.get_by_role("link", name="goes on")).to_be_visible()
    settled(page)
    assert objections(page) == []
    page.get_by_role("link", name="All runs in this order").click()
    expect(page.locator(".ag-row a.name").first).to_have_text("sgd")
    page.go_back()
    page.get_by_role("link", name="sgd").click()
    expect(page.get_by_role("heading", name="sgd")).to_be_visible()
