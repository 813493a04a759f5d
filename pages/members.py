"""Members: which people and groups are in the current project, with which role and through what."""

from functools import partial
from typing import Any

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.sharing import grant_form, preview, requests
from studio_app.ui import list_row, navigation, widgets

_PER_PAGE = 25


def main() -> None:
    """Lists the members; who may manage the project adds, changes and removes them."""
    with widgets.answering():
        _show(widgets.overseen() or widgets.project_or_stop("see its members", title="Members"))


def _show(project: Json) -> None:
    slug = str(project["slug"])
    manages = "manage" in project["may"] or bool(session.person()["administrator"])
    bound = grant_form.bound_in(project)
    with widgets.page_header("Members", widgets.plain(project["name"])):
        if manages and st.button("Add member", icon=":material/person_add:", type="primary"):
            _add(slug, "member", bound=bound)
        if manages and st.button("Add group", icon=":material/group_add:"):
            _add(slug, "group", bound=bound)
    with st.expander("What the roles allow"):
        for role, text in widgets.ROLES.items():
            st.markdown(f"**{role}** {text}")
    if "manage" in project["may"]:
        requests.badge(slug)
    with st.spinner("Reading members …"):
        _people(slug, manages=manages, bound=bound)
        _groups(slug, manages=manages, bound=bound)
    if not manages:
        widgets.facts("Only owners of the project change its members.")


def _people(slug: str, *, manages: bool, bound: str | None) -> None:
    query = st.text_input(
        "Search",
        key="members-search",
        placeholder="Search people by name",
        icon=":material/search:",
        label_visibility="collapsed",
    )
    key = f"members-{slug}"
    token = widgets.page_token(key, of=query)
    page = session.client().access(slug, query, max_results=_PER_PAGE, page_token=token)
    for person in page["people"]:
        _person(slug, person, manages=manages, bound=bound)
    if not page["people"]:
        widgets.empty_state("Nobody found", "No member's name contains these letters.")
    widgets.pager(key, page["next_page_token"])


def _person(slug: str, person: Json, *, manages: bool, bound: str | None) -> None:
    username = str(person["username"])
    name = widgets.plain(person["display_name"] or username)
    own = next((chain for chain in person["chains"] if not chain["through"]), None)
    with list_row.line(f"row-{username}"):
        with st.container(width="stretch", gap="xxsmall"):
            you = " :gray[(you)]" if username == session.person()["username"] else ""
            off = " :red-badge[disabled]" if person["disabled"] else ""
            program = " :gray-badge[service account]" if person["kind"] == "service" else ""
            st.markdown(f"**{name}** :small[`{username}`]{you}{program}{off}")
            for chain in person["chains"]:
                source = f"through group {chain['through']}" if chain["through"] else "own role"
                widgets.facts(
                    f"{chain['role']} · {widgets.plain(source)} · {grant_form.describe(chain)}"
                )
        _badge(person["role"])
        options = ["Change role", "Remove"] if own else ["Give a role of their own"]
        if person["kind"] == "service":
            # Service accounts are changed on the page Programs, with their tokens.
            options = []
        chosen = list_row.menu(username, [*options, "Why?"]) if manages else None
    if chosen == "Why?":
        navigation.go("why", project=slug, user=username)
    elif chosen == "Change role" and own:
        _change(slug, "member", username, own, bound=bound)
    elif chosen == "Remove" and own:
        _remove(slug, "member", username, own)
    elif chosen:
        _add(slug, "member", username, bound=bound)


def _groups(slug: str, *, manages: bool, bound: str | None) -> None:
    st.header("Groups", anchor=False)
    found = session.client().member_groups(slug)
    for group in found:
        _group(slug, group, manages=manages, bound=bound)
    if not found:
        more = " Add one to give all its people a role at once." if manages else ""
        widgets.empty_state(
            "No group in this project", f"People have roles of their own here.{more}", icon="groups"
        )


def _group(slug: str, group: Json, *, manages: bool, bound: str | None) -> None:
    name = str(group["name"])
    with list_row.line(f"group-{name}"):
        with st.container(width="stretch", gap="xxsmall"):
            st.markdown(f"**{widgets.plain(name)}**")
            count = group["people"]
            widgets.facts(
                f"{count} {'person' if count == 1 else 'people'} · {grant_form.describe(group)}"
            )
        _badge(None if group["expired"] else group["role"])
        chosen = list_row.menu(name, ["Change role", "Remove"]) if manages else None
    if chosen == "Change role":
        _change(slug, "group", name, group, bound=bound)
    elif chosen == "Remove":
        _remove(slug, "group", name, group)


def _badge(role: str | None) -> None:
    if role is None:
        st.badge("no access", color="red", help="No role is in force at the moment.")
    else:
        color: Any = "blue" if role == "owner" else "gray"
        st.badge(role, color=color, help=widgets.ROLES.get(role))


def _set(slug: str, kind: str, name: str, **more: Any) -> Json:
    client = session.client()
    put = client.set_member if kind == "member" else client.set_member_group
    return put(slug, name, **more)


def _known(slug: str, kind: str) -> set[str]:
    if kind == "member":
        return {str(one["username"]) for one in session.client().members(slug)}
    return {str(one["name"]) for one in session.client().member_groups(slug)}


def _add(slug: str, kind: str, name: str = "", *, bound: str | None) -> None:
    label = "Username" if kind == "member" else "Group"
    hint = "As the person types it to sign in." if kind == "member" else "The group's exact name."

    @st.dialog(f"Add {kind}")
    def ask() -> None:
        typed = st.text_input(label, name, help=hint, key=f"add-{kind}").strip()
        given = grant_form.fields(f"add-{kind}", bound=bound)
        with widgets.answering():
            possible = bool(typed) and _may_be_added(slug, kind, typed, given)
            # Never greyed out: a click right after typing would meet the old, grey button.
            pressed = st.button(f"Add {kind}", type="primary")
            if pressed and not typed:
                st.error(f"Type the {label.lower()} of the {kind} to add.")
            if not (pressed and possible):
                return
            _set(slug, kind, typed, **given)
            widgets.notice(f"{typed} is now {given['role']}.")
            st.rerun()

    ask()


def _may_be_added(slug: str, kind: str, name: str, given: dict[str, Any]) -> bool:
    if name in _known(slug, kind):
        st.error(f"{name} is a member already. Change the role in the list instead.")
        return False
    return preview.rehearsed(partial(_set, slug, kind, name, preview=True, **given))


def _change(slug: str, kind: str, name: str, grant: Json, *, bound: str | None) -> None:
    @st.dialog("Change role")
    def ask() -> None:
        st.markdown(f"Role of **{widgets.plain(name)}**")
        given = grant_form.fields(name, grant=grant, bound=bound)
        seen = {"version": grant["version"], **given}
        with widgets.answering():
            possible = grant_form.differs(given, grant) and preview.rehearsed(
                partial(_set, slug, kind, name, preview=True, **seen)
            )
            if not (st.button("Save", type="primary") and possible):
                return
            preview.unless_changed(partial(_set, slug, kind, name, **seen))
            widgets.notice(f"{name} is now {given['role']}.")
            st.rerun()

    ask()


def _remove(slug: str, kind: str, name: str, grant: Json) -> None:
    client = session.client()
    drop = client.remove_member if kind == "member" else client.remove_member_group
    version = int(grant["version"])
    preview.confirm(
        f"Remove {kind}",
        f"**{widgets.plain(name)}** loses this role from the very next click or call on. "
        "Runs that were logged stay.",
        f"Remove {kind}",
        rehearse=lambda: drop(slug, name, version=version, preview=True),
        act=lambda: drop(slug, name, version=version),
        done=f"{name} has no role of {'their' if kind == 'member' else 'its'} own here any more.",
    )


main()
