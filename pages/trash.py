"""Trash: what was deleted in the current project and can come back."""

from functools import partial

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.runs import kept
from studio_app.sharing import keeping
from studio_app.ui import formats, list_row, widgets

_PAGE = 25
# What each kind is called, and the action by which a member restores it: that of its deletion.
_KINDS = {"runs": ("Runs", "log"), "experiments": ("Experiments", "delete")}
_KINDS["models"] = ("Models", "delete")


def main() -> None:
    """Lists deleted runs, experiments and models; brings them back."""
    with widgets.answering():
        project = widgets.project_or_stop("see its trash", title="Trash")
        widgets.page_header("Trash", f"In {widgets.plain(project['name'])}")
        kind = st.segmented_control(
            "Kind",
            list(_KINDS),
            default="runs",
            required=True,
            format_func=lambda found: _KINDS[found][0],
            key="trash-kind",
            label_visibility="collapsed",
        )
        _list(project, str(kind))


def _list(project: Json, kind: str) -> None:
    slug = str(project["slug"])
    token = widgets.page_token("trash", of=f"{slug} {kind}")
    with st.skeleton(height=240):
        page = session.client().trash(slug, kind, max_results=_PAGE, page_token=token)
    for item in page["items"]:
        _row(slug, item, restores=_KINDS[kind][1] in project["may"])
    if page["items"]:
        widgets.facts(_end(int(page["days"])))
    else:
        _nothing(kind, int(page["days"]))
    widgets.pager("trash", page["next_page_token"])


def _row(slug: str, item: Json, *, restores: bool) -> None:
    name = str(item["name"] or item["id"])
    with list_row.line(f"row-{item['kind']}-{item['id']}"):
        with st.container(width="stretch", gap="xxsmall"):
            st.markdown(f"**{widgets.plain(name)}** {keeping.left(item)}")
            widgets.facts(" · ".join([*_about(item), *keeping.facts(item)]))
        pressed = restores and st.button(
            "Restore",
            key=f"restore-{item['kind']}-{item['id']}",
            help=f"Brings {item['what']} {name} back",
        )
    if pressed:
        widgets.confirm(
            f"Restore {item['what']}",
            f"**{widgets.plain(name)}** comes back as it was. {_along(item)}",
            "Restore",
            partial(_restore, slug, item, name),
            done=f"{name} is back.",
        )


def _about(item: Json) -> list[str]:
    if item["kind"] == "runs":
        return [f"run in {widgets.plain(item['inside'])}"]
    if item["kind"] == "experiments":
        return [f"experiment with {formats.count(int(item['runs'] or 0), 'run')}"]
    return [str(item["what"])]


def _along(item: Json) -> str:
    return {
        "runs": "Its metrics, parameters and files have stayed.",
        "experiments": "All its runs come with it, also those that were deleted before.",
        "models": "With its number, tags and aliases; an alias that names another version by now "
        "stays there.",
    }[str(item["kind"])]


def _restore(slug: str, item: Json, name: str) -> None:
    kept.forget()
    left = session.client().restore(slug, item["kind"], item["id"])["left"]
    if left:
        widgets.notice(f"{name} is back. Other versions have kept: {', '.join(left)}.")
        st.rerun()


def _end(days: int) -> str:
    if not days:
        return "Nothing is purged here."
    return f"After {'a day' if days == 1 else f'{days} days'} it goes for good, with its files."


def _nothing(kind: str, days: int) -> None:
    how_long = "for a day" if days == 1 else f"for {days} days"
    stays = how_long if days else "until they are restored"
    text = {
        "runs": f"Deleted runs stay here {stays}.",
        "experiments": f"Deleted experiments stay here with their runs {stays}.",
        "models": f"Deleted models, versions and prompts stay here {stays}.",
    }[kind]
    widgets.empty_state(f"No deleted {kind}", text, icon="delete")


main()
