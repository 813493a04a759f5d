"""Connect: personal tokens, and what to paste into a script."""

import streamlit as st

from studio_app import moments, session, widgets
from studio_app.client import Json
from studio_app.settings import settings
from studio_app.snippets import LANGUAGES, STYLES, snippet

_CREATED = "connect-created"

EXPIRIES = {"7 days": 7, "30 days": 30, "90 days": 90, "1 year": 365, "Never": None}

_ALL = ""


def main() -> None:
    """Creates, lists and deletes my tokens, and shows snippets for the chosen project."""
    st.session_state.pop(_CREATED, None)
    with widgets.page_header("Connect", "Log from any script with an unmodified MLflow client."):
        if st.button("New token", icon=":material/add:", type="primary"):
            _create()
    st.header("Your tokens", anchor=False)
    with widgets.answering(), st.spinner("Reading tokens …"):
        _tokens(session.client().tokens())
    st.header("Paste into your script", anchor=False)
    _snippets()


def _tokens(tokens: list[Json]) -> None:
    if not tokens:
        widgets.empty_state(
            "No token yet",
            "A script signs in with a token instead of your password. Create one with "
            "“New token”; delete it and the script is refused at once.",
            icon="key",
        )
    for token in tokens:
        _row(token)


def _row(token: Json) -> None:
    with st.container(
        border=True,
        horizontal=True,
        vertical_alignment="center",
        wrap=False,
        key=f"row-{token['id']}",
    ):
        with st.container(width="stretch", gap="xxsmall"):
            expired = " :red-badge[expired]" if token["expired"] else ""
            st.markdown(f"**{widgets.plain(token['name'])}**{expired}")
            widgets.facts(" · ".join(_facts(token)))
        delete = st.button(
            "Delete",
            icon=":material/delete:",
            type="tertiary",
            key=f"delete-{token['id']}",
            help=f"Delete the token {token['name']}",
        )
    if delete:
        widgets.confirm(
            "Delete token",
            f"Every script that uses **{widgets.plain(token['name'])}** is refused from its very "
            "next call on.",
            "Delete token",
            lambda: session.client().delete_token(token["id"]),
            done=f"The token {token['name']} is deleted.",
        )


def _facts(token: Json) -> list[str]:
    used, expires = token["last_used_at"], token["expires_at"]
    actions = token["actions"]
    return [
        f"`{token['project']}`" if token["project"] else "all your projects",
        ", ".join(actions) if actions else "everything your roles allow",
        f"used {moments.ago(moments.moment(used))}" if used else "never used",
        f"{'ended' if token['expired'] else 'ends'} {moments.day(expires)}"
        if expires
        else "never ends",
    ]


@st.dialog("New token", on_dismiss="rerun")
def _create() -> None:
    # Two places, not one that is filled twice: within one run Streamlit's message queue puts an
    # element in place of an older one at the same path, before the block that comes between.
    form, result = st.empty(), st.container()
    created = st.session_state.get(_CREATED)
    if not created:
        with form.container():
            wanted = _ask()
            if wanted:
                with widgets.answering():
                    created = session.client().create_token(**wanted)
    if created:
        form.empty()
        with result:
            _show(st.session_state.setdefault(_CREATED, created))


def _ask() -> Json | None:
    """What the new token shall be, or None while the form is being filled."""
    mine = {project["slug"]: str(project["name"]) for project in session.projects()}
    current = session.project()
    with st.form("new-token", border=False):
        name = st.text_input("Name", placeholder="Laptop, nightly training, …", max_chars=100)
        choices = [_ALL, *mine]
        project = st.selectbox(
            "Project",
            choices,
            index=choices.index(current["slug"]) if current else 0,
            format_func=lambda slug: mine.get(slug, "All your projects"),
        )
        actions = st.pills(
            "Actions",
            list(widgets.ACTIONS),
            selection_mode="multi",
            default=["read", "log", "register"],
            help="A token can do less than you, never more. "
            + " ".join(f"**{action}**: {text}." for action, text in widgets.ACTIONS.items()),
        )
        expiry = st.selectbox("Ends after", list(EXPIRIES), index=2)
        if not st.form_submit_button("Create token", type="primary"):
            return None
        wrong = _objection(name, actions)
        if wrong:
            st.error(wrong)
            return None
        return {
            "name": name.strip(),
            "project": project or None,
            "actions": None if len(actions) == len(widgets.ACTIONS) else actions,
            "expires_in_days": EXPIRIES[str(expiry)],
        }


def _objection(name: str, actions: list[str]) -> str:
    if not name.strip():
        return "Give the token a name, so that you recognise it later."
    if not actions:
        return "Choose at least one action."
    return ""


def _show(created: Json) -> None:
    widgets.show_once_secret(created["token"], f"Your token “{widgets.plain(created['name'])}”")
    current = session.project()
    project = created["project"] or (current["slug"] if current else None)
    if project:
        st.markdown("Or with everything a shell needs:")
        text = snippet(
            "Shell",
            STYLES[0],
            api_url=settings().public_api_url,
            project=project,
            token=created["token"],
        )
        st.code(text, language="bash", wrap_lines=True)
    if st.button("Done", type="primary"):
        st.rerun()


def _snippets() -> None:
    current = session.project()
    if current is None:
        current = _choose()
    if current is None:
        widgets.empty_state(
            "You have no project yet",
            "Scripts log into a project. Create one, or ask an owner to add you.",
            icon="folder_open",
        )
        return
    style = st.segmented_control(
        "How the project is named",
        STYLES,
        default=STYLES[0],
        required=True,
        help="Both work the same. The variable suits tools that fix the address.",
    )
    for tab, (language, (highlight, *_)) in zip(
        st.tabs(list(LANGUAGES)), LANGUAGES.items(), strict=True
    ):
        with tab:
            text = snippet(
                language,
                str(style),
                api_url=settings().public_api_url,
                project=str(current["slug"]),
            )
            st.code(text, language=highlight, wrap_lines=True)
    widgets.facts(
        "Where a tool asks for a user name and a password, give your username and the token in "
        "place of the password: `MLFLOW_TRACKING_USERNAME`, `MLFLOW_TRACKING_PASSWORD`."
    )


def _choose() -> Json | None:
    mine = session.projects()
    if not mine:
        return None
    chosen = st.selectbox(
        "Project", mine, format_func=lambda project: str(project["name"]), key="connect-project"
    )
    return chosen if isinstance(chosen, dict) else None


main()
