"""Single sign-on in a real browser, by a real provider: there, back, and out again for good."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select, update

from identity_provider import CLIENT, SECRET, RealProvider, real_provider
from people import CAST, PASSWORD, add_people
from processes import Program, studio_program, uac_program
from system.conftest import PATIENT
from uac_api.access.database import Database
from uac_api.access.models import User, UserSession
from uac_api.migrations import upgrade


@dataclass
class House:
    """Studio and the API with an identity provider; MLflow is away and not needed."""

    provider: RealProvider
    studio: Program
    uac: Program
    database: Database

    def sessions(self) -> list[UserSession]:
        """Everybody's sessions."""
        return self.database.read(lambda session: list(session.scalars(select(UserSession))))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("single-sign-on")
    database = Database(f"sqlite:///{folder}/uac.db")
    upgrade(database)
    add_people(database, CAST)
    with real_provider(folder) as provider:
        known = {"STUDIO_OIDC_ISSUER": provider.issuer, "STUDIO_OIDC_CLIENT_ID": CLIENT}
        url = f"sqlite:///{folder}/uac.db"
        uac = uac_program(folder, url, "http://127.0.0.1:1", UAC_WORKERS="1", **known)
        uac.start()
        told = {"STUDIO_OIDC_CLIENT_SECRET": SECRET, "STUDIO_OIDC_NAME": "Example ID", **known}
        studio = studio_program(folder, uac.url, **told)
        studio.start()
        yield House(provider, studio, uac, database)
        studio.stop()
        uac.stop()
    database.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context(viewport={"width": 1440, "height": 900})
    yield made
    made.close()


def go(page: Page, house: House, subject: str, path: str = "/") -> None:
    """Open an address of Studio and sign in at the provider as somebody."""
    page.goto(house.studio.url + path)
    page.get_by_role("button", name="Sign in with Example ID").click(timeout=PATIENT)
    page.get_by_placeholder("sub").fill(subject, timeout=PATIENT)
    page.get_by_role("button", name="Authorize").click()


def cookies(context: BrowserContext) -> set[str]:
    return {str(cookie.get("name")) for cookie in context.cookies()}


def sign_out(page: Page, name: str) -> None:
    page.get_by_role("button", name=re.compile(name)).click()
    page.get_by_role("button", name="Sign out").click(timeout=PATIENT)


def test_somebody_signs_in_at_the_provider_and_comes_back_to_the_page_they_asked_for(
    house: House, context: BrowserContext
) -> None:
    house.provider.person("maria", preferred_username="maria", name="Maria M")
    page = context.new_page()
    go(page, house, "maria", "/account?from=a-link")
    expect(page.get_by_role("heading", name="Account")).to_be_visible(timeout=PATIENT)
    expect(page).to_have_url(f"{house.studio.url}/account?from=a-link")
    expect(page.get_by_role("textbox", name="Username")).to_have_value("maria")
    kept = cookies(context)
    assert "mlstudio_session" in kept
    assert not [name for name in kept if name.startswith("_streamlit_user")]
    assert "eyJ" not in page.evaluate("document.cookie + JSON.stringify({...sessionStorage})")
    page.reload()
    expect(page.get_by_role("textbox", name="Username")).to_have_value("maria", timeout=PATIENT)


def test_signing_out_ends_both_and_nobody_comes_back_by_themselves(
    house: House, context: BrowserContext
) -> None:
    house.provider.person("nadia", preferred_username="nadia", name="Nadia N")
    page = context.new_page()
    go(page, house, "nadia", "/account")
    expect(page.get_by_role("heading", name="Account")).to_be_visible(timeout=PATIENT)
    before = len(house.sessions())
    sign_out(page, "Nadia N")
    # The provider ends its own sign-in, asks the person, and leads back.
    page.wait_for_url(f"{house.provider.issuer}/oauth2/end_session?**", timeout=PATIENT)
    assert f"client_id={CLIENT}" in page.url
    page.get_by_role("button").first.click()
    form = page.get_by_role("button", name="Sign in with Example ID")
    expect(form).to_be_visible(timeout=PATIENT)
    assert len(house.sessions()) == before - 1
    kept = cookies(context)
    assert not [n for n in kept if n.startswith(("_streamlit_user", "mlstudio_"))]
    for path in ("/", "/account"):
        page.goto(house.studio.url + path)
        expect(form).to_be_visible(timeout=PATIENT)
        page.wait_for_timeout(1500)
        expect(page.get_by_test_id("stSidebar")).to_be_hidden()


def test_a_refused_sign_in_says_why_and_leaves_nothing_behind(
    house: House, context: BrowserContext
) -> None:
    house.provider.person("not-alice", preferred_username="alice")
    page = context.new_page()
    go(page, house, "not-alice", "/account")
    expect(page.get_by_text("belongs to an account that is not linked to you")).to_be_visible(
        timeout=PATIENT
    )
    page.wait_for_timeout(1000)
    assert not [name for name in cookies(context) if name.startswith("_streamlit_user")]
    page.reload()
    expect(page.get_by_role("button", name="Sign in with Example ID")).to_be_visible(
        timeout=PATIENT
    )
    expect(page.get_by_text("You could not be signed in")).to_be_hidden()


def test_a_disabled_person_is_refused_at_the_next_click(
    house: House, context: BrowserContext
) -> None:
    house.provider.person("oscar", preferred_username="oscar", name="Oscar O")
    page = context.new_page()
    go(page, house, "oscar", "/account")
    expect(page.get_by_role("heading", name="Account")).to_be_visible(timeout=PATIENT)
    off = update(User).where(User.username == "oscar").values(disabled=True)
    house.database.write(lambda session: session.execute(off))
    page.reload()
    expect(page.get_by_role("button", name="Sign in with Example ID")).to_be_visible(
        timeout=PATIENT
    )


def test_while_the_provider_is_down_the_form_says_so_and_passwords_go_on(
    house: House, context: BrowserContext
) -> None:
    house.provider.program.stop()
    house.uac.stop()
    house.uac.start()
    try:
        page = context.new_page()
        page.goto(house.studio.url + "/account")
        expect(page.get_by_text("does not work at the moment")).to_be_visible(timeout=PATIENT)
        expect(page.get_by_role("button", name="Sign in with Example ID")).to_be_disabled()
        page.get_by_label("Username").fill("alice")
        page.get_by_role("textbox", name="Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("heading", name="Account")).to_be_visible(timeout=PATIENT)
    finally:
        house.provider.program.start()
