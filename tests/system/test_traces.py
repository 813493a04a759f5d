"""The page of a trace in a real browser: its tree by pointer and by keyboard, texts as texts."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from laboratory import Lab, lab
from system.conftest import PATIENT, Visit
from system.test_every_page import objections, settled
from traced import HOSTILE, QUESTION, LoggedSpan, log_trace

__all__ = ["lab"]


def span(page: Page, name: str) -> Locator:
    """A row of the tree."""
    return page.get_by_role("treeitem", name=name)


def test_a_trace_is_read_by_pointer_and_by_keyboard(visit: Visit, lab: Lab) -> None:
    more = tuple(
        LoggedSpan(f"step {at}", parent=1, start=0.2 + at / 2000, seconds=0.01) for at in range(400)
    )
    trace_id = log_trace(lab.stack.person("bob"), lab, (*QUESTION, *more))
    page = visit("carol", f"/trace?project={lab.project}&trace_id={trace_id}")
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    # What failed is open at first; of many spans only the first levels are.
    expect(span(page, "write")).to_have_attribute("aria-selected", "true", timeout=PATIENT)
    expect(page.get_by_role("region", name="The chosen span")).to_contain_text("No model answered.")
    expect(span(page, "find")).to_have_attribute("aria-expanded", "false")
    settled(page)
    assert objections(page) == []

    span(page, "find").click()
    side = page.get_by_role("region", name="The chosen span")
    expect(side).to_contain_text(HOSTILE)
    expect(side.locator("img")).to_have_count(0)

    page.get_by_role("tree").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(span(page, "step 0,")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowLeft")
    expect(span(page, "find")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Home")
    expect(span(page, "answer")).to_have_attribute("aria-selected", "true")
    expect(side).to_contain_text("12345678901234567890")
    page.keyboard.press("End")
    expect(span(page, "write")).to_have_attribute("aria-selected", "true")
    # Of 403 rows those that can be seen are there.
    assert page.get_by_role("treeitem").count() < 60

    page.get_by_role("searchbox", name="Search the spans").fill("step 399")
    expect(page.get_by_role("status").filter(has_text="1 found")).to_be_visible()
    page.keyboard.press("Enter")
    expect(span(page, "step 399")).to_have_attribute("aria-selected", "true")
    assert said == []
