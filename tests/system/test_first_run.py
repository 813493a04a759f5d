"""A newcomer in a browser: a token is filled in, and the page shows what was logged with it."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from conftest import Stack
from content import new_experiment, new_run
from people import Person
from system.conftest import Visit


def test_the_page_waits_for_the_first_run_and_shows_it(visit: Visit, stack: Stack) -> None:
    slug = stack.new_project()
    page = visit("bob", f"/connect?project={slug}")
    main = page.get_by_role("main")
    expect(main.get_by_text("Waiting")).to_be_visible()
    main.get_by_role("button", name="Create a token and fill it in").click()
    snippet = main.locator("code", has_text="mls_").first
    expect(snippet).to_be_visible()
    found = re.search(r'"(mls_[^"]+)"', snippet.inner_text())
    assert found
    bob = Person("bob", stack.uac.url, f"Bearer {found[1]}")
    new_run(bob, slug, new_experiment(bob, slug), run_name="hello")
    expect(main.get_by_text("Your first run is there")).to_be_visible()
    expect(main.get_by_role("link", name="hello")).to_be_visible()
    assert found[1] not in page.content()
