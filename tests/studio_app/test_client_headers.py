"""The API hears of the browser that Studio speaks for, not of Studio."""

import json

import pytest
import urllib3
from playwright.sync_api import Browser, expect

from people import PASSWORD
from serving import Service
from studio_app.api.client import Client

http = urllib3.PoolManager(retries=False, timeout=30)


def redeem(server: str, service: Service, **sent: str) -> str:
    """The address that the audit trail has of a browser that exchanges its ticket."""
    ticket = Client(service.api.url).sign_in("alice", PASSWORD)["ticket"]
    headers = {"Origin": server, **{name.replace("_", "-"): value for name, value in sent.items()}}
    body = json.dumps({"ticket": ticket}).encode()
    answer = http.request("POST", f"{server}/auth/session", body=body, headers=headers)
    assert answer.status == 204
    events = service.client("admin").people("GET", "audit")["events"]
    return str(next(one["address"] for one in events if one["operation"] == "sessions.redeem"))


@pytest.mark.parametrize(
    ("forwarded", "seen"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("192.0.2.1, 203.0.113.9", "203.0.113.9"),
        (", ".join(["192.0.2.1"] * 500 + ["203.0.113.9"]), "203.0.113.9"),
    ],
)
def test_the_address_comes_from_the_proxy_in_front_of_studio(
    server: str, service: Service, forwarded: str, seen: str
) -> None:
    assert redeem(server, service, X_Forwarded_For=forwarded) == seen


def test_without_a_proxy_it_is_the_connections(server: str, service: Service) -> None:
    assert redeem(server, service) == "127.0.0.1"


def test_letters_that_no_header_takes_do_not_stop_a_sign_in(server: str, service: Service) -> None:
    assert redeem(server, service, User_Agent="Bröwser/1 " + "x" * 7000) == "127.0.0.1"


def test_the_page_of_sessions_shows_the_browser(browser: Browser, server: str) -> None:
    page = browser.new_context().new_page()
    page.goto(f"{server}/sessions")
    page.get_by_label("Username").fill("alice")
    page.get_by_role("textbox", name="Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_text("this one")).to_be_visible(timeout=20_000)
    expect(page.get_by_text("on Linux").first).to_be_visible()
    expect(page.get_by_text("Python", exact=True).first).to_be_visible()
