"""Dialogs that make a token: a new one, or one that follows another. Each is shown once."""

from collections.abc import Callable

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.settings import settings
from studio_app.ui import widgets
from studio_app.ui.snippets import STYLES, shell

_FRESH = "token-fresh"
_ALL = ""
_DAYS = (1, 7, 30, 90, 180, 365)
_SCRIPTS, _ONE_RUN = "Scripts", "One run only"
OVERLAPS = {"24 hours": 24, "1 hour": 1, "7 days": 168, "None: the old one ends at once": 0}

Make = Callable[..., Json]


def forget() -> None:
    """Forgets the secret that was shown; every page with these dialogs begins with it."""
    st.session_state.pop(_FRESH, None)


@st.dialog("New token", on_dismiss="rerun")
def create() -> None:
    """Asks for a token of mine, makes it and shows it."""
    client = session.client()

    def ask() -> Json | None:
        wanted = _ask(client.token_list(), choose_project=True)
        return client.create_token(**wanted) if wanted else None

    _once(ask)


@st.dialog("New token", on_dismiss="rerun")
def create_for(slug: str, username: str) -> None:
    """Asks for a token of a service account, makes it and shows it."""
    client = session.client()

    def ask() -> Json | None:
        wanted = _ask(client.account_tokens(slug, username), choose_project=False)
        return client.create_account_token(slug, username, **wanted) if wanted else None

    st.markdown(f"For `{username}`")
    _once(ask)


@st.dialog("Token for this run", on_dismiss="rerun")
def create_for_run(slug: str, run_id: str) -> None:
    """Asks for the name and the end of a token for one run, makes it and shows it."""
    client = session.client()

    def ask() -> Json | None:
        st.markdown(
            "For a job that you do not trust: it logs into this run and reads it, and nothing else."
        )
        limits = client.token_list()
        with st.form("token-of-run", border=False):
            name = _name()
            days = _days(limits)
            if not st.form_submit_button("Create token", type="primary"):
                return None
        if wrong := _objection(name, {}):
            st.error(wrong)
            return None
        return client.create_token(name.strip(), project=slug, run_id=run_id, expires_in_days=days)

    _once(ask)


@st.dialog("Rotate token", on_dismiss="rerun")
def rotate(token: Json, make: Make) -> None:
    """Asks how long the old token goes on, calls `make(overlap_hours=...)` and shows the new one.

    The new token has the name and the limits of the old one.
    """

    def ask() -> Json | None:
        st.markdown(
            f"A new token takes the place of **{widgets.plain(token['name'])}**, with the same "
            "limits. Put it where the old one is before the old one ends."
        )
        with st.form("rotate-token", border=False):
            overlap = st.selectbox("The old token works for another", list(OVERLAPS))
            if not st.form_submit_button("Rotate token", type="primary"):
                return None
        return make(overlap_hours=OVERLAPS[str(overlap)])

    _once(ask)


def _once(ask: Callable[[], Json | None]) -> None:
    # Two places, not one that is filled twice: within one run Streamlit's message queue puts an
    # element in place of an older one at the same path, before the block that comes between.
    form, result = st.empty(), st.container()
    fresh = st.session_state.get(_FRESH)
    if not fresh:
        with form.container(), widgets.answering():
            fresh = ask()
    if fresh:
        form.empty()
        with result:
            _show(st.session_state.setdefault(_FRESH, fresh))


def _ask(limits: Json, *, choose_project: bool) -> Json | None:
    """What the new token shall be, or None while the form is being filled."""
    kind = st.segmented_control(
        "For",
        [_SCRIPTS, _ONE_RUN],
        default=_SCRIPTS,
        required=True,
        help="A token of one run is for a job that you do not trust: it logs into that run and "
        "reads it, and nothing else.",
    )
    one_run = kind == _ONE_RUN
    with st.form(f"new-token-{kind}", border=False):
        wanted: Json = {}
        name = _name()
        if choose_project:
            wanted["project"] = _project(every=not one_run)
        if one_run:
            wanted["run_id"] = st.text_input("Run id", help="As the page of the run shows it.")
        else:
            wanted["actions"] = _actions()
        days = _days(limits)
        if not st.form_submit_button("Create token", type="primary"):
            return None
    wrong = _objection(name, wanted)
    if wrong:
        st.error(wrong)
        return None
    return {"name": name.strip(), "expires_in_days": days, **_sent(wanted)}


def _name() -> str:
    return st.text_input("Name", placeholder="Laptop, nightly training, …", max_chars=100)


def _project(*, every: bool) -> str:
    mine = {str(project["slug"]): str(project["name"]) for project in session.projects()}
    current = session.project()
    choices = [_ALL, *mine] if every else list(mine)
    chosen = st.selectbox(
        "Project",
        choices,
        index=choices.index(str(current["slug"])) if current else 0,
        format_func=lambda slug: mine.get(slug, "All your projects"),
    )
    return str(chosen or _ALL)


def _actions() -> list[str]:
    return st.pills(
        "Actions",
        list(widgets.ACTIONS),
        selection_mode="multi",
        default=["read", "log", "register"],
        help="A token can do less than its owner, never more. "
        + " ".join(f"**{action}**: {text}." for action, text in widgets.ACTIONS.items()),
    )


def _days(limits: Json) -> int:
    most, usual = int(limits["max_days"]), int(limits["default_days"])
    choices = sorted({days for days in _DAYS if days <= most} | {usual, most})
    chosen = st.selectbox(
        "Ends after",
        choices,
        index=choices.index(usual),
        format_func=_spoken,
        help="Rotate it before, and nothing stops.",
    )
    return int(chosen)


def _spoken(days: int) -> str:
    return {1: "1 day", 365: "1 year"}.get(days, f"{days} days")


def _objection(name: str, wanted: Json) -> str:
    if not name.strip():
        return "Give the token a name, so that you recognise it later."
    if wanted.get("actions") == []:
        return "Choose at least one action."
    if "run_id" in wanted and not wanted["run_id"].strip():
        return "Paste the id of the run."
    if "run_id" in wanted and wanted.get("project") == _ALL:
        return "Choose the project of the run. You are in none yet."
    return ""


def _sent(wanted: Json) -> Json:
    sent = {name: value for name, value in wanted.items() if value}
    if "run_id" in sent:
        sent["run_id"] = sent["run_id"].strip()
    # Without a list a token has all but what it must be made with by name.
    if set(sent.get("actions", ())) == set(widgets.ACTIONS) - {widgets.NAMED_ONLY}:
        del sent["actions"]
    return sent


def _show(fresh: Json) -> None:
    widgets.show_once_secret(fresh["token"], f"The token “{widgets.plain(fresh['name'])}”")
    current = session.project()
    project = fresh["project"] or (current["slug"] if current else None)
    if project:
        st.markdown("Or with everything a shell needs:")
        text = shell(
            STYLES[0],
            api_url=settings().public_api_url,
            project=project,
            token=fresh["token"],
            run_id=fresh["run_id"] or "",
        )
        st.code(text, language="bash", wrap_lines=True)
    if st.button("Done", type="primary"):
        st.rerun()
