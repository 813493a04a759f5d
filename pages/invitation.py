"""Invitation: somebody who was invited chooses a password, and is signed in."""

import streamlit as st

from studio_app import session
from studio_app.api.client import Json, SignedOut
from studio_app.brand import brand
from studio_app.ui import navigation, times, widgets


def main() -> None:
    """Shows the form to who is signed out; who is signed in has no use for an invitation."""
    invitation = session.invitation()
    if session.token():
        _signed_in(invited=bool(invitation))
    elif not invitation:
        _refused("Open the whole link that you were sent. It works once, and for some days only.")
    else:
        with widgets.answering():
            _offer(invitation)


def _signed_in(*, invited: bool) -> None:
    if not invited:
        navigation.go("home")
    widgets.empty_state(
        "You are signed in already",
        f"You are `{session.person()['username']}`. An invitation makes a new account: sign out "
        "first, then open its link again.",
        lambda: navigation.link("home", "Go to Home", icon=":material/home:"),
        icon="mail",
    )


def _offer(invitation: str) -> None:
    try:
        with st.spinner("Reading your invitation …"):
            offer = session.client().read_invitation(invitation)
    except SignedOut as error:
        _refused(error.message)
        return
    _welcome(offer)
    with st.form("accept-invitation", border=False):
        password = st.text_input(
            "Password",
            type="password",
            autocomplete="new-password",
            help=f"At least {widgets.PASSWORD_MINIMUM} characters.",
        )
        again = st.text_input("Password again", type="password", autocomplete="new-password")
        pressed = st.form_submit_button("Create my account", type="primary", width="stretch")
    widgets.facts(f"This invitation is open until {times.day(offer['expires_at'])}.")
    if pressed and password != again:
        st.error("The two passwords differ. Type them again.", icon=":material/error:")
    elif pressed:
        _accept(invitation, password)


def _welcome(offer: Json) -> None:
    st.header(f"Welcome, {widgets.plain(offer['display_name'])}", anchor=False)
    promised = ""
    if offer["project"]:
        promised = f" You will be **{offer['role']}** of the project `{offer['project']}`."
    st.markdown(
        f"`{offer['created_by']}` invites you to {widgets.plain(brand().name)}.{promised} "
        f"Choose a password; you sign in as `{offer['username']}`."
    )


def _accept(invitation: str, password: str) -> None:
    try:
        answer = session.client().accept_invitation(invitation, password)
    except SignedOut as error:
        st.error(error.message, icon=":material/error:")
        return
    session.begin(answer["token"], answer["ticket"])
    st.rerun()


def _refused(text: str) -> None:
    widgets.empty_state(
        "This invitation cannot be used",
        text,
        lambda: navigation.link("home", "Sign in", icon=":material/login:"),
        icon="link_off",
    )


main()
