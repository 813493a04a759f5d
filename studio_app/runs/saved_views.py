"""Saved views of the page of runs: the one that the address stands on, and the menu of them all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import streamlit as st

from studio_app import session
from studio_app.api.client import ApiError, Json
from studio_app.runs import kept
from studio_app.runs.charts import chart_view
from studio_app.runs.table import run_bar, run_view
from studio_app.ui import formats, navigation, url_state, widgets
from studio_app.ui.url_state import SAVED, WITHOUT, Base

PAGE = "runs"
EXPERIMENT = "experiment_id"
# What an address says of the runs of all experiments, since Back may lose what it leaves out.
ALL = "all"
# The parameters that a view holds: the API's table says the same (tests/pages/test_saved_views.py).
NAMES = frozenset({EXPERIMENT, "show", *run_bar.FILTERS, *run_view.NAMES, *chart_view.NAMES})

_NAME_SIGNS = 100
_LABEL_SIGNS = 28


@dataclass(frozen=True)
class Opened:
    """The views that a person sees here, and the open one; `missing` is one that is not there."""

    views: Sequence[Json]
    view: Json | None
    missing: bool = False

    @property
    def changed(self) -> bool:
        """Whether the page is arranged in another way than the open view."""
        return self.view is not None and arrangement() != self.view["address"]

    def writable(self, slug: str) -> bool:
        """Whether the open view is the person's to change."""
        if self.view is None:
            return False
        return self.view["owner"] == "me" or session.may("promote", slug)


def open_view(slug: str) -> Opened:
    """Has the address stand on the view that it names.

    An address that says nothing of the runs stands on the project's first view, if it has one.
    """
    views = kept.read(_all(slug), lambda: session.client().views(slug, PAGE), height=40)
    said = st.query_params.to_dict()
    asked = said.get(SAVED, "")
    if not asked and not said.keys() & NAMES:
        asked = next((str(view["id"]) for view in views if view["default"]), "")
    view = _read(slug, asked) if asked else None
    base = Base(asked, view["address"]) if view is not None else None
    url_state.stand_on(base)
    return Opened(views, view, missing=bool(asked) and view is None)


def arrangement() -> dict[str, str]:
    """What a view of the page as it is now holds."""
    found = {name: text for name, text in url_state.address().items() if name in NAMES and text}
    if found.get(EXPERIMENT) == ALL:
        del found[EXPERIMENT]
    return found


def show(slug: str, opened: Opened) -> Callable[[], None] | None:
    """Draws the menu of views; the answer is what was asked for, to be done below the header."""
    view = opened.view
    label = formats.short(str(view["name"]), _LABEL_SIGNS) if view else "Views"
    if opened.changed:
        st.badge("Changed", color="orange", help="The page differs from the view that is open.")
    with st.popover(
        widgets.plain(label), icon=":material/bookmark:", key="views", help="Saved views"
    ):
        _list(slug, opened)
    asked: Callable[[], None] | None = None
    writable = opened.writable(slug)
    if opened.changed:
        if writable and st.button("Save", key="views-save", type="primary"):
            asked = partial(_save, slug, opened)
        if st.button("Reset", key="views-reset", help="As the view was saved"):
            asked = partial(_reset, slug, opened)
    chosen = st.menu_button(
        "",
        list(_choices(slug, opened)),
        icon=":material/more_vert:",
        type="tertiary",
        key="views-menu",
        help="What you can do with views",
    )
    return _choices(slug, opened)[chosen] if chosen else asked


def missing() -> None:
    """Says that the view of the address is not there."""
    st.warning(
        "**This view is not there.** It was deleted, or it is somebody's own. You see the runs "
        "without it.",
        icon=":material/bookmark_remove:",
    )


def _list(slug: str, opened: Opened) -> None:
    for owner, title in (("project", "The project's"), ("me", "Mine")):
        found = [view for view in opened.views if view["owner"] == owner]
        if found:
            widgets.facts(f"**{title}**")
        with st.container(gap="xsmall", key=f"views-list-{owner}"):
            for view in found:
                _entry(slug, view, opened)
    if not opened.views:
        st.caption("No view is saved yet. Arrange the table and the charts, then save them here.")
    elif opened.view is not None:
        navigation.link(
            "runs", "Without a view", icon=":material/close:", project=slug, experiment_id=ALL
        )


def _entry(slug: str, view: Json, opened: Opened) -> None:
    here = opened.view is not None and opened.view["id"] == view["id"]
    first = " :gray[· opens first]" if view["default"] else ""
    navigation.link(
        "runs",
        widgets.plain(str(view["name"])) + first,
        icon=":material/check:" if here else ":material/bookmark:",
        project=slug,
        saved=str(view["id"]),
    )


def _choices(slug: str, opened: Opened) -> dict[str, Callable[[], None]]:
    choices: dict[str, Callable[[], None]] = {"Save as …": partial(_save_as, slug)}
    view = opened.view
    if view is None or not opened.writable(slug):
        return choices
    choices["Rename …"] = partial(_rename, slug, view)
    change = partial(_change, slug, view)
    if view["owner"] == "me":
        if session.may("promote", slug):
            done = "Everybody in the project finds this view now."
            choices["Give to the project"] = partial(change, done, owner="project")
    elif view["default"]:
        done = "The project's runs open without a view now."
        choices["Do not open first"] = partial(change, done, default=False)
    else:
        done = "The project's runs open with this view now."
        choices["Open first"] = partial(change, done, default=True)
    choices["Delete …"] = partial(_delete, slug, view)
    return choices


def _save_as(slug: str) -> None:
    @st.dialog("Save as a view")
    def ask() -> None:
        st.caption("Columns, order, filters, experiment and what is shown, under a name.")
        with st.form("view-form", border=False):
            name = st.text_input("Name", key="view-name", max_chars=_NAME_SIGNS)
            shared = session.may("promote", slug) and st.toggle(
                "For everybody in the project", key="view-shared"
            )
            if not st.form_submit_button("Save", key="view-create", type="primary"):
                return
        with widgets.answering():
            made = session.client().create_view(
                slug, PAGE, name, arrangement(), owner="project" if shared else "me"
            )
            _go_on(slug, made, f"Saved as “{made['name']}”.")

    ask()


def _rename(slug: str, view: Json) -> None:
    @st.dialog("Rename the view")
    def ask() -> None:
        with st.form("view-form", border=False):
            key = f"view-rename-{view['id']}"
            name = st.text_input("Name", str(view["name"]), key=key, max_chars=_NAME_SIGNS)
            if not st.form_submit_button("Rename", key="view-renamed", type="primary"):
                return
        with widgets.answering():
            _change(slug, view, "The view has another name now.", name=name)

    ask()


def _save(slug: str, opened: Opened) -> None:
    if opened.view is not None:
        view = session.client().update_view(slug, opened.view, address=arrangement())
        _go_on(slug, view, f"Saved “{view['name']}”.")


def _reset(slug: str, opened: Opened) -> None:
    if opened.view is not None:
        # Read again: what somebody else made of it meanwhile is what it is.
        _go_on(slug, opened.view, "")


def _change(slug: str, view: Json, done: str, **fields: object) -> None:
    changed = session.client().update_view(slug, view, **fields)
    kept.drop(_all(slug))
    kept.keep(_one(slug, str(view["id"])), changed)
    widgets.notice(done)
    st.rerun()


def _delete(slug: str, view: Json) -> None:
    whose = "For everybody in the project. " if view["owner"] == "project" else ""
    widgets.confirm(
        "Delete the view",
        f"{whose}**{widgets.plain(str(view['name']))}** cannot be brought back. No run changes.",
        "Delete the view",
        lambda: _deleted(slug, view),
        done="The view is deleted.",
    )


def _deleted(slug: str, view: Json) -> None:
    session.client().delete_view(slug, view)
    now = url_state.address()
    _forget(slug, view)
    url_state.stand_on(None)
    # What was shown stays: only its name is gone.
    st.query_params.from_dict({EXPERIMENT: ALL} | now)


def _go_on(slug: str, view: Json, done: str) -> None:
    """Opens a view as it is, and leaves what is no part of views where it was."""
    _forget(slug, view)
    rest = {
        name: text
        for name, text in st.query_params.to_dict().items()
        if name not in NAMES and name != WITHOUT
    }
    st.query_params.from_dict(rest | {SAVED: str(view["id"])})
    if done:
        widgets.notice(done)
    st.rerun()


def _forget(slug: str, view: Json) -> None:
    kept.drop(_all(slug))
    kept.drop(_one(slug, str(view["id"])))


def _read(slug: str, number: str) -> Json | None:
    try:
        return kept.read(_one(slug, number), lambda: session.client().view(slug, number), height=40)
    except ApiError as error:
        if error.reason != "no_such_view":
            raise
        return None


def _all(slug: str) -> tuple[str, ...]:
    return ("views", slug)


def _one(slug: str, number: str) -> tuple[str, ...]:
    return ("view", slug, number)
