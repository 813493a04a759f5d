"""One prompt: its versions, aliases and tags, what changed, and where it is used."""

import streamlit as st

from studio_app import session
from studio_app.prompts import prompt_header, prompt_version, prompt_versions, prompts
from studio_app.prompts.prompts import Prompt, PromptVersion
from studio_app.ui import breadcrumbs, drawn, navigation, url_state, widgets

_OPEN = "prompt-version-open"
_PAGE = 25


def main() -> None:
    """Shows the prompt that the address names, and one of its versions in full."""
    url_state.restore("prompt", "prompt")
    if number := drawn.clicked(_OPEN):
        url_state.put("version", number)
    project = widgets.project_or_stop("see a prompt")
    slug = str(project["slug"])
    with widgets.answering():
        name = st.query_params.get("prompt", "")
        prompt = prompts.read(session.client(), slug, name) if name else None
        if prompt is None:
            prompt_header.show_missing(slug)
            return
        widgets.title_tab(prompt.name)
        breadcrumbs.up((str(project["name"]), "prompts", {"project": slug}))
        token = widgets.page_token("prompt-versions", of=f"{slug} {prompt.name}")
        with st.skeleton(height=240):
            versions, following = prompts.versions(session.client(), slug, prompt, _PAGE, token)
            asked = url_state.value("version")
            shown = _shown(slug, prompt, versions, asked)
        prompt_header.show(slug, prompt, shown.number if shown else "")
        if shown:
            numbers = {one.number for one in versions} | set(prompt.aliases.values())
            numbers |= {one for one in [url_state.value("against")] if one.isdecimal()}
            prompt_version.show(slug, prompt, shown, sorted(numbers, key=int, reverse=True))
        elif versions:
            st.caption(f"There is no version {widgets.plain(asked)} of this prompt.")
        else:
            _empty(slug)
            return
        prompt_versions.show(versions, _OPEN)
        widgets.pager("prompt-versions", following)


def _shown(
    slug: str, prompt: Prompt, versions: list[PromptVersion], asked: str
) -> PromptVersion | None:
    """The version that the address asks for, else the newest, on whichever page of the table."""
    if not asked:
        newest, _ = prompts.versions(session.client(), slug, prompt, 1)
        return newest[0] if newest else None
    for one in versions:
        if one.number == asked:
            return one
    return prompts.version(session.client(), slug, prompt, asked)


def _empty(slug: str) -> None:
    widgets.empty_state(
        "No version yet",
        "Write the first one here, or register it with `mlflow.genai.register_prompt`.",
        lambda: navigation.link("connect", "Connect a script", project=slug),
        icon="chat",
    )


main()
