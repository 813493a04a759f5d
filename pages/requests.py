"""Requests: who asks for access to the projects that I manage."""

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.sharing import grant_form, requests
from studio_app.ui import widgets


def main() -> None:
    """Lists the requests of the current project, or where somebody waits when none is chosen."""
    with widgets.answering():
        project = widgets.overseen() or session.project()
        if project:
            _of(project)
        elif st.query_params.get("project"):
            widgets.project_or_stop("see who asks for access", title="Requests")
        else:
            widgets.page_header("Requests", "Who asks for access to the projects that you own.")
            with st.spinner("Reading requests …"):
                requests.overview(session.client().request_counts())


def _of(project: Json) -> None:
    widgets.page_header("Requests", widgets.plain(project["name"]))
    if "manage" not in project["may"] and not session.person()["administrator"]:
        widgets.refusal(
            "This page is for owners",
            "Owners of the project decide who gets access. Who they are stands on the page "
            "Members.",
        )
        return
    with st.spinner("Reading requests …"):
        requests.section(str(project["slug"]), bound=grant_form.bound_in(project))


main()
