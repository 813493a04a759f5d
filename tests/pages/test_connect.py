"""Connect: a token is made and shown once; snippets name the project."""

import re

from streamlit.testing.v1 import AppTest

import laboratory
from laboratory import Lab, links, log_run, said
from serving import Open, Service, press, text
from studio_app.api.client import Client

pytest_plugins = ("laboratory",)

FILL_IN = "Create a token and fill it in"


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


def test_a_newcomers_snippet_gets_a_token_that_logs_into_this_project_and_is_shown_once(
    studio: Open, service: Service
) -> None:
    at = press(studio("connect", "bob", project="fraud"), FILL_IN).run()
    assert not at.exception
    found = re.search(r'"(mls_[^"]+)"', text(at))
    assert found
    token = found[1]
    assert Client(service.api.url, token).me()["via"] == "token"
    (kept,) = service.client("bob").tokens()
    assert (kept["name"], kept["project"]) == ("First run", "fraud")
    assert sorted(kept["actions"]) == ["log", "read", "register"]
    assert FILL_IN not in [button.label for button in at.button]
    assert token not in repr(at.session_state)
    at.run()
    assert token not in text(at)


def test_who_may_only_read_is_not_guided_to_log(studio: Open, service: Service) -> None:
    at = studio("connect", "carol", project="fraud")
    assert FILL_IN not in [button.label for button in at.button]
    assert "Your first run" not in text(at)
    assert service.client("carol").tokens() == []


def test_without_mlflow_there_is_what_to_paste(studio: Open, service: Service) -> None:
    service.mlflow.stop()
    at = studio("connect", "bob", project="fraud")
    assert "https://mlflow.example.org/projects/fraud" in text(at)
    assert "Your first run" not in text(at)


def test_the_first_run_that_was_waited_for_is_shown_with_a_link(
    lab: Lab, open_page: laboratory.Open
) -> None:
    at = open_page("connect", "alice", project=lab.project)
    assert "Waiting" in said(at), "bob's runs are not hers"
    run_id = log_run(lab.stack.person("alice"), lab, "hello", metrics={}, params={})
    at.run()
    assert not at.exception
    assert "Your first run is there" in said(at)
    assert ("run", f"project={lab.project}&run_id={run_id}") in links(at)
    assert "Waiting" not in said(at)
    assert "Waiting" not in said(open_page("connect", "bob", project=lab.project))
