"""Account: my name, my e-mail address, my password, who I am at identity providers."""

import streamlit as st

from studio_app import session
from studio_app.ui import navigation, times, widgets


def main() -> None:
    """Shows and changes the signed-in person's own account."""
    user = session.person()
    widgets.page_header("Account", f"Your account since {times.day(user['created_at'])}.")
    left, right = st.columns(2, gap="large")
    with left:
        st.header("Profile", anchor=False)
        _profile()
        with widgets.answering():
            _identities()
    with right:
        st.header("Password", anchor=False)
        _password()
        navigation.link("sessions", "Where you are signed in", icon=":material/devices:")


def _profile() -> None:
    user = session.person()
    with st.form("profile"):
        st.text_input("Username", user["username"], disabled=True, help="It never changes.")
        name = st.text_input("Name", user["display_name"], help="How others see you.")
        email = st.text_input("E-mail address", user["email"], autocomplete="email")
        if st.form_submit_button("Save profile", type="primary"):
            with widgets.answering():
                session.client().update_me(display_name=name.strip(), email=email.strip())
                widgets.notice("Your profile is saved.")
                st.rerun()


def _identities() -> None:
    st.header("Single sign-on", anchor=False)
    found = session.client().my_identities()
    for identity in found:
        with st.container(border=True, gap="xxsmall", key=f"identity-{identity['id']}"):
            st.markdown(f"**{widgets.plain(identity['subject'])}**")
            issuer = widgets.plain(identity["issuer"])
            widgets.facts(f"{issuer} · linked {times.day(identity['created_at'])}")
    widgets.facts(
        "Whoever has this name at the identity provider signs in as you. "
        "An administrator takes a link away."
        if found
        else "Your account is linked to no identity provider. An administrator can link it."
    )


def _password() -> None:
    with st.form("password", clear_on_submit=True):
        current = st.text_input(
            "Current password", type="password", autocomplete="current-password"
        )
        new = st.text_input(
            "New password",
            type="password",
            autocomplete="new-password",
            help=f"At least {widgets.PASSWORD_MINIMUM} characters. A sentence is easy to remember.",
        )
        again = st.text_input("New password again", type="password", autocomplete="new-password")
        if st.form_submit_button("Change password", type="primary"):
            wrong = objection(current, new, again)
            if wrong:
                st.error(wrong)
                return
            with widgets.answering():
                session.client().change_password(current, new)
                widgets.notice("Your password is changed.")
                st.rerun()


def objection(current: str, new: str, again: str) -> str:
    """Why this change cannot be asked for, as a sentence; empty when it can."""
    if not current:
        return "Type your current password first."
    if len(new) < widgets.PASSWORD_MINIMUM:
        return f"The new password needs at least {widgets.PASSWORD_MINIMUM} characters."
    if new != again:
        return "The two new passwords are different. Type the new one twice."
    return ""


main()
