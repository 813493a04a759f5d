"""Writing a new prompt, or a new version of one."""

import streamlit as st

from studio_app import session
from studio_app.prompts import editor, prompt_header, prompts
from studio_app.prompts.prompts import Prompt, PromptVersion
from studio_app.ui import breadcrumbs, widgets


def main() -> None:
    """Shows the form; the address names the prompt, and the version that a new one begins from."""
    project = widgets.project_or_stop("write a prompt", title="New prompt")
    slug, name = str(project["slug"]), st.query_params.get("prompt", "")
    with widgets.answering():
        prompt = prompts.read(session.client(), slug, name) if name else None
        if name and prompt is None:
            prompt_header.show_missing(slug)
            return
        steps = [(str(project["name"]), "prompts", {"project": slug})]
        if prompt:
            steps.append((prompt.name, "prompt", {"project": slug, "prompt": prompt.name}))
        breadcrumbs.up(*steps)
        base = _base(slug, prompt)
        title = f"New version of {prompt.name}" if prompt else "New prompt"
        widgets.title_tab(title)
        shown, whole = widgets.named(title)
        widgets.page_header(
            shown,
            f"Begins from version {base.number}"
            if base
            else f"In {widgets.plain(project['name'])}",
            whole=whole,
        )
        if not session.may("register", slug):
            widgets.refusal(
                "You may not write prompts here",
                "A contributor may. Ask the project's owner for a higher role.",
            )
            return
        editor.show(slug, prompt, base)


def _base(slug: str, prompt: Prompt | None) -> PromptVersion | None:
    """The version that the address names, else the newest."""
    if prompt is None:
        return None
    asked = st.query_params.get("version", "")
    found = prompts.version(session.client(), slug, prompt, asked) if asked else None
    if found:
        return found
    newest, _ = prompts.versions(session.client(), slug, prompt, 1)
    return newest[0] if newest else None


main()
