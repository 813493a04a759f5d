"""The page of all prompts."""

from laboratory import Lab, Open, links, said
from prompted import register_prompt, set_alias

pytest_plugins = ("laboratory",)


def test_a_member_sees_prompts_with_their_aliases_and_no_models(lab: Lab, open_page: Open) -> None:
    name = register_prompt(lab.stack.person("bob"), lab.project, "greeting")
    set_alias(lab.stack.person("alice"), lab.project, name, "production", "2")
    at = open_page("prompts", "carol", project=lab.project)
    assert not at.exception
    assert "@production" in said(at)
    assert "newest version 3" in said(at)
    assert ("prompt", f"project={lab.project}&prompt=greeting") in links(at)
    assert lab.model not in said(at).replace("\\", "")
    assert name not in said(open_page("models", "carol", project=lab.project))


def test_a_stranger_sees_none(lab: Lab, open_page: Open) -> None:
    name = register_prompt(lab.stack.person("bob"), lab.project, "secret-greeting")
    for page in (
        open_page("prompts", "mallory", project=lab.project),
        open_page("prompts", "mallory"),
    ):
        assert name not in said(page)


def test_an_empty_project_says_how_to_begin(project: str, open_page: Open) -> None:
    at = open_page("prompts", "alice", project=project)
    assert "No prompt yet" in said(at)
    assert "mlflow.genai.register_prompt(" in said(at)


def test_the_address_holds_the_search(lab: Lab, open_page: Open) -> None:
    register_prompt(lab.stack.person("bob"), lab.project, "greeting")
    at = open_page("prompts", "carol", project=lab.project, name="reet")
    assert "**greeting**" in said(at)
    at.text_input(key="prompts-search").set_value("nowhere").run()
    assert "No prompt found" in said(at)
    assert at.query_params["name"] in ("nowhere", ["nowhere"])


def test_only_those_who_may_register_are_offered_a_new_prompt(lab: Lab, open_page: Open) -> None:
    def offered(username: str) -> list[str]:
        at = open_page("prompts", username, project=lab.project)
        return [button.label for button in at.main.button]

    assert "New prompt" in offered("bob")
    assert "New prompt" not in offered("carol")
