"""What surrounds every page: the brand, the project chooser, the menu, the person."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from studio_app import session
from studio_app.api.client import Json
from studio_app.auth import sign_in
from studio_app.brand import brand
from studio_app.ui import navigation, slugs, widgets

_STYLES = Path(__file__).parent / "static" / "studio.css"

CHOOSER = "frame-project"
_MOVED = "frame-moved"
_ALL = ""
# Among more projects than this the ones that were chosen last stand first.
FEW = 8
_MOST_RECENT = 4
_RECENT = "frame-recent"


def show_brand(title: str) -> Path:
    """Sets the browser's tab, the brand's few styles, and the logo in the theme's tone."""
    own = brand()
    st.set_page_config(page_title=f"{title} · {own.name}", page_icon=own.mark, layout="wide")
    st.html(_STYLES)
    if own.style:
        st.html(own.style)
    logo = own.logo(st.context.theme.type)
    st.logo(logo, size="large", icon_image=own.mark)
    return logo


def sidebar(page: StreamlitPage) -> None:
    """Draws the sidebar and moves to a list page when the project was changed on a detail."""
    entry = navigation.BY_NAME.get(page.url_path or "home", navigation.BY_NAME["home"])
    if st.session_state.pop(_MOVED, False):
        navigation.go(entry.above or "home", project=st.session_state.get(session.PROJECT))
    with st.sidebar:
        _chooser(detail=bool(entry.above))
        _menu()
        _links()
        st.html(f'<script src="{sign_in.BROWSER_SCRIPT}"></script>', unsafe_allow_javascript=True)
        _person()


def _chooser(*, detail: bool) -> None:
    mine = {project["slug"]: str(project["name"]) for project in session.projects()}
    if not mine:
        return
    current = session.project()
    foreign = current is None and bool(st.query_params.get("project"))
    st.session_state[CHOOSER] = None if foreign else current["slug"] if current else _ALL
    st.selectbox(
        "Project",
        [_ALL, *in_order(list(mine), _recent(current))],
        format_func=lambda slug: label(slug, mine) if slug else "All projects",
        key=CHOOSER,
        placeholder="Not one of yours",
        on_change=_project_changed,
        args=(detail,),
    )


def in_order(slugs: Sequence[str], recent: Sequence[str]) -> list[str]:
    """Projects as they are offered: of many those first that were chosen last, then by name."""
    first = [slug for slug in recent if slug in slugs] if len(slugs) > FEW else []
    return [*first, *(slug for slug in slugs if slug not in first)]


def label(slug: str, names: Mapping[str, str]) -> str:
    """What a project is called in the chooser, which is searched by these letters.

    Beside a name that does not tell it stands its slug, where there are many names to search.
    """
    name = names[slug]
    many = len(names) > FEW or list(names.values()).count(name) > 1
    return f"{name} · {slug}" if many and slugs.slug_of(name) != slug else name


def _recent(current: Json | None) -> list[str]:
    """The projects that this session was in, the last one first."""
    found: list[str] = st.session_state.get(_RECENT, [])
    if current:
        slug = str(current["slug"])
        found = [slug, *(one for one in found if one != slug)][:_MOST_RECENT]
        st.session_state[_RECENT] = found
    return found


def _project_changed(detail: bool) -> None:
    slug = st.session_state[CHOOSER] or None
    session.choose_project(slug)
    if detail:
        # The address stays as it is until the list page opens: Back must find what was left.
        st.session_state[_MOVED] = True
    else:
        st.query_params.from_dict({"project": slug} if slug else {})


def _menu() -> None:
    current = session.project()
    slug = current["slug"] if current else None
    shown = navigation.menu(
        administrator=bool(session.person()["administrator"]),
        owner=any("manage" in project["may"] for project in session.projects()),
    )
    for section, entries in shown.items():
        with st.container(gap="xxsmall"):
            widgets.facts(f"**{section}**")
            for entry in entries:
                navigation.link(entry.name, icon=f":material/{entry.icon}:", project=slug)


def _links() -> None:
    """Draws the organisation's own links, below everything that is ours."""
    links = brand().links
    if not links:
        return
    with st.container(gap="xxsmall", key="frame-links"):
        widgets.facts(f"**{widgets.plain(brand().name)}**")
        for link in links:
            st.markdown(widgets.link_to(link))


def _person() -> None:
    user = session.person()
    name = user["display_name"] or user["username"]
    with (
        st.container(key="frame-person"),
        st.popover(
            widgets.plain(name), icon=":material/account_circle:", width="stretch", type="tertiary"
        ),
    ):
        widgets.facts(f"Signed in as `{user['username']}`")
        navigation.link("account", "Account", icon=":material/settings:")
        navigation.link("sessions", "Sessions", icon=":material/devices:")
        sign_in.sign_out_button()
