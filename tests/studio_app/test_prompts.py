"""Prompts through a real uac_api in front of a real MLflow."""

from collections.abc import Callable

import pytest

from laboratory import Lab
from prompted import CHAT, TEXTS, register_prompt, set_alias
from studio_app.api.client import ApiError
from studio_app.models import registry
from studio_app.prompts import prompts
from studio_app.prompts.prompts import Draft, Prompt

pytest_plugins = ("laboratory",)


@pytest.fixture
def greeting(lab: Lab) -> Prompt:
    """A prompt of three versions, of which the second has an alias."""
    name = register_prompt(lab.stack.person("bob"), lab.project, "greeting")
    set_alias(lab.stack.person("alice"), lab.project, name, "production", "2")
    found = prompts.read(lab.client("carol"), lab.project, name)
    assert found is not None
    return found


def test_the_list_of_prompts_has_no_models_and_that_of_models_no_prompts(
    lab: Lab, greeting: Prompt
) -> None:
    carol = lab.client("carol")
    found, following = prompts.search(
        carol, project=lab.project, query="", max_results=10, page_token=""
    )
    assert [one["name"] for one in found] == [greeting.name]
    assert following == ""
    models = carol.models(project=lab.project)["models"]
    assert [one["name"] for one in models] == [lab.model]


def test_a_prompt_has_versions_newest_first_with_author_alias_and_variables(
    lab: Lab, greeting: Prompt
) -> None:
    found, following = prompts.versions(lab.client("carol"), lab.project, greeting, 2)
    assert [one.number for one in found] == ["3", "2"]
    assert [one.text for one in found] == [TEXTS[2], TEXTS[1]]
    assert [list(one.aliases) for one in found] == [[], ["production"]]
    # The API puts the true author in the place of whatever a client says.
    assert {one.author for one in found} == {"bob"}
    assert found[0].message == "Change 3."
    assert found[0].variables == ["question", "language"]
    assert found[0].tags == {}
    rest, end = prompts.versions(lab.client("carol"), lab.project, greeting, 2, following)
    assert ([one.number for one in rest], end) == (["1"], "")


def test_a_version_is_found_by_its_number_and_nothing_else(lab: Lab, greeting: Prompt) -> None:
    carol = lab.client("carol")
    found = prompts.version(carol, lab.project, greeting, "1")
    assert found is not None
    assert found.text == TEXTS[0]
    for number in ("9", "production", ""):
        assert prompts.version(carol, lab.project, greeting, number) is None


def test_a_chat_is_read_as_messages(lab: Lab) -> None:
    bob = lab.stack.person("bob")
    name = register_prompt(bob, lab.project, "talk", [CHAT])
    prompt = prompts.read(lab.client("carol"), lab.project, name)
    assert prompt is not None
    [found], _ = prompts.versions(lab.client("carol"), lab.project, prompt, 5)
    assert found.chat
    assert [(one.role, one.content) for one in found.messages] == [
        ("system", "You are {{tone}}."),
        ("user", "{{question}}"),
    ]
    assert found.variables == ["tone", "question"]


def test_a_contributor_writes_a_prompt_and_a_viewer_does_not(lab: Lab) -> None:
    bob, carol = lab.client("bob"), lab.client("carol")
    prompts.create(bob, lab.project, "letter", "For letters.", "bob")
    draft = Draft("Dear {{name}}", chat=False, message="Begun", configuration='{"top_p": 1}')
    assert prompts.add_version(bob, lab.project, "letter", draft, "bob") == "1"
    prompt = prompts.read(carol, lab.project, "letter")
    assert prompt is not None
    assert (prompt.description, prompt.author, prompt.tags) == ("For letters.", "bob", {})
    found = prompts.version(carol, lab.project, prompt, "1")
    assert found is not None
    assert (found.text, found.message, found.author) == ("Dear {{name}}", "Begun", "bob")
    assert (found.configuration, found.response_format) == ('{"top_p": 1}', "")
    refused: list[Callable[[], object]] = [
        lambda: prompts.create(carol, lab.project, "mine", "", "carol"),
        lambda: prompts.add_version(carol, lab.project, "letter", draft, "carol"),
        lambda: prompts.set_tag(carol, lab.project, "letter", "team", "a"),
        lambda: prompts.delete_tag(carol, lab.project, "letter", "team"),
    ]
    for act in refused:
        with pytest.raises(ApiError) as error:
            act()
        assert error.value.status == 403


def test_tags_are_set_and_removed_by_those_who_may_register(lab: Lab, greeting: Prompt) -> None:
    bob = lab.client("bob")
    prompts.set_tag(bob, lab.project, greeting.name, "team", "support")
    found = prompts.read(bob, lab.project, greeting.name)
    assert found is not None
    assert found.tags == {"team": "support"}
    prompts.delete_tag(bob, lab.project, greeting.name, "team")
    found = prompts.read(bob, lab.project, greeting.name)
    assert found is not None
    assert found.tags == {}


def test_only_a_maintainer_moves_aliases_and_deletes(lab: Lab, greeting: Prompt) -> None:
    bob, alice = lab.client("bob"), lab.client("alice")
    refused: list[Callable[[], object]] = [
        lambda: registry.set_alias(bob, lab.project, greeting.name, "production", "3"),
        lambda: registry.delete_version(bob, lab.project, greeting.name, "1"),
        lambda: registry.delete_model(bob, lab.project, greeting.name),
    ]
    for act in refused:
        with pytest.raises(ApiError) as error:
            act()
        assert error.value.status == 403
    registry.set_alias(alice, lab.project, greeting.name, "production", "3")
    registry.delete_version(alice, lab.project, greeting.name, "1")
    found = prompts.read(alice, lab.project, greeting.name)
    assert found is not None
    assert found.aliases == {"production": "3"}
    registry.delete_model(alice, lab.project, greeting.name)
    assert prompts.read(alice, lab.project, greeting.name) is None


def test_a_model_is_no_prompt_and_a_stranger_sees_none(lab: Lab, greeting: Prompt) -> None:
    assert prompts.read(lab.client("carol"), lab.project, lab.model) is None
    assert prompts.read(lab.client("mallory"), lab.project, greeting.name) is None
    mallory = lab.client("mallory")
    everything, _ = prompts.search(mallory, project=None, query="", max_results=50, page_token="")
    assert greeting.name not in [one["name"] for one in everything]
    with pytest.raises(ApiError) as refused:
        prompts.versions(mallory, lab.project, greeting, 5)
    assert refused.value.status == 404
