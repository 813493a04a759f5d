"""From the administrator's dialog to the invited person's first page, in a real browser."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from conftest import Stack
from people import PASSWORD, Person
from processes import Program
from system.conftest import PATIENT, Visit


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """The browser of somebody who has no account yet."""
    made = browser.new_context(viewport={"width": 1440, "height": 900})
    yield made
    made.close()


def invite(admin: Person, studio: Program, username: str, **more: str) -> str:
    """The link of a new invitation; the uac_api of these tests knows no address of Studio."""
    reply = admin.studio("POST", "/invitations", {"username": username, **more})
    assert reply.status == 201, reply.body
    return f"{studio.url}/join#{str(reply.json['link']).partition('#')[2]}"


def accept(page: Page) -> None:
    page.get_by_role("textbox", name="Password", exact=True).fill(PASSWORD, timeout=PATIENT)
    page.get_by_role("textbox", name="Password again").fill(PASSWORD)
    page.get_by_role("button", name="Create my account").click()
    expect(page.get_by_role("heading", name="Hello")).to_be_visible(timeout=PATIENT)


def test_an_administrator_makes_the_link_in_the_dialog(visit: Visit) -> None:
    page = visit("admin", "/people")
    name = f"erin-{uuid.uuid4().hex[:6]}"
    page.get_by_role("button", name="Invite", exact=True).click(timeout=PATIENT)
    page.get_by_role("textbox", name="Username").fill(name)
    page.get_by_role("button", name="Make the link").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("cannot be shown again")).to_be_visible(timeout=PATIENT)
    expect(dialog.get_by_text(re.compile("/join#msi_")).first).to_be_visible()
    page.get_by_role("button", name="Done").click()
    page.get_by_text("Invited", exact=True).click()
    expect(page.get_by_text(name).first).to_be_visible(timeout=PATIENT)
    assert "msi_" not in page.content()


def test_an_invited_person_makes_an_account_and_the_secret_stays_nowhere(
    context: BrowserContext, studio: Program, stack: Stack, project: str, admin: Person
) -> None:
    name = f"erin-{uuid.uuid4().hex[:6]}"
    link = invite(admin, studio, name, project=project, role="viewer")
    secret = link.partition("#")[2]
    sent: list[str] = []
    page = context.new_page()
    page.on("request", lambda one: sent.append(f"{one.url} {one.headers.get('referer', '')}"))
    page.goto(link)
    expect(page.get_by_text("invites you to ML Studio")).to_be_visible(timeout=PATIENT)
    assert page.url == f"{studio.url}/invitation"
    kept = next(one for one in context.cookies() if one["name"] == "mlstudio_invitation")
    assert secret not in kept["value"], "every server on this host is sent it"
    assert (kept["httpOnly"], kept["sameSite"]) == (True, "Strict")
    assert secret not in page.content()
    accept(page)

    assert {one["name"] for one in context.cookies()} >= {"mlstudio_session"}
    assert "mlstudio_invitation" not in {one["name"] for one in context.cookies()}
    expect(page.get_by_role("link", name=project).first).to_be_visible(timeout=PATIENT)
    assert secret not in " ".join(sent)
    for log in (stack.uac.log, studio.log):
        assert secret not in log.read_text()


def test_a_link_that_was_used_offers_nothing_but_the_sign_in(
    context: BrowserContext, browser: Browser, studio: Program, admin: Person
) -> None:
    link = invite(admin, studio, f"erin-{uuid.uuid4().hex[:6]}")
    first = context.new_page()
    first.goto(link)
    accept(first)
    other = browser.new_context()
    page = other.new_page()
    page.goto(link)
    expect(page.get_by_text("This invitation cannot be used")).to_be_visible(timeout=PATIENT)
    assert page.get_by_role("textbox").count() == 0
    page.get_by_role("link", name="Sign in").click()
    expect(page.get_by_label("Username")).to_be_visible(timeout=PATIENT)
    other.close()
