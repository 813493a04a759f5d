"""The page on which prompts are written."""

import pytest

from laboratory import Lab, Open, said
from prompted import CHAT, TEXTS, register_prompt
from studio_app.prompts import prompts
from studio_app.prompts.prompts import PromptVersion

pytest_plugins = ("laboratory",)


def newest(lab: Lab, name: str) -> PromptVersion:
    """The newest version of a prompt, as carol sees it."""
    carol = lab.client("carol")
    prompt = prompts.read(carol, lab.project, name)
    assert prompt is not None
    return prompts.versions(carol, lab.project, prompt, 1)[0][0]


def test_a_contributor_creates_a_prompt_and_sees_it_filled(lab: Lab, open_page: Open) -> None:
    at = open_page("edit_prompt", "bob", project=lab.project)
    key = f"edit-{lab.project}--"
    at.text_input(key="edit-name").set_value("letter").run()
    assert "The text is empty." in said(at)
    assert at.button(key="edit-save").disabled
    at.text_area(key=f"{key}-text").set_value("Dear {{name}},").run()
    at.text_area(key="edit-value-name").set_value("Ada").run()
    assert "Dear [value: Ada]," in said(at)
    at.text_input(key=f"{key}-message").set_value("Begun").run()
    at.button(key="edit-save").click().run()
    assert not at.exception
    found = newest(lab, "letter")
    assert (found.number, found.text, found.message) == ("1", "Dear {{name}},", "Begun")
    assert (found.author, found.chat) == ("bob", False)


@pytest.mark.parametrize(
    ("name", "text", "format_", "told"),
    [
        ("a b", "x", "", "It needs a name."),
        ("a", " ", "", "The text is empty."),
        ("a", "x", "[1]", "The response format is no JSON object."),
    ],
)
def test_what_cannot_be_saved_is_told_before(
    lab: Lab, open_page: Open, name: str, text: str, format_: str, told: str
) -> None:
    at = open_page("edit_prompt", "bob", project=lab.project)
    key = f"edit-{lab.project}--"
    at.text_input(key="edit-name").set_value(name)
    at.text_area(key=f"{key}-format").set_value(format_)
    at.text_area(key=f"{key}-text").set_value(text).run()
    assert told in said(at)
    assert at.button(key="edit-save").disabled


def test_a_new_version_begins_from_the_one_that_was_shown(lab: Lab, open_page: Open) -> None:
    name = register_prompt(
        lab.stack.person("bob"), lab.project, "greeting", _mlflow_prompt_model_config='{"top_p": 1}'
    )
    at = open_page("edit_prompt", "bob", project=lab.project, prompt=name, version="1")
    key = f"edit-{lab.project}-{name}-1"
    assert "Begins from version 1" in said(at)
    field = at.text_area(key=f"{key}-text")
    assert field.value == TEXTS[0]
    field.set_value("Shorter {{question}}").run()
    at.button(key="edit-save").click().run()
    found = newest(lab, name)
    assert (found.number, found.text) == ("4", "Shorter {{question}}")
    # What is not changed goes on.
    assert found.configuration.replace("\n", "").replace(" ", "") == '{"top_p":1}'


def test_messages_of_a_chat_are_changed_added_and_removed(lab: Lab, open_page: Open) -> None:
    name = register_prompt(lab.stack.person("bob"), lab.project, "talk", [CHAT])
    at = open_page("edit_prompt", "bob", project=lab.project, prompt=name)
    key = f"edit-{lab.project}-{name}-1"
    at.button(key=f"{key}-add").click().run()
    assert "A message is empty." in said(at)
    at.text_area(key=f"{key}-content-2").set_value("Thanks.").run()
    at.button(key=f"{key}-remove-1").click().run()
    at.button(key="edit-save").click().run()
    found = newest(lab, name)
    assert found.chat
    assert [(one.role, one.content) for one in found.messages] == [
        ("system", "You are {{tone}}."),
        ("user", "Thanks."),
    ]


def test_messages_with_images_are_edited_as_the_json_that_they_are(
    lab: Lab, open_page: Open
) -> None:
    image = [{"role": "user", "content": [{"type": "text", "text": "See {{this}}"}]}]
    name = register_prompt(lab.stack.person("bob"), lab.project, "picture", [image])
    at = open_page("edit_prompt", "bob", project=lab.project, prompt=name)
    field = at.text_area(key=f"edit-{lab.project}-{name}-1-document")
    assert '"See {{this}}"' in str(field.value)
    field.set_value("[1]").run()
    assert "The messages are no JSON list" in said(at)
    assert at.button(key="edit-save").disabled


def test_a_name_that_is_taken_is_told(lab: Lab, open_page: Open) -> None:
    register_prompt(lab.stack.person("bob"), lab.project, "greeting")
    for name, told in (("greeting", "There is a prompt greeting already."), (lab.model, "model")):
        at = open_page("edit_prompt", "bob", project=lab.project)
        at.text_input(key="edit-name").set_value(name)
        at.text_area(key=f"edit-{lab.project}---text").set_value("x").run()
        at.button(key="edit-save").click().run()
        assert told in "\n".join(str(one.value) for one in at.error)
    assert newest(lab, "greeting").number == "3"


def test_a_viewer_is_told_whom_to_ask(lab: Lab, open_page: Open) -> None:
    at = open_page("edit_prompt", "carol", project=lab.project)
    assert "You may not write prompts here" in said(at)
    assert not at.text_area
