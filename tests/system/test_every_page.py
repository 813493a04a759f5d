"""Every page in a real browser: nothing breaks or complains, axe finds nothing that is ours."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from laboratory import Lab, lab
from prompted import register_prompt
from studio_app.ui.navigation import ENTRIES, url
from system.conftest import PATIENT, Visit

__all__ = ["lab"]

# Found on any Streamlit page, an empty one too: its sidebar's lists, sparklines of metrics and
# the shortcut shown on a button.
STREAMLITS_OWN = {"list", "listitem", "svg-img-alt"}
# Lines of these kinds in the browser's console are somebody's mistake.
COMPLAINTS = {"error", "warning"}
WHO = {"alice": "light", "carol": "dark", "admin": "light"}


def settled(page: Page) -> None:
    """Wait until Streamlit has drawn the page."""
    done = page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')
    expect(done).to_be_visible(timeout=PATIENT)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENT)
    expect(page.get_by_test_id("stSpinner")).to_have_count(0, timeout=PATIENT)


def objections(page: Page) -> list[str]:
    """What axe finds on the page beyond Streamlit's own."""
    found = Axe().run(page, options={"resultTypes": ["violations"]}).response["violations"]
    return [
        f"{one['id']}: {node['html'][:200]}"
        for one in found
        if one["id"] not in STREAMLITS_OWN
        for node in one["nodes"]
        if not (one["id"] == "color-contrast" and "kbd" in node["html"])
    ]


@pytest.mark.parametrize("who", WHO)
def test_every_page_opens_and_axe_finds_nothing(visit: Visit, lab: Lab, who: str) -> None:
    prompt = register_prompt(lab.stack.person("bob"), lab.project, "greeting")
    page = visit(who, "/")
    page.emulate_media(color_scheme=WHO[who])  # type: ignore[arg-type]
    address = page.url.rstrip("/")
    wrong: dict[str, list[str]] = {}
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.type in COMPLAINTS else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    for entry in ENTRIES:
        query = f"project={lab.project}&experiment_id={lab.experiment_id}&run_id={lab.best}"
        page.goto(f"{address}{url(entry.name)}?{query}&prompt={prompt}&name={lab.model}")
        expect(page.get_by_role("main").get_by_role("paragraph").first).to_be_visible(
            timeout=PATIENT
        )
        settled(page)
        broken = page.get_by_test_id("stException").all_inner_texts()
        if found := objections(page) + broken + said:
            wrong[entry.name] = found
        said.clear()
    assert not wrong, "\n".join(f"{name}: {one}" for name, found in wrong.items() for one in found)
