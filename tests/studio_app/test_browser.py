"""In a real browser: signing in and out, the deep link, the phone's menu, nothing foreign."""

import re

import urllib3
from playwright.sync_api import Browser, Page, expect

from people import PASSWORD
from serving import Service
from system.elsewhere import elsewhere

SOCKET_THIEF = """<!doctype html><p>trying</p><script>
const socket = new WebSocket("{}/_stcore/stream", ["streamlit"]);
socket.onopen = () => document.querySelector("p").textContent = "inside";
socket.onerror = () => document.querySelector("p").textContent = "refused";
</script>"""


def sign_in(page: Page, address: str, username: str) -> None:
    page.goto(address)
    page.get_by_label("Username").fill(username)
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_a_person_signs_in_stays_signed_in_and_signs_out_for_good(
    browser: Browser, server: str
) -> None:
    context = browser.new_context()
    page = context.new_page()
    foreign: list[str] = []
    page.on("request", lambda sent: foreign.append(sent.url) if _foreign(sent.url) else None)
    sign_in(page, f"{server}/members?project=fraud", "alice")
    expect(page.get_by_role("heading", name="Members")).to_be_visible(timeout=20_000)
    assert page.url == f"{server}/members?project=fraud"

    cookie = next(one for one in context.cookies() if one["name"] == "mlstudio_session")
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Lax"
    assert "mlstudio_session" not in page.evaluate("document.cookie")
    page.reload()
    expect(page.get_by_role("heading", name="Members")).to_be_visible(timeout=20_000)

    page.get_by_test_id("stSidebar").get_by_test_id("stPopoverButton").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("No account yet?")).to_be_visible(timeout=20_000)
    assert not [one for one in context.cookies() if one["name"] == "mlstudio_session"]
    # A copied cookie is worth nothing after signing out.
    context.add_cookies([{"name": cookie["name"], "value": cookie["value"], "url": server}])
    page.goto(f"{server}/members?project=fraud")
    expect(page.get_by_text("No account yet?")).to_be_visible(timeout=20_000)
    assert foreign == []


def test_another_port_of_the_host_neither_opens_the_socket_nor_is_somebody_at_the_api(
    browser: Browser, server: str, service: Service
) -> None:
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, f"{server}/members?project=fraud", "alice")
    expect(page.get_by_role("heading", name="Members")).to_be_visible(timeout=20_000)
    with elsewhere() as other:
        # The page that tries it with alice's cookie, and the server that is sent the cookie.
        other.pages["/"] = SOCKET_THIEF.format(server.replace("http", "ws"))
        page.goto(f"{other.another_port}/")
        expect(page.get_by_text("refused")).to_be_visible(timeout=20_000)
        page.goto(f"{other.another_port}/projects/fraud/")
        # The browser may have asked for an icon since, to which only one cookie goes.
        sent = max(other.cookies, key=len)
    assert "mlstudio_session=" in sent
    assert "mlstudio_interface=" in sent
    for part in sent.split("; "):
        value = part.partition("=")[2]
        answer = urllib3.request(
            "POST",
            f"{service.api.url}/studio/v1/tokens",
            headers={"Authorization": f"Bearer {value}", "Cookie": sent},
            json={"name": "thief", "project": "fraud"},
        )
        assert answer.status == 401


def test_on_a_phone_the_menu_closes_when_a_page_is_chosen(browser: Browser, server: str) -> None:
    page = browser.new_context(viewport={"width": 390, "height": 844}).new_page()
    sign_in(page, server, "alice")
    page.get_by_test_id("stExpandSidebarButton").click(timeout=20_000)
    page.get_by_test_id("stSidebar").get_by_role("link", name="Connect").click()
    expect(page.get_by_role("heading", name="Connect")).to_be_visible()
    expect(page.get_by_test_id("stExpandSidebarButton")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_token_is_made_in_the_dialog_and_shown_once(browser: Browser, server: str) -> None:
    page = browser.new_context().new_page()
    sign_in(page, f"{server}/connect?project=fraud", "alice")
    page.get_by_role("button", name="New token").click(timeout=20_000)
    page.get_by_role("textbox", name="Name").fill("Laptop")
    page.get_by_role("button", name="Create token").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("cannot be shown again")).to_be_visible()
    expect(dialog.get_by_text("mls_").first).to_be_visible()
    found = re.search(r"mls_[a-z0-9]{12}_([\w-]{40,})", dialog.inner_text())
    assert found is not None
    page.get_by_role("button", name="Done").click()
    expect(dialog).to_be_hidden()
    assert found[1] not in page.content()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Tokens").click()
    expect(page.get_by_text("Laptop")).to_be_visible(timeout=20_000)
    assert found[1] not in page.content()


def test_the_page_comes_back_by_itself_when_the_api_is_back(
    browser: Browser, server: str, service: Service
) -> None:
    page = browser.new_context().new_page()
    sign_in(page, f"{server}/members?project=fraud", "alice")
    expect(page.get_by_text("Carol", exact=True)).to_be_visible(timeout=20_000)
    service.api.stop()
    page.get_by_test_id("stSidebar").get_by_role("link", name="Projects").click()
    expect(page.get_by_text("API does not answer at the moment")).to_be_visible(timeout=20_000)
    service.api.start()
    expect(page.get_by_role("heading", name="Projects")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("API does not answer at the moment")).to_be_hidden()


def _foreign(url: str) -> bool:
    return not url.startswith(("http://127.0.0.1:", "data:", "blob:"))
