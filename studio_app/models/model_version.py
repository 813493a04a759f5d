"""One version of a registered model: where it came from, its aliases and tags, how to load it."""

import re

import pandas as pd
import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.models import model_badges, registry
from studio_app.sharing import keeping
from studio_app.ui import breadcrumbs, commands, formats, widgets

# MLflow takes these signs only, and keeps `latest` and v1, v2, ... for itself.
_ALIAS = re.compile(r"^(?!latest$)(?!v\d+$)[\w-]{1,255}$", re.IGNORECASE | re.ASCII)
ALIAS_RULE = "Letters, digits, _ and -; not “latest” and not like “v1”."


def alias_allowed(alias: str) -> bool:
    """Whether MLflow takes this as an alias."""
    return bool(_ALIAS.match(alias))


def show(slug: str, model: Json, version: "pd.Series") -> None:
    """Draws a version with what this person may do to it."""
    name, number = str(model["name"]), str(version["version"])
    with st.container(border=True, gap="small", key="model-version"):
        with st.container(horizontal=True, vertical_alignment="center"):
            title = f"**Version {number}** {model_badges.badges(version['aliases'])}"
            st.markdown(title, width="stretch")
            _menu(slug, name, number, version, model["aliases"])
        made = formats.moment(version["created"], formats.zone(st.context.timezone))
        status = str(version["status"]).removeprefix("LOGGED_MODEL_").replace("_", " ").lower()
        user = f"by {widgets.plain(version['user'])}" if version["user"] else ""
        breadcrumbs.facts([f"registered {made}", user, status])
        if version["description"]:
            st.markdown(version["description"])
        with st.container(horizontal=True, gap="medium"):
            if version["run_id"]:
                params = {"project": slug, "run_id": str(version["run_id"])}
                breadcrumbs.inline("Source run", "run", params, ":material/show_chart:")
                files = params | {"tab": "Artifacts"} | _files(version)
                breadcrumbs.inline("Its files", "run", files, ":material/folder:")
        if version["tags"]:
            st.markdown(" ".join(_tag(key, value) for key, value in version["tags"].items()))
        st.code(_loading(name, number, version["aliases"]), language="python")


def _files(version: "pd.Series") -> dict[str, str]:
    return {"files": str(version["model_id"])} if version["model_id"] else {}


def _tag(key: str, value: str) -> str:
    return f":gray-badge[{widgets.plain(key)}: {widgets.plain(formats.short(value, 60))}]"


def _loading(name: str, number: str, aliases: list[str]) -> str:
    at = f"{name}@{aliases[0]}" if aliases else f"{name}/{number}"
    return commands.load_model(f"models:/{at}")


def _menu(slug: str, name: str, number: str, version: "pd.Series", aliases: dict[str, str]) -> None:
    allowed = []
    if session.may("promote", slug):
        allowed += ["Aliases", "Tags"]
    if session.may("register", slug):
        allowed.append("Describe")
    if session.may("delete", slug):
        allowed.append("Delete")
    if not allowed:
        return
    chosen = st.menu_button(
        "",
        allowed,
        icon=":material/more_vert:",
        type="tertiary",
        key=f"version-menu-{number}",
        help=f"What you can do with version {number}",
    )
    if chosen == "Aliases":
        _aliases(slug, name, number, aliases)
    elif chosen == "Tags":
        _tags(slug, name, number, version["tags"])
    elif chosen == "Describe":
        _describe(slug, name, number, version["description"])
    elif chosen == "Delete":
        lost = model_badges.badges(version["aliases"])
        widgets.confirm(
            f"Delete version {number}",
            f"Programs that load version {number} of **{widgets.plain(name)}** will fail. "
            + (f"The aliases {lost} go with it. " if lost else "")
            + f"{keeping.describe()} The run it came from stays.",
            "Delete version",
            lambda: registry.delete_version(session.client(), slug, name, number),
            done=f"Version {number} is deleted.",
        )


@st.dialog("Aliases")
def _aliases(slug: str, name: str, number: str, aliases: dict[str, str]) -> None:
    st.write(f"An alias is a name that programs load. Here it points at **version {number}**.")
    own = sorted(alias for alias, target in aliases.items() if target == number)
    others = sorted(set(aliases) - set(own))
    for pointing in own:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(model_badges.badge(pointing), width="stretch")
            if st.button("Remove", key=f"alias-remove-{pointing}"):
                with widgets.answering():
                    registry.remove_alias(session.client(), slug, name, pointing)
                    widgets.notice(f"The alias {pointing} is removed.")
                    st.rerun()
    alias = st.selectbox(
        "Set an alias on this version",
        others,
        index=None,
        accept_new_options=True,
        placeholder="champion",
        key="alias-name",
        help=ALIAS_RULE,
    )
    wanted = (alias or "").strip()
    fits = alias_allowed(wanted)
    if wanted and not fits:
        st.caption(f":red[{ALIAS_RULE}]")
    elif wanted in aliases:
        st.caption(f"It moves from version {aliases[wanted]} to version {number}.")
    if st.button("Set alias", type="primary", disabled=not fits, key="alias-set"):
        with widgets.answering():
            registry.set_alias(session.client(), slug, name, wanted, number)
            widgets.notice(f"{wanted} points at version {number} now.")
            st.rerun()


@st.dialog("Tags")
def _tags(slug: str, name: str, number: str, tags: dict[str, str]) -> None:
    key = st.selectbox("Tag", sorted(tags), index=None, accept_new_options=True, key="version-tag")
    value = st.text_input("Value", tags.get(key or "", ""), key=f"version-tag-value-{key}")
    with st.container(horizontal=True, horizontal_alignment="right"):
        removed = key in tags and st.button("Remove", key="version-tag-remove")
        saved = st.button("Save", type="primary", disabled=not (key or "").strip())
    if not key or not (removed or saved):
        return
    with widgets.answering():
        if removed:
            registry.delete_version_tag(session.client(), slug, name, number, key)
        else:
            registry.set_version_tag(session.client(), slug, name, number, key.strip(), value)
        widgets.notice("The tags are saved.")
        st.rerun()


@st.dialog("Describe version", width="large")
def _describe(slug: str, name: str, number: str, text: str) -> None:
    new = st.text_area("Description", text, height=200, key="version-description")
    st.caption("Markdown works here.")
    if st.button("Save", type="primary"):
        with widgets.answering():
            registry.describe_version(session.client(), slug, name, number, new.strip())
            widgets.notice("The description is saved.")
            st.rerun()
