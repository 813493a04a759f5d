"""Groups: people managed together; administrators create, fill, rename and delete them."""

from functools import partial

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.sharing import preview
from studio_app.ui import list_row, times, widgets

_PER_PAGE = 25


def main() -> None:
    """Lists the groups, or shows the people of the one in the address."""
    name = st.query_params.get("group")
    with widgets.answering():
        if name:
            _one(session.client().group(name))
        else:
            _all()


def _manages() -> bool:
    return bool(session.person()["administrator"])


def _all() -> None:
    purpose = "Give a group a role in a project on the page Members: everybody in it has it."
    with widgets.page_header("Groups", purpose if _manages() else "The groups that you are in."):
        if _manages() and st.button("New group", icon=":material/group_add:", type="primary"):
            _create()
    query = _search("groups", "Search by name or description")
    with st.spinner("Reading groups …"):
        token = widgets.page_token("groups", of=query)
        page = session.client().groups(query, max_results=_PER_PAGE, page_token=token)
    for group in page["groups"]:
        _row(group)
    if not page["groups"]:
        _nothing(query)
    widgets.pager("groups", page["next_page_token"])


def _nothing(query: str) -> None:
    if query:
        widgets.empty_state(
            "No group found", "No group contains these letters. Search for less.", icon="search"
        )
    elif _manages():
        widgets.empty_state(
            "No groups yet",
            "Create one for each team. Whoever joins the team then has its roles in all projects.",
            icon="groups",
        )
    else:
        widgets.empty_state(
            "You are in no group", "Administrators manage who is in which group.", icon="groups"
        )


def _row(group: Json) -> None:
    name = str(group["name"])
    with list_row.line(f"row-{name}"):
        with st.container(width="stretch", gap="xxsmall"):
            st.markdown(f"**{widgets.plain(name)}**")
            if group["description"]:
                st.markdown(widgets.plain(widgets.shortened(group["description"], 160)))
            widgets.facts(f"{_sizes(group)} · since {times.day(group['created_at'])}")
        more = ["Edit", "Delete"] if _manages() else []
        chosen = list_row.menu(name, ["People", *more])
    if chosen == "People":
        st.query_params["group"] = name
        st.rerun()
    elif chosen == "Edit":
        _edit(group)
    elif chosen == "Delete":
        _delete(group)


def _one(group: Json) -> None:
    name = str(group["name"])
    with widgets.page_header(widgets.plain(name), _sizes(group)):
        if _manages() and st.button("Add person", icon=":material/person_add:", type="primary"):
            _join(name)
        if st.button("All groups", icon=":material/arrow_back:"):
            st.query_params.clear()
            st.rerun()
    if group["description"]:
        st.markdown(widgets.plain(group["description"]))
    query = _search(f"people-{name}", "Search by name")
    key = f"group-{name}"
    with st.spinner("Reading people …"):
        token = widgets.page_token(key, of=query)
        page = session.client().group_people(name, query, max_results=_PER_PAGE, page_token=token)
    for person in page["people"]:
        _person(name, person)
    if not page["people"]:
        widgets.empty_state(
            "Nobody found" if query else "Nobody is in this group yet",
            "No name contains these letters."
            if query
            else "Who is added has the group's roles from the very next click or call on.",
            icon="groups",
        )
    widgets.pager(key, page["next_page_token"])


def _person(group: str, person: Json) -> None:
    username = str(person["username"])
    by_claims = person["source"] == "claims"
    with list_row.line(f"person-{username}"):
        with st.container(width="stretch", gap="xxsmall"):
            off = " :red-badge[disabled]" if person["disabled"] else ""
            st.markdown(f"**{widgets.plain(person['display_name'] or username)}**{off}")
            how = "by the sign-in service" if by_claims else f"by {person['added_by']}"
            since = times.day(person["added_at"])
            widgets.facts(f"`{username}` · added {since} {widgets.plain(how)}")
        if by_claims:
            st.badge("sign-in service", help="Kept up to date by the claims of the sign-in.")
        chosen = list_row.menu(username, ["Remove"]) if _manages() and not by_claims else None
    if chosen:
        client = session.client()
        preview.confirm(
            "Remove from group",
            f"**{widgets.plain(username)}** leaves **{widgets.plain(group)}**. Roles that they "
            "have another way stay.",
            "Remove",
            rehearse=lambda: client.remove_from_group(group, username, preview=True),
            act=lambda: client.remove_from_group(group, username),
            done=f"{username} is not in {group} any more.",
        )


@st.dialog("New group")
def _create() -> None:
    with st.form("new-group", border=False):
        name = st.text_input("Name", help="Small letters, digits and . _ @ + -")
        description = st.text_area("Description (optional)", max_chars=4000)
        if st.form_submit_button("Create group", type="primary"):
            with widgets.answering():
                made = session.client().create_group(name.strip(), description.strip())
                widgets.notice(f"The group {made['name']} is there. Add people to it.")
                st.query_params["group"] = made["name"]
                st.rerun()


@st.dialog("Edit group")
def _edit(group: Json) -> None:
    with st.form("edit-group", border=False):
        name = st.text_input("Name", group["name"])
        description = st.text_area("Description", group["description"], max_chars=4000)
        widgets.facts("People and roles stay: nobody gains or loses anything by a new name.")
        if st.form_submit_button("Save", type="primary"):
            with widgets.answering():
                save = partial(
                    session.client().update_group,
                    str(group["name"]),
                    version=int(group["version"]),
                    name=name.strip(),
                    description=description.strip(),
                )
                preview.unless_changed(save)
                widgets.notice("The group is saved.")
                st.rerun()


@st.dialog("Add person")
def _join(group: str) -> None:
    username = st.text_input(
        "Username", help="As the person types it to sign in.", key="join-name"
    ).strip()
    client = session.client()
    with widgets.answering():
        possible = bool(username) and preview.rehearsed(
            lambda: client.add_to_group(group, username, preview=True)
        )
        pressed = st.button("Add to group", type="primary")
        if pressed and not username:
            st.error("Type the username of the person to add.")
        if pressed and possible:
            client.add_to_group(group, username)
            widgets.notice(f"{username} is in {group} now.")
            st.rerun()


def _delete(group: Json) -> None:
    name, version = str(group["name"]), int(group["version"])
    client = session.client()
    preview.confirm(
        "Delete group",
        f"**{widgets.plain(name)}** goes with all its roles. The accounts of its people and "
        "roles that they have another way stay.",
        "Delete group",
        rehearse=lambda: client.delete_group(name, version=version, preview=True),
        act=lambda: client.delete_group(name, version=version),
        done=f"The group {name} is deleted.",
    )


def _sizes(group: Json) -> str:
    people, projects = int(group["people"]), int(group["projects"])
    return (
        f"{people} {'person' if people == 1 else 'people'} · "
        f"a role in {projects} {'project' if projects == 1 else 'projects'}"
    )


def _search(key: str, placeholder: str) -> str:
    return st.text_input(
        "Search",
        key=f"{key}-search",
        placeholder=placeholder,
        icon=":material/search:",
        label_visibility="collapsed",
    )


main()
