"""The pages of Studio as one table, and the links between them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlencode

import streamlit as st
from streamlit.navigation.page import StreamlitPage

_FOLDER = Path(__file__).resolve().parents[2] / "pages"


@dataclass(frozen=True)
class Entry:
    """One page: its file, its address, and where the menu shows it.

    `section` is empty for a page that is reached from another page only. A page for `owners` is
    for administrators too. `above` is the page
    to go to when the project changes, because this page shows one thing of one project.
    """

    name: str
    title: str
    icon: str
    section: str = ""
    administrators: bool = False
    owners: bool = False
    above: str = ""


ENTRIES = (
    Entry("home", "Home", "home", "Work"),
    Entry("project", "Project", "folder_open", "Work"),
    Entry("experiments", "Experiments", "science", "Work"),
    Entry("runs", "Runs", "table_rows", "Work"),
    Entry("run", "Run", "show_chart", above="experiments"),
    Entry("models", "Models", "deployed_code", "Work"),
    Entry("model", "Model", "deployed_code", above="models"),
    Entry("prompts", "Prompts", "chat", "Work"),
    Entry("prompt", "Prompt", "chat", above="prompts"),
    Entry("edit_prompt", "Edit prompt", "edit", above="prompts"),
    Entry("traces", "Traces", "account_tree", "Work"),
    Entry("trace", "Trace", "account_tree", above="traces"),
    Entry("connect", "Connect", "terminal", "Work"),
    Entry("tokens", "Tokens", "key", "Work"),
    Entry("trash", "Trash", "delete", "Work"),
    Entry("projects", "Projects", "folder_open", "Manage"),
    Entry("members", "Members", "group", "Manage"),
    Entry("requests", "Requests", "how_to_reg", "Manage", owners=True),
    Entry("programs", "Programs", "smart_toy", "Manage"),
    Entry("usage", "Usage", "data_usage", "Manage"),
    Entry("why", "Why?", "help", "Manage"),
    Entry("audit", "Audit", "history", "Manage", owners=True),
    Entry("permissions", "Permissions", "grid_on", "Administer", administrators=True),
    Entry("groups", "Groups", "groups", "Administer", administrators=True),
    Entry("people", "People", "manage_accounts", "Administer", administrators=True),
    Entry("all_tokens", "All tokens", "vpn_key", "Administer", administrators=True),
    Entry("sign_in_delays", "Sign-in delays", "hourglass", "Administer", administrators=True),
    Entry("sign_in_rules", "Single sign-on", "passkey", "Administer", administrators=True),
    Entry("system", "System", "monitor_heart", "Administer", administrators=True),
    Entry("account", "Account", "account_circle"),
    Entry("sessions", "Sessions", "devices"),
    Entry("invitation", "Invitation", "mail"),
)

# The pages for people who have no account yet.
OPEN = frozenset({"invitation"})

BY_NAME = {entry.name: entry for entry in ENTRIES}


def page(name: str) -> StreamlitPage:
    """The Streamlit page of a name, for st.page_link and st.switch_page."""
    entry = BY_NAME[name]
    return st.Page(
        _FOLDER / f"{entry.name}.py",
        # No icon: Streamlit would fetch it as the tab's icon from a font host.
        title=entry.title,
        url_path=entry.name,
        default=entry.name == "home",
    )


def pages() -> list[StreamlitPage]:
    """Every page, also those the menu hides: a deep link must find its page."""
    return [page(entry.name) for entry in ENTRIES]


def menu(*, administrator: bool, owner: bool = False) -> dict[str, list[Entry]]:
    """What the menu shows this person, by section; an owner is one of any project."""
    sections: dict[str, list[Entry]] = {}
    for entry in ENTRIES:
        hidden = entry.administrators or (entry.owners and not owner)
        if entry.section and (administrator or not hidden):
            sections.setdefault(entry.section, []).append(entry)
    return sections


def go(name: str, **params: str | None) -> NoReturn:
    """Opens another page, for example go("run", project="fraud", run_id="1f2e")."""
    st.switch_page(page(name), query_params=_given(params))


def link(
    name: str, label: str | None = None, *, icon: str | None = None, **params: str | None
) -> None:
    """Draws a link to a page with its parameters."""
    st.page_link(page(name), label=label, icon=icon, query_params=_given(params))


def url(name: str, **params: str | None) -> str:
    """The address of a page on this server, for link columns and Markdown."""
    given = _given(params)
    path = "/" if name == "home" else f"/{name}"
    return path + ("?" + urlencode(given) if given else "")


def _given(params: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in params.items() if value}
