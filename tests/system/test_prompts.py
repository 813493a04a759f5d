"""A prompt in a real browser: written, changed, compared, promoted, and found by its traces."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from laboratory import Lab, lab
from prompted import HOSTILE, link_prompt
from system.conftest import PATIENT, Visit
from system.test_every_page import objections, settled
from traced import log_trace

__all__ = ["lab"]

PROMOTED = re.compile(r"@production\s*→\s*2")


def test_a_prompt_is_written_changed_compared_promoted_and_found_by_its_traces(
    visit: Visit, lab: Lab
) -> None:
    page = visit("alice", f"/prompts?project={lab.project}")
    studio = page.url.partition("/prompts")[0]
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.get_by_role("button", name="New prompt").click()
    page.get_by_label("Name", exact=True).fill("greeting")
    text = page.get_by_role("textbox", name="Text", exact=True)
    text.fill(f"Dear {{{{name}}}},\nwelcome. {HOSTILE}")
    text.press("Control+Enter")
    page.get_by_role("textbox", name="name", exact=True).fill("Ada")
    page.get_by_role("textbox", name="name", exact=True).press("Control+Enter")
    written = page.get_by_role("region", name="Text of the prompt")
    expect(written).to_contain_text(f"Dear Ada,welcome. {HOSTILE}")
    settled(page)
    assert objections(page) == []
    page.get_by_role("button", name="Create prompt").click()
    expect(page).to_have_title("greeting · ML Studio", timeout=PATIENT)
    expect(written.locator(".variable")).to_have_text("{{name}}")

    page.get_by_role("button", name="New version").click()
    text.fill("Dear {{name}},\nwelcome home.")
    page.get_by_role("textbox", name="What is new").fill("Warmer")
    page.get_by_role("textbox", name="What is new").press("Enter")
    page.get_by_role("button", name="Save version").click()
    expect(page.get_by_text("Version 2", exact=True).first).to_be_visible(timeout=PATIENT)
    page.get_by_role("tab", name="Compare").click()
    difference = page.get_by_role("region", name="Text: what has changed")
    expect(difference.locator("ins")).to_contain_text("welcome home.")
    expect(difference.locator("del")).to_contain_text(HOSTILE)
    expect(difference.locator("script")).to_have_count(0)
    # Streamlit's own notice has no name.
    expect(page.get_by_test_id("stToast")).to_have_count(0, timeout=PATIENT)
    settled(page)
    assert objections(page) == []

    page.get_by_test_id("stMain").get_by_role("button", name="more_vert").last.click()
    page.get_by_role("menuitem", name="Aliases").click()
    alias = page.get_by_role("dialog").get_by_role("combobox")
    alias.fill("production")
    alias.press("Enter")
    page.get_by_role("button", name="Set alias").click()
    expect(page.get_by_test_id("stMain")).to_contain_text(PROMOTED, timeout=PATIENT)

    used = log_trace(lab.stack.person("bob"), lab)
    link_prompt(lab.stack.person("bob"), lab, used, "greeting", "2")
    page.get_by_role("tab", name="Used by").click()
    page.get_by_role("link", name="answer").click()
    expect(page).to_have_url(f"{studio}/trace?project={lab.project}&trace_id={used}")
    page.get_by_role("link", name="greeting version 2").click()
    expect(page).to_have_title("greeting · ML Studio", timeout=PATIENT)
    assert wrong == []
