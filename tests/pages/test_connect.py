"""Connect: a token is made and shown once; snippets name the project."""

from streamlit.testing.v1 import AppTest

from serving import Open, Service, press, text
from studio_app.api.client import Client


def new_token(at: AppTest, name: str) -> AppTest:
    press(at, "New token").run()
    next(field for field in at.text_input if field.label == "Name").input(name)
    return press(press(at, "New token"), "Create token").run()


def shown(at: AppTest) -> str:
    return next(str(code.value) for code in at.code if str(code.value).startswith("mls_"))


def test_a_token_is_shown_once_and_works_within_its_limits(studio: Open, service: Service) -> None:
    at = new_token(studio("connect", "alice", project="fraud"), "Laptop")
    token = shown(at)
    assert Client(service.api.url, token).me()["via"] == "token"
    kept = service.client("alice").tokens()[0]
    assert (kept["name"], kept["project"]) == ("Laptop", "fraud")
    assert kept["expires_at"] is not None
    at.run()
    assert token not in text(at)


def test_snippets_carry_the_public_address_and_the_project(studio: Open) -> None:
    at = studio("connect", "carol", project="fraud")
    assert "https://mlflow.example.org/projects/fraud" in text(at)


def test_without_a_project_there_is_no_snippet(studio: Open) -> None:
    at = studio("connect", "mallory")
    assert "You have no project yet" in text(at)
    assert not at.code
