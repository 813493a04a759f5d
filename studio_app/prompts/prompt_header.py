"""The head of a prompt's page: its name, aliases, tags, and what a person may do with all of it."""

import streamlit as st

from studio_app import session
from studio_app.artifacts import mlflow_link
from studio_app.models import model_badges, registry
from studio_app.prompts import prompt_version, prompts
from studio_app.prompts.prompts import Prompt
from studio_app.runs import kept
from studio_app.sharing import keeping
from studio_app.ui import breadcrumbs, foreign_markdown, navigation, times, widgets


def show(slug: str, prompt: Prompt, shown: str) -> None:
    """Draws the head; a new version begins from the one that is `shown`, a number or empty."""
    title, whole = widgets.named(prompt.name)
    chosen = None
    with widgets.page_header(title, whole=whole):
        mlflow_link.show(slug, "prompts", prompt.name)
        if session.may("register", slug) and st.button(
            "New version", icon=":material/edit:", type="primary", key="prompt-new-version"
        ):
            navigation.go("edit_prompt", project=slug, prompt=prompt.name, version=shown)
        allowed = ["Describe", "Tags"] if session.may("register", slug) else []
        allowed += ["Delete"] if session.may("delete", slug) else []
        if allowed:
            chosen = st.menu_button(
                "",
                allowed,
                icon=":material/more_vert:",
                key="prompt-menu",
                help="What you can do with this prompt",
            )
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if prompt.aliases:
            st.markdown(model_badges.with_versions(prompt.aliases), width="content")
        breadcrumbs.facts(
            [
                f"changed {times.ago(times.from_milliseconds(prompt.updated))}"
                if prompt.updated
                else "",
                f"by {widgets.plain(prompt.author)}" if prompt.author else "",
            ]
        )
    if prompt.description:
        foreign_markdown.show(prompt.description)
    if prompt.tags:
        badges = (prompt_version.tag(key, value) for key, value in prompt.tags.items())
        st.markdown(" ".join(badges))
    _act(chosen, slug, prompt)


def show_missing(slug: str) -> None:
    """Says that there is no such prompt for this person."""
    widgets.empty_state(
        "No such prompt",
        "There is no prompt of this name in this project. It may have been deleted.",
        lambda: navigation.link("prompts", "Go to prompts", project=slug),
        icon="search_off",
    )


def _act(chosen: str | None, slug: str, prompt: Prompt) -> None:
    if chosen == "Describe":
        _describe(slug, prompt)
    elif chosen == "Tags":
        _tags(slug, prompt)
    elif chosen == "Delete":
        widgets.confirm(
            "Delete prompt",
            f"This deletes **{widgets.plain(prompt.name)}** with all its versions and aliases. "
            f"Programs that load it will fail. {keeping.describe()} The traces that used it stay.",
            "Delete prompt",
            lambda: _delete(slug, prompt.name),
            done="The prompt is deleted.",
            typed=prompt.name,
        )


def _delete(slug: str, name: str) -> None:
    registry.delete_model(session.client(), slug, name)
    kept.forget()
    widgets.notice("The prompt is deleted.")
    navigation.go("prompts", project=slug)


@st.dialog("Describe prompt", width="large")
def _describe(slug: str, prompt: Prompt) -> None:
    new = st.text_area("Description", prompt.description, height=200, key="prompt-description")
    st.caption("Markdown works here.")
    if st.button("Save", type="primary", key="prompt-describe"):
        with widgets.answering():
            registry.describe_model(session.client(), slug, prompt.name, new.strip())
            widgets.notice("The description is saved.")
            st.rerun()


@st.dialog("Tags")
def _tags(slug: str, prompt: Prompt) -> None:
    tags, name = prompt.tags, prompt.name
    key = st.selectbox("Tag", list(tags), index=None, accept_new_options=True, key="prompt-tag")
    value = st.text_input("Value", tags.get(key or "", ""), key=f"prompt-tag-value-{key}")
    with st.container(horizontal=True, horizontal_alignment="right"):
        removed = key in tags and st.button("Remove", key="prompt-tag-remove")
        ready = bool((key or "").strip())
        saved = st.button("Save", type="primary", key="prompt-tag-save", disabled=not ready)
    if not key or not (removed or saved):
        return
    with widgets.answering():
        if removed:
            prompts.delete_tag(session.client(), slug, name, key)
        else:
            prompts.set_tag(session.client(), slug, name, key.strip(), value)
        widgets.notice("The tags are saved.")
        st.rerun()
