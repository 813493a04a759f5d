"""System: whether every part is well, what runs, seals, jobs and storage; for administrators."""

import streamlit as st

from studio_app import session
from studio_app.system import system_jobs, system_parts, system_storage
from studio_app.ui import widgets

_SECONDS = 15


def main() -> None:
    """Shows how the installation stands, anew every fifteen seconds."""
    if not session.person()["administrator"]:
        widgets.refusal(
            "This page is for administrators",
            "It tells how this ML Studio itself is doing. If something does not work for you, "
            "tell an administrator what you did and when.",
        )
        return
    widgets.page_header("System", "How this ML Studio is doing. It looks again every 15 seconds.")
    _standing()


@st.fragment(run_every=_SECONDS)
def _standing() -> None:
    with widgets.answering():
        with st.skeleton(height=420):
            found = session.client().system()
        system_parts.verdict(found)
        system_parts.cards(found["parts"])
        system_parts.figures(found)
        st.header("Audit trail", anchor=False)
        system_parts.seals(found["audit"])
        st.header("Jobs", anchor=False)
        system_jobs.rows(found["jobs"])
        system_jobs.backup(found)
        st.header("Storage", anchor=False)
        system_storage.table(found)
        st.header("Versions", anchor=False)
        system_parts.versions(found["versions"])


main()
