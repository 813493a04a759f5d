"""One version of a registered model: where it came from, its aliases and tags, how to load it."""

import pandas as pd
import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.models import lineage, model_badges, model_card, registry, version_dialogs
from studio_app.models.version_record import VersionRecord
from studio_app.sharing import keeping
from studio_app.ui import breadcrumbs, commands, formats, widgets


def show(slug: str, model: Json, version: "pd.Series", record: VersionRecord) -> None:
    """Draws a version with what this person may do to it."""
    name, number = str(model["name"]), str(version["version"])
    with st.container(border=True, gap="small", key="model-version"):
        with st.container(horizontal=True, vertical_alignment="center"):
            title = f"**Version {number}** {model_badges.badges(version['aliases'])}"
            st.markdown(title, width="stretch")
            _menu(slug, model, version, record)
        made = formats.moment(version["created"], formats.zone(st.context.timezone))
        status = str(version["status"]).removeprefix("LOGGED_MODEL_").replace("_", " ").lower()
        user = str(version["user"]) or (record.run.user if record.run else "")
        by = f"by {widgets.plain(user)}" if user else ""
        breadcrumbs.facts([f"registered {made}", by, status])
        model_card.show_excerpt(record.description)
        lineage.show(slug, str(version["run_id"]), record)
        if record.run:
            files = {"project": slug, "run_id": record.run.run_id, "tab": "Artifacts"}
            breadcrumbs.inline("Its files", "run", files | _files(version), ":material/folder:")
        if version["tags"]:
            st.markdown(" ".join(_tag(key, value) for key, value in version["tags"].items()))
        st.code(_loading(name, number, version["aliases"]), language="python", wrap_lines=True)


def _files(version: "pd.Series") -> dict[str, str]:
    return {"files": str(version["model_id"])} if version["model_id"] else {}


def _tag(key: str, value: str) -> str:
    return f":gray-badge[{widgets.plain(key)}: {widgets.plain(formats.short(value, 60))}]"


def _loading(name: str, number: str, aliases: list[str]) -> str:
    at = f"{name}@{aliases[0]}" if aliases else f"{name}/{number}"
    return commands.load_model(f"models:/{at}")


def _menu(slug: str, model: Json, version: "pd.Series", record: VersionRecord) -> None:
    name, number, allowed = str(model["name"]), record.number, []
    if session.may("promote", slug):
        allowed += ["Aliases", "Tags"]
    if session.may("register", slug):
        allowed.append("Edit card")
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
        version_dialogs.edit_aliases(slug, name, number, model["aliases"])
    elif chosen == "Tags":
        version_dialogs.edit_tags(slug, name, number, version["tags"])
    elif chosen == "Edit card":
        model_card.edit_of_version(slug, name, record)
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
