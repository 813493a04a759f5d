"""Every page in a real browser: nothing breaks or complains, axe finds nothing that is ours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from laboratory import Lab, lab
from prompted import register_prompt
from studio_app.ui.navigation import ENTRIES, Entry, url
from system.conftest import PATIENT, Visit

__all__ = ["lab"]

# Found on any Streamlit page, an empty one too: its sidebar's lists, sparklines of metrics and
# the shortcut shown on a button.
STREAMLITS_OWN = {"list", "listitem", "svg-img-alt"}
# Lines of these kinds in the browser's console are somebody's mistake.
COMPLAINTS = {"error", "warning"}
OFFER_LESS = {"run", "members", "edit_prompt", "permissions"}
# Who opens which pages: an owner all that are hers, a viewer those that refuse her or offer her
# less, an administrator theirs.
WHO: dict[str, Callable[[Entry], bool]] = {
    "alice": lambda entry: not entry.administrators,
    "carol": lambda entry: (
        entry.owners or entry.name in {"permissions", "run", "members", "edit_prompt"}
    ),
    "admin": lambda entry: entry.administrators or entry.owners or entry.name == "home",
}


def settled(page: Page) -> None:
    """Wait until Streamlit has drawn the page."""
    done = page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]')
    expect(done).to_be_visible(timeout=PATIENT)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0, timeout=PATIENT)
    expect(page.get_by_test_id("stSpinner")).to_have_count(0, timeout=PATIENT)


def objections(page: Page, *only: str) -> list[str]:
    """What axe finds on the page beyond Streamlit's own; with `only` by these rules alone."""
    options: dict[str, object] = {"resultTypes": ["violations"]}
    if only:
        options["runOnly"] = list(only)
    found = Axe().run(page, options=options).response["violations"]
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
    address = page.url.rstrip("/")
    wrong: dict[str, list[str]] = {}
    said: list[str] = []
    page.on("console", lambda line: said.append(line.text) if line.type in COMPLAINTS else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    for entry in filter(WHO[who], ENTRIES):
        query = f"project={lab.project}&experiment_id={lab.experiment_id}&run_id={lab.best}"
        page.emulate_media(color_scheme="light", reduced_motion="reduce")
        page.goto(f"{address}{url(entry.name)}?{query}&prompt={prompt}&name={lab.model}")
        expect(page.get_by_role("main").get_by_role("paragraph").first).to_be_visible(
            timeout=PATIENT
        )
        settled(page)
        found = [f"light: {one}" for one in objections(page)]
        darken(page)
        # Of all that axe looks at a theme changes the colours only.
        found += [f"dark: {one}" for one in objections(page, "color-contrast")]
        found += page.get_by_test_id("stException").all_inner_texts()
        if found or said:
            wrong[entry.name] = found + said
        said.clear()
    assert not wrong, "\n".join(f"{name}: {one}" for name, found in wrong.items() for one in found)


def darken(page: Page) -> None:
    """Have the system's theme become dark, which the page follows while it is open."""
    page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    page.wait_for_function(
        """() => {
            const drawn = getComputedStyle(document.querySelector('[data-testid="stApp"]'));
            const [red] = drawn.backgroundColor.match(/\\d+/g).map(Number);
            return red < 80 && !document.getAnimations().some((one) => one.playState === 'running'
                && one instanceof CSSTransition);
        }""",
        timeout=PATIENT,
    )
