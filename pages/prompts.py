"""Prompts: over all my projects or the chosen one, changed last first."""

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.models import model_badges
from studio_app.prompts import prompt_version, prompts
from studio_app.ui import (
    address_fields,
    breadcrumbs,
    commands,
    formats,
    navigation,
    times,
    widgets,
)

_PAGE = 25
_FIRST = f"import mlflow\n\n{commands.register_prompt('greeting', 'Dear {{name}},')}"


def main() -> None:
    """Lists prompts with a search."""
    project = session.project()
    if st.query_params.get("project") and not project:
        widgets.project_or_stop("see its prompts")
    slug = str(project["slug"]) if project else None
    caption = (
        f"In {widgets.plain(project['name'])}" if project else "Over all the projects you are in"
    )
    asked = [project] if project else session.projects()
    with widgets.page_header("Prompts", caption):
        if any("register" in one["may"] for one in asked) and st.button(
            "New prompt", icon=":material/add:", type="primary", key="prompts-new"
        ):
            navigation.go("edit_prompt", project=slug)
    query = _search()
    with widgets.answering():
        token = widgets.page_token("prompts", of=f"{slug} {query}")
        with st.skeleton(height=320):
            found, following = prompts.search(
                session.client(), project=slug, query=query, max_results=_PAGE, page_token=token
            )
        if found:
            names = {one["slug"]: str(one["name"]) for one in session.projects()}
            with st.container(border=True, gap="medium", key="prompt-rows"):
                for row in found:
                    _row(row, names.get(row["project"], "") if project is None else "")
        else:
            _nothing(query, slug)
        widgets.pager("prompts", following)


def _search() -> str:
    found = address_fields.text(
        "Search",
        key="prompts-search",
        name="name",
        placeholder="Search by name",
        search=True,
        labelled=False,
    )
    return found.strip()


def _row(row: Json, project_name: str) -> None:
    slug, name = str(row["project"]), str(row["name"])
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        with st.container(width="stretch", gap="xxsmall"):
            breadcrumbs.row(name, "prompt", {"project": slug, "prompt": name}, "chat")
            if row.get("description"):
                st.caption(widgets.plain(formats.excerpt(str(row["description"]))))
            breadcrumbs.facts(_facts(row, project_name))
            if tags := prompts.shown_tags(row["tags"]):
                st.markdown(" ".join(prompt_version.tag(*one) for one in tags.items()))
        if row["aliases"]:
            st.markdown(model_badges.with_versions(row["aliases"]), width="content")


def _facts(row: Json, project_name: str) -> list[str]:
    newest = max((int(found["version"]) for found in row["latest_versions"]), default=0)
    updated = row.get("last_updated_timestamp")
    author = prompts.author_of(row["tags"])
    return [
        widgets.plain(project_name),
        f"newest version {newest}" if newest else "no version yet",
        f"changed {times.ago(times.from_milliseconds(updated))}" if updated else "",
        f"by {widgets.plain(author)}" if author else "",
    ]


def _nothing(query: str, slug: str | None) -> None:
    if query:
        widgets.empty_state(
            "No prompt found",
            "No name contains these letters. Search for less, or choose another project.",
            icon="search",
        )
        return

    def show_first() -> None:
        st.code(_FIRST, language="python", width="content")
        navigation.link("connect", "Connect a script", icon=":material/terminal:", project=slug)

    widgets.empty_state(
        "No prompt yet",
        "A prompt is a text for a model, with a number for each change. Register one from a "
        "script, or write one here.",
        show_first,
        icon="chat",
    )


main()
