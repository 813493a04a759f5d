"""Tokens: made, shown once, rotated, revoked; the ones that end soon are told."""

import time
from datetime import timedelta

from sqlalchemy import update
from streamlit.testing.v1 import AppTest

from serving import Open, Service, choose, press, text
from studio_app.api.client import Client
from uac_api.access.database import Database
from uac_api.access.models import Token, now
from uac_api.settings import load


def new_token(at: AppTest, name: str) -> AppTest:
    press(at, "New token").run()
    next(field for field in at.text_input if field.label == "Name").input(name)
    return press(press(at, "New token"), "Create token").run()


def shown(at: AppTest) -> str:
    return next(str(code.value) for code in at.code if str(code.value).startswith("mls_"))


def ends_in(name: str, days: float | None) -> None:
    """Moves the end of tokens of that name."""
    database = Database(load().database_url)
    end = None if days is None else now() + timedelta(days=days)
    statement = update(Token).where(Token.name == name).values(expires_at=end)
    database.write(lambda session: session.execute(statement))
    database.close()


def test_a_token_is_shown_once_and_works_within_its_limits(studio: Open, service: Service) -> None:
    at = new_token(studio("tokens", "alice", project="fraud"), "Laptop")
    token = shown(at)
    assert Client(service.api.url, token).me()["via"] == "token"
    kept = service.client("alice").tokens()[0]
    assert (kept["name"], kept["project"]) == ("Laptop", "fraud")
    assert set(kept["actions"]) == {"read", "log", "register"}
    assert kept["expires_at"] is not None
    at.run()
    assert token not in text(at)
    assert "Laptop" in text(at)


def test_a_token_needs_a_name(studio: Open, service: Service) -> None:
    at = new_token(studio("tokens", "alice", project="fraud"), "  ")
    assert "Give the token a name" in at.error[0].value
    assert service.client("alice").tokens() == []


def test_a_token_of_one_run_comes_with_the_run_for_the_shell(
    studio: Open, service: Service
) -> None:
    at = press(studio("tokens", "bob", project="fraud"), "New token").run()
    press(at, "New token")
    at.segmented_control[0].set_value("One run only").run()
    press(at, "New token")
    fields = {field.label: field for field in at.text_input}
    fields["Name"].input("Job")
    fields["Run id"].input(" a1b2 ")
    press(press(at, "New token"), "Create token").run()
    assert not at.exception
    assert shown(at)
    assert 'MLFLOW_RUN_ID="a1b2"' in text(at)
    assert service.client("bob").tokens()[0]["run_id"] == "a1b2"


def test_a_revoked_token_is_refused_at_once(studio: Open, service: Service) -> None:
    secret = service.client("alice").create_token("Old laptop")["token"]
    at = studio("tokens", "alice", project="fraud")
    choose(at, "Old laptop", "Revoke").run()
    assert Client(service.api.url, secret).me()
    press(choose(at, "Old laptop", "Revoke"), "Revoke token").run()
    assert service.client("alice").tokens() == []
    assert "No token yet" in text(at)


def test_a_rotated_token_is_followed_by_one_that_is_shown_once(
    studio: Open, service: Service
) -> None:
    old = service.client("alice").create_token("Nightly", project="fraud")["token"]
    at = studio("tokens", "alice", project="fraud")
    choose(at, "Nightly", "Rotate").run()
    press(choose(at, "Nightly", "Rotate"), "Rotate token").run()
    fresh = shown(at)
    assert fresh != old
    for token in (old, fresh):
        assert Client(service.api.url, token).me()
    at.run()
    assert fresh not in text(at)
    # Only the one that follows can be rotated now.
    menus = [menu for menu in at.menu_button if menu.help.endswith(" Nightly")]
    assert sorted(menu.options for menu in menus) == [["Revoke"], ["Rotate", "Revoke"]]


def test_tokens_that_end_soon_are_told_here_and_at_home(studio: Open, service: Service) -> None:
    alice = service.client("alice")
    for name, days in (("soon", 3.5), ("later", 30), ("ended", -1), ("endless", None)):
        alice.create_token(name, project="fraud")
        ends_in(name, days)
    for page in ("tokens", "home"):
        (warning,) = studio(page, "alice").warning
        assert "soon (ends" in warning.value
        assert "later" not in warning.value
        assert "ended (" not in warning.value
    said = text(studio("tokens", "alice"))
    assert "**endless** :orange-badge[never ends]" in said
    assert "**ended** :red-badge[ended]" in said
    assert "**later**\n" in said
    assert not studio("home", "bob").warning


def test_nobody_sees_anothers_tokens(studio: Open, service: Service) -> None:
    service.client("alice").create_token("Old laptop")
    assert "Old laptop" not in text(studio("tokens", "bob", project="fraud"))


def test_the_last_use_is_shown(studio: Open, service: Service) -> None:
    secret = service.client("alice").create_token("Laptop")["token"]
    assert "never used" in text(studio("tokens", "alice"))
    Client(service.api.url, secret).me()
    until = time.monotonic() + 10
    while service.client("alice").tokens()[0]["last_used_at"] is None and time.monotonic() < until:
        time.sleep(0.1)
    # The dot is escaped for Markdown, which would otherwise take the number for that of a list.
    assert r"from 127\.0.0.1" in text(studio("tokens", "alice"))


def test_a_token_administers_only_when_it_is_chosen_by_name(studio: Open, service: Service) -> None:
    usual = ["read", "log", "register", "promote", "delete", "manage"]
    for name, chosen in (("usual", usual), ("mighty", [*usual, "administer"])):
        at = press(studio("tokens", "alice", project="fraud"), "New token").run()
        next(field for field in at.text_input if field.label == "Name").input(name)
        at.pills[0].set_value(chosen)
        press(press(at, "New token"), "Create token").run()
        assert not at.exception
    made = {token["name"]: token["actions"] for token in service.client("alice").tokens()}
    assert made["usual"] is None
    assert set(made["mighty"]) == {*usual, "administer"}
    said = text(studio("tokens", "alice", project="fraud"))
    assert "everything the roles allow but administer" in said
