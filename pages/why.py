"""Why?: whether somebody may do something in a project, through what, and why not."""

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.sharing import grant_form
from studio_app.ui import navigation, times, widgets

_MOST = 200


def main() -> None:
    """Asks for a person, an action and a project, and shows the decision with its chain."""
    widgets.page_header("Why?", "Who may do what, through what, and why not.")
    with widgets.answering():
        slugs = _slugs()
        if not slugs:
            widgets.empty_state(
                "You have no project yet",
                "Create one, or ask the owner of an existing project to add you.",
                lambda: navigation.link("projects", "Go to projects"),
                icon="folder_open",
            )
            return
        _ask(slugs)


def _slugs() -> list[str]:
    mine = [str(project["slug"]) for project in session.projects()]
    if not session.person()["administrator"]:
        return mine
    every = session.client().projects(max_results=_MOST)["projects"]
    return sorted({*mine, *(str(project["slug"]) for project in every)})


def _ask(slugs: list[str]) -> None:
    columns = st.columns(3)
    asked = session.asked_project()
    with columns[0]:
        slug = st.selectbox(
            "Project",
            slugs if asked is None or asked in slugs else [*slugs, asked],
            index=slugs.index(asked) if asked in slugs else 0 if asked is None else len(slugs),
            key="why-project",
            accept_new_options=bool(session.person()["administrator"]),
        )
    with columns[1]:
        person = _person(str(slug))
    with columns[2]:
        action = st.selectbox(
            "Action",
            list(widgets.ACTIONS),
            format_func=lambda name: f"{name} · {widgets.ACTIONS[name]}",
            key="why-action",
        )
    with st.spinner("Asking …"):
        _verdict(session.client().explain(person, action, str(slug)))


def _person(slug: str) -> str:
    """Whom the question is about; who does not manage the project asks about themselves."""
    me = str(session.person()["username"])
    if not (session.person()["administrator"] or session.may("manage", slug)):
        st.selectbox(
            "Person",
            [me],
            key="why-me",
            help="Owners of the project and administrators can ask about others.",
        )
        return me
    found = session.client().access(slug, max_results=_MOST)["people"]
    wanted = st.query_params.get("user") or me
    names = sorted({*(str(one["username"]) for one in found), me, wanted})
    chosen = st.selectbox(
        "Person",
        names,
        index=names.index(wanted),
        key=f"why-person-{slug}",
        accept_new_options=True,
        help="Type any username.",
    )
    return str(chosen or me)


def _verdict(told: Json) -> None:
    message = widgets.plain(told["message"])
    if told["allowed"]:
        st.success(f"**Yes.** {message}", icon=":material/check_circle:")
    else:
        st.warning(f"**No.** {message}", icon=":material/block:")
        _next(told)
    if told["chains"]:
        st.header("Every way in", anchor=False)
    for place, chain in enumerate(told["chains"]):
        _chain(place, told["user"], chain)
    widgets.facts(f"For programs: reason `{told['reason']}`.")


def _next(told: Json) -> None:
    advice = {
        "account_disabled": "An administrator can enable the account on the page People.",
        "role_too_low": "An owner of the project can give a higher role on the page Members.",
        "no_such_project": "For this person the project does not exist. An owner can add them.",
    }
    if told["reason"] in advice:
        widgets.facts(advice[told["reason"]])


def _chain(place: int, user: str, chain: Json) -> None:
    with st.container(border=True, gap="xxsmall", key=f"chain-{place}"):
        mark = " :green-badge[this one counts]" if chain["counts"] else ""
        mark += " :red-badge[ended]" if chain["expired"] else ""
        through = chain["through"]
        if through:
            added = _joined(user, chain)
            st.markdown(f"**{chain['role']}** through group **{widgets.plain(through)}**{mark}")
            widgets.facts(f"{added} · role {grant_form.describe(chain)}")
        else:
            st.markdown(f"**{chain['role']}** as own role{mark}")
            widgets.facts(grant_form.describe(chain))


def _joined(user: str, chain: Json) -> str:
    by = "the sign-in service" if chain["source"] == "claims" else chain["added_by"]
    return (
        f"{widgets.plain(user)} put into the group by {widgets.plain(by)} "
        f"on {times.day(chain['added_at'])}"
    )


main()
