"""The page of one prompt."""

import pytest
from streamlit.testing.v1 import AppTest

import components
from laboratory import Lab, Open, links, mlflow_links, said
from prompted import CHAT, HOSTILE, TEXTS, link_prompt, register_prompt, set_alias
from traced import log_trace

pytest_plugins = ("laboratory",)


@pytest.fixture
def greeting(lab: Lab) -> str:
    """A prompt of three versions, of which the second has an alias."""
    name = register_prompt(
        lab.stack.person("bob"),
        lab.project,
        "greeting",
        _mlflow_prompt_response_format='{"type": "object"}',
    )
    set_alias(lab.stack.person("alice"), lab.project, name, "production", "2")
    return name


def drawn(at: AppTest) -> str:
    """The marked texts of a page."""
    assert not at.exception
    return "\n".join(str(code.value) for code in at.code)


def test_the_newest_version_is_shown_and_all_are_listed(
    lab: Lab, greeting: str, open_page: Open
) -> None:
    at = open_page("prompt", "carol", project=lab.project, prompt=greeting)
    assert "**Version 3**" in said(at)
    assert "by bob" in said(at)
    assert "2 variables" in said(at)
    assert "Answer [variable: {{question}}] in [variable: {{language}}]." in drawn(at)
    assert '"type": "object"' in drawn(at)
    table = at.dataframe[-1].value
    assert table["Version"].tolist() == ["Version 3", "Version 2", "Version 1"]
    assert table["Change"].tolist() == ["Change 3.", "Change 2.", "Change 1."]
    assert list(map(list, table["Aliases"])) == [[], ["@production"], []]


def test_what_a_prompt_holds_is_drawn_as_text_only(
    lab: Lab, greeting: str, open_page: Open
) -> None:
    at = open_page("prompt", "carol", project=lab.project, prompt=greeting)
    assert HOSTILE in drawn(at)
    # Not in what Streamlit reads as Markdown.
    assert all("<script>" not in str(one.value) for one in [*at.markdown, *at.caption])


def test_the_address_chooses_a_version(lab: Lab, greeting: str, open_page: Open) -> None:
    where = {"project": lab.project, "prompt": greeting}
    at = open_page("prompt", "carol", **where, version="1")
    assert components.drawn["marked_text"]["copied"] == TEXTS[0]
    assert "**Version 1**" in said(at)
    for missing in ("9", "x"):
        at = open_page("prompt", "carol", **where, version=missing)
        assert f"There is no version {missing}" in said(at)


def test_two_versions_are_compared_word_by_word(lab: Lab, greeting: str, open_page: Open) -> None:
    where = {"project": lab.project, "prompt": greeting, "tab": "Compare"}
    at = open_page("prompt", "carol", **where)
    assert at.selectbox(key="prompt-against").value == "2"
    assert "+Be[changed:  very] short." in drawn(at)
    assert "Response format" not in said(at)
    at = open_page("prompt", "carol", **where, against="1")
    assert "+Answer {{question}}[changed:  in {{language}}]." in drawn(at)
    assert ":green-badge[+ language]" in said(at)


def test_a_chat_is_shown_as_messages_and_filled(lab: Lab, open_page: Open) -> None:
    name = register_prompt(lab.stack.person("bob"), lab.project, "talk", [CHAT])
    where = {"project": lab.project, "prompt": name}
    at = open_page("prompt", "carol", **where)
    assert "**system**" in said(at)
    assert "You are [variable: {{tone}}]." in drawn(at)
    at = open_page("prompt", "carol", **where, tab="Try it")
    assert "You are [missing: {{tone}}]." in drawn(at)
    at.text_area(key="trial-tone").set_value("**kind** <b>").run()
    assert "You are [value: **kind** <b>]." in drawn(at)
    assert "Nothing to compare with" in said(open_page("prompt", "carol", **where, tab="Compare"))


def test_the_traces_that_used_a_version_are_listed_for_that_version(
    lab: Lab, greeting: str, open_page: Open
) -> None:
    bob = lab.stack.person("bob")
    used, _other = log_trace(bob, lab), log_trace(bob, lab)
    link_prompt(bob, lab, used, greeting, "3")
    where = {"project": lab.project, "prompt": greeting, "tab": "Used by"}
    at = open_page("prompt", "carol", **where)
    traces = [query for page, query in links(at) if page == "trace"]
    assert traces == [f"project={lab.project}&trace_id={used}"]
    [every] = [query for page, query in links(at) if page == "traces" and "prompt=" in query]
    assert every == f"project={lab.project}&prompt=greeting%2F3"
    assert "No trace has used this version" in said(
        open_page("prompt", "carol", **where, version="2")
    )
    listed = open_page("traces", "carol", project=lab.project, prompt=f"{greeting}/3")
    assert [query for page, query in links(listed) if page == "trace"] == traces
    trace = open_page("trace", "carol", project=lab.project, trace_id=used)
    assert ("prompt", f"project={lab.project}&prompt=greeting&version=3") in links(trace)


@pytest.mark.parametrize(
    ("version", "load"),
    [("2", "prompts:/greeting@production"), ("3", "prompts:/greeting/3")],
)
def test_code_loads_a_version_by_its_alias_or_its_number(
    lab: Lab, greeting: str, open_page: Open, version: str, load: str
) -> None:
    where = {"project": lab.project, "prompt": greeting, "version": version}
    at = open_page("prompt", "carol", **where, tab="Use it")
    assert f'mlflow.genai.load_prompt("{load}")' in drawn(at)
    assert 'prompt.format(question="...", language="...")' in drawn(at)
    assert "mlflow.genai.register_prompt(" in drawn(at)


def test_each_role_is_offered_what_it_may_do(lab: Lab, greeting: str, open_page: Open) -> None:
    def offered(username: str) -> tuple[list[str], list[list[str]]]:
        at = open_page("prompt", username, project=lab.project, prompt=greeting)
        menus = [list(menu.proto.options) for menu in at.get("menu_button")]
        return [button.label for button in at.main.button if button.label], menus

    assert offered("carol") == ([], [])
    assert offered("bob") == (["New version"], [["Describe", "Tags"], ["Describe"]])
    assert offered("alice") == (
        ["New version"],
        [["Describe", "Tags", "Delete"], ["Aliases", "Tags", "Describe", "Delete"]],
    )


def test_a_stranger_sees_nothing_of_a_prompt(lab: Lab, greeting: str, open_page: Open) -> None:
    for page in ("prompt", "edit_prompt"):
        at = open_page(page, "mallory", project=lab.project, prompt=greeting)
        assert greeting not in said(at)
        assert "No such project for you" in said(at)
        assert not at.dataframe
        assert mlflow_links(at) == []


def test_a_prompt_is_not_found_through_another_project(
    lab: Lab, greeting: str, open_page: Open
) -> None:
    other = lab.stack.new_project()
    assert "No such prompt" in said(open_page("prompt", "carol", project=other, prompt=greeting))


def test_a_model_is_no_prompt_and_a_prompt_no_model(
    lab: Lab, greeting: str, open_page: Open
) -> None:
    at = open_page("prompt", "carol", project=lab.project, prompt=lab.model)
    assert "No such prompt" in said(at)
    at = open_page("model", "carol", project=lab.project, model=greeting)
    assert "This is a prompt" in said(at)
    assert ("prompt", f"project={lab.project}&prompt=greeting") in links(at)
