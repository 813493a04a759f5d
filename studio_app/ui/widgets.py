"""The states and small pieces that all pages share."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from studio_app import session
from studio_app.api.client import ApiError, Json, SignedOut, Unavailable
from studio_app.api.errors import if_there
from studio_app.brand import Link, brand
from studio_app.ui import foreign_markdown, formats, navigation, request_form
from studio_app.ui.cells import encodable
from studio_app.ui.slugs import is_slug

ROLES = {
    "viewer": "sees everything, changes nothing",
    "contributor": "also logs runs and registers models",
    "maintainer": "also promotes and deletes",
    "owner": "also manages members and settings",
}

ACTIONS = {
    "read": "see experiments, runs and models",
    "log": "create and write runs",
    "register": "register models and versions",
    "promote": "set aliases, stages and version tags",
    "delete": "delete experiments, models and artifacts",
    "manage": "manage members and settings",
    "administer": "give owner or maintainer, grant requests, delete the project",
}
# A token has it only if it was made with it by name, and calls to MLflow never need it.
NAMED_ONLY = "administer"

_HEADINGS = {
    400: "That was not accepted",
    403: "You may not do this",
    404: "Not found",
    409: "This has changed or exists already",
    413: "Too large",
    429: "Too often",
    504: "This took too long",
}

PASSWORD_MINIMUM = 12

# More signs of a name would fill the page; the whole name is shown on hover.
_TITLE_SIGNS = 120
_BEGINS_BLOCK = re.compile(r"^(\d*)([-+>.)])")
# Overrides, embeddings and isolates (UAX #9): names from elsewhere may hold them.
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")

_PING_SECONDS = 4


def page_header(
    title: str, caption: str | None = None, *, whole: str | None = None
) -> DeltaGenerator:
    """Draws the title of a page; the answer is the place for the page's main buttons.

    `whole` is what a shortened title stands for. All are Markdown.
    """
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        with st.container(width="stretch", gap="xsmall"):
            st.title(title, anchor=False, help=whole)
            if caption:
                facts(caption)
        return st.container(
            horizontal=True, width="content", gap="small", vertical_alignment="center"
        )


def title_tab(name: str) -> None:
    """Names the browser's tab, its history and bookmarks after what the page shows."""
    st.set_page_config(page_title=f"{formats.short(name)} · {brand().name}")


def error_box(error: ApiError) -> None:
    """Shows what went wrong, what to do, and the request id that support can search for."""
    heading = _HEADINGS.get(error.status, "Something went wrong")
    st.error(f"**{heading}.** {plain(error.message)}", icon=":material/error:")
    if error.request_id:
        facts(f"Request {error.request_id}")


def link_to(link: Link) -> str:
    """A link of the organisation's own, as Markdown."""
    return f"[{plain(link.title)}](<{link.address}>)"


def facts(text: str) -> None:
    """Draws a quiet line of small text; unlike st.caption it keeps badges readable."""
    st.markdown(f":small[:gray[{text}]]")


def refusal(title: str, text: str) -> None:
    """Shows that a page or an action is not for this person, and whom to ask."""
    empty_state(title, text, icon="lock")


def empty_state(
    title: str,
    text: str,
    action: Callable[[], None] | None = None,
    *,
    icon: str = "inbox",
) -> None:
    """Says that there is nothing yet and what to do next; `action` draws a button or a link."""
    with st.container(
        border=True, horizontal_alignment="center", gap="small", key=f"empty-{title}"
    ):
        st.space("small")
        with st.container(key=f"empty-icon-{title}", width="content"):
            st.markdown(f":gray[:material/{icon}:]")
        st.markdown(f"**{plain(title)}**", text_alignment="center")
        st.markdown(f":gray[{text}]", text_alignment="center")
        if action:
            action()
        st.space("small")


def notice(text: str, *, icon: str = "check_circle") -> None:
    """Says something once in the next run, for instance after a change and a rerun."""
    session.remember(session.NOTICE, (text, icon))


def show_notice() -> None:
    """Shows the kept notice, if there is one."""
    kept = st.session_state.pop(session.NOTICE, None)
    if kept:
        text, icon = kept
        st.toast(plain(text), icon=f":material/{icon}:", duration="long")


@contextmanager
def answering() -> Iterator[None]:
    """Turns what the API answers into the right state of the page.

    Put everything that needs the answer inside: the page goes on after the block. ApiError
    shows its text; SignedOut shows the sign-in form; Unavailable shows a banner that goes
    by itself when the service is back.
    """
    try:
        yield
    except SignedOut:
        session.end()
        st.rerun()
    except Unavailable as error:
        unavailable(error)
    except ApiError as error:
        error_box(error)


def unavailable(error: Unavailable) -> None:
    """Shows that a service is away, and reruns the page when it answers again."""
    away = {
        "mlflow_unavailable": "MLflow does not answer at the moment",
        "database_unavailable": "ML Studio's database does not answer at the moment",
        "audit_unavailable": "The audit trail cannot be written, so nothing is changed now",
    }.get(error.reason, "ML Studio's API does not answer at the moment")

    @st.fragment(run_every=_PING_SECONDS)
    def banner() -> None:
        if st.session_state.pop("studio_was_away", False) and _is_back(error.reason):
            st.rerun(scope="app")
        st.session_state["studio_was_away"] = True
        st.warning(
            f"**{away}.** Nothing is lost. This page comes back by itself as soon as it does.",
            icon=":material/cloud_off:",
        )

    banner()


def _is_back(reason: str) -> bool:
    try:
        if reason == "mlflow_unavailable":
            return bool(session.client().status()["mlflow"]["ok"])
        session.client().me()
    except Unavailable:
        return False
    except ApiError:
        return True
    return True


def overseen() -> Json | None:
    """The project in the address, when an administrator looks at one they are no member of."""
    asked = st.query_params.get("project")
    if not asked or session.project() or not session.person()["administrator"]:
        return None
    return if_there(lambda: session.client().project(asked))


def project_or_stop(purpose: str, *, title: str = "") -> Json:
    """The current project; without one, shows how to choose one and ends the run.

    `purpose` completes the sentence "Choose a project to ...". `title` is the page's, for
    pages that draw their header after they know the project.
    """
    current = session.project()
    if current:
        return current
    if title:
        page_header(title)
    asked = st.query_params.get("project")
    if asked:
        refusal(
            "No such project for you",
            f"There is no project “{plain(asked)}”, or you are no member of it. "
            "Check the address, or ask the project's owner to add you.",
        )
        if is_slug(asked):
            with answering():
                request_form.show(asked, {role: ROLES[role] for role in request_form.ASKED})
    elif not session.projects():
        empty_state(
            "You have no project yet",
            "Create one, or ask the owner of an existing project to add you.",
            lambda: navigation.link("projects", "Go to projects"),
            icon="folder_open",
        )
    else:
        empty_state("Choose a project", f"Choose a project to {purpose}.", _project_buttons)
    return st.stop()


def _project_buttons() -> None:
    with st.container(horizontal=True, horizontal_alignment="center"):
        for project in session.projects()[:12]:
            if st.button(project["name"], key=f"choose-{project['slug']}"):
                session.choose_project(project["slug"])
                st.query_params["project"] = project["slug"]
                st.rerun()


def show_once_secret(secret: str, text: str) -> None:
    """Shows a secret that cannot be shown again, with a copy button."""
    with st.container(border=True):
        st.markdown(f"**{text}**")
        st.code(secret, language=None, wrap_lines=True)
        facts("Copy it now. For your safety it is not kept and cannot be shown again.")


def role_picker(label: str, *, key: str, role: str = "viewer", label_visible: bool = True) -> str:
    """Lets the person choose one of the four roles, each with what it allows."""
    names = list(ROLES)
    chosen = st.selectbox(
        label,
        names,
        index=names.index(role) if role in names else 0,
        format_func=lambda name: f"{name} · {ROLES[name]}",
        key=key,
        label_visibility="visible" if label_visible else "collapsed",
    )
    return str(chosen)


def confirm(
    title: str,
    text: str,
    verb: str,
    act: Callable[[], object],
    *,
    done: str,
    typed: str | None = None,
) -> None:
    """Opens a dialog that does `act` when the person agrees, then says `done`.

    With `typed`, the person must type that word first: for what cannot be undone.
    Call it in the branch of a pressed button.
    """

    @st.dialog(title)
    def ask() -> None:
        st.write(text)
        matches = True
        if typed is not None:
            answer = st.text_input(f"Type **{plain(typed)}** to go on", key="confirm-typed")
            matches = answer.strip() == typed
        with st.container(horizontal=True, horizontal_alignment="right"):
            if st.button("Cancel", key="confirm-cancel"):
                st.rerun()
            agreed = st.button(verb, type="primary", key="confirm-verb", disabled=not matches)
        if agreed:
            with answering():
                act()
                notice(done)
                st.rerun()

    ask()


def page_token(key: str, *, of: str = "") -> str:
    """The token of the page of a long list that is shown now; `of` is what was searched for.

    A new search starts at the first page. Draw `pager` with the same key below the list.
    """
    kept = st.session_state.get(f"pages-{key}")
    if kept is None or kept["of"] != of:
        kept = session.remember(f"pages-{key}", {"of": of, "tokens": [""]})
    return str(kept["tokens"][-1])


def pager(key: str, next_token: str) -> None:
    """Draws the buttons to the next and the previous page; nothing when one page is all."""
    tokens: list[str] = st.session_state[f"pages-{key}"]["tokens"]
    if len(tokens) == 1 and not next_token:
        return
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center"):
        st.button(
            "Previous",
            key=f"{key}-previous",
            on_click=_drop_last,
            args=(tokens,),
            disabled=len(tokens) < 2,
        )
        st.caption(f"Page {len(tokens)}", width="content")
        st.button(
            "Next",
            key=f"{key}-next",
            on_click=tokens.append,
            args=(next_token,),
            disabled=not next_token,
        )


def _drop_last(tokens: list[str]) -> None:
    del tokens[-1]


def shortened(text: str, length: int) -> str:
    """The first words of a text, with an ellipsis when something is left out."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1].rsplit(" ", 1)[0] + " …"


def plain(text: str) -> str:
    """A foreign text on one line, with Markdown's own signs made harmless.

    A letter that would turn what stands after it is spelled out. It neither begins nor ends with a
    space: `** x**` would not be bold (CommonMark 0.31, 6.2).
    """
    line = foreign_markdown.without_icons(_TURNS.sub(_spelled, encodable(" ".join(text.split()))))
    if text and not line:
        return "␣"
    for sign in "\\`*_[]$:<#~&":
        line = line.replace(sign, "\\" + sign)
    # What would begin a list or a quotation.
    return _BEGINS_BLOCK.sub(r"\1\\\2", line)


def _spelled(found: re.Match[str]) -> str:
    return f"U+{ord(found[0]):04X}"


def named(name: str) -> tuple[str, str | None]:
    """A name as the title of a page, and the whole of it where the title is too short for it."""
    line = formats.short(name, _TITLE_SIGNS)
    return plain(line), plain(name) if line.endswith("…") and line != name else None
