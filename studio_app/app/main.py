"""Each run of Studio starts here: who is it, which project, which page."""

from pathlib import Path

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from studio_app import session
from studio_app.api.client import ApiError, SignedOut, Unavailable
from studio_app.app import frame, log
from studio_app.auth import sign_in
from studio_app.quotas import meters
from studio_app.ui import navigation, url_state, widgets


def main() -> None:
    """Shows the page when somebody is signed in, else the form at the same address."""
    page = st.navigation(navigation.pages(), position="hidden")
    with log.page(page.url_path or "home") as run:
        try:
            _show(page, run)
        finally:
            _note(run)


def _note(run: log.Page) -> None:
    """Tell the log whose run it is; a browser that leaves in the middle takes its state away."""
    person, project = session.whose()
    if person:
        run.person, run.project = person, project


def _show(page: StreamlitPage, run: log.Page) -> None:
    logo = frame.show_brand(page.title)
    if st.session_state.pop(session.LEAVING, False):
        sign_in.leave()
    elif ticket := st.session_state.pop(session.TICKET, None):
        sign_in.hand_over(ticket)
    elif not session.token():
        _signed_out(page, logo)
    else:
        _signed_in(page, logo, run)


def _signed_out(page: StreamlitPage, logo: Path) -> None:
    if page.url_path in navigation.OPEN:
        with sign_in.card(logo):
            page.run()
    else:
        sign_in.form(logo)


def _signed_in(page: StreamlitPage, logo: Path, run: log.Page) -> None:
    try:
        session.refresh()
        _note(run)
    except SignedOut:
        session.count_as_signed_out()
        session.end()
        _signed_out(page, logo)
    except Unavailable as error:
        if session.IDENTITY in st.session_state:
            frame.sidebar(page)
        widgets.unavailable(error)
    except ApiError as error:
        widgets.error_box(error)
    else:
        url_state.stand_on(None)
        frame.sidebar(page)
        widgets.show_notice()
        meters.notice(page.url_path)
        page.run()


main()
