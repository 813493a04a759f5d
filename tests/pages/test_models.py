"""The page of all registered models."""

from laboratory import Lab, Open, links, said

pytest_plugins = ("laboratory",)


def test_a_member_sees_models_with_their_aliases(lab: Lab, open_page: Open) -> None:
    at = open_page("models", "carol", project=lab.project)
    assert lab.model in said(at).replace("\\", "")
    assert "@champion" in said(at)
    assert "latest version 2" in said(at)
    assert ("model", f"project={lab.project}&model={lab.model}") in links(at)


def test_a_stranger_sees_none(lab: Lab, open_page: Open) -> None:
    assert lab.model not in said(open_page("models", "mallory", project=lab.project))
    assert lab.model not in said(open_page("models", "mallory"))


def test_an_empty_project_says_what_to_do(project: str, open_page: Open) -> None:
    assert "No model yet" in said(open_page("models", "alice", project=project))


def test_the_search_says_when_nothing_is_found(lab: Lab, open_page: Open) -> None:
    at = open_page("models", "carol", project=lab.project)
    at.text_input(key="models-search").set_value("nowhere").run()
    assert "No model found" in said(at)


def test_only_those_who_may_register_are_offered_a_new_model(lab: Lab, open_page: Open) -> None:
    def offered(username: str) -> list[str]:
        at = open_page("models", username, project=lab.project)
        return [button.label for button in at.main.button]

    assert "New model" in offered("bob")
    assert "New model" not in offered("carol")
