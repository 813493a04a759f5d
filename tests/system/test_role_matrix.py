"""The matrix of roles in a browser: a cell is chosen by pointer or keys, and says whose it is."""

from __future__ import annotations

from playwright.sync_api import expect

from conftest import Stack
from system.conftest import Visit


def test_a_cell_is_chosen_and_leads_to_why(visit: Visit, stack: Stack) -> None:
    slug = stack.new_project()
    page = visit("admin", f"/permissions?project={slug}")
    main = page.get_by_role("main")
    cell = main.get_by_title(f"bob: contributor in {slug}")
    cell.click()
    expect(main.get_by_text(f"bob in {slug}, role of their own: contributor")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(main.get_by_text(f"carol in {slug}, role of their own: viewer")).to_be_visible()
    main.get_by_role("link", name="Why?").click()
    expect(page.get_by_role("heading", name="Why?")).to_be_visible()
    expect(main.get_by_text("carol")).to_be_visible()
