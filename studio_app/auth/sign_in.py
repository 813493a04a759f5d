"""Signing in and out: streamlit-authenticator's form, with uac_api deciding.

The library keeps its own list of passwords and writes its cookie from JavaScript; both are
replaced here. This reaches into its inside, so requirements.txt pins 0.4.2 and
tests/studio_app/test_sign_in.py holds the parts that are used.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from html import escape
from pathlib import Path
from typing import Any

import streamlit as st
from streamlit_authenticator import Authenticate
from streamlit_authenticator.controllers import AuthenticationController
from streamlit_authenticator.models import AuthenticationModel

from studio_app import session
from studio_app.api import client_headers
from studio_app.api.client import ApiError, Client, SignedOut
from studio_app.auth import single_sign_on
from studio_app.brand import brand
from studio_app.settings import settings
from studio_app.ui import widgets

BROWSER_SCRIPT = "/studio.js"

_FIELDS = {
    "Form name": "Sign in",
    "Username": "Username",
    "Password": "Password",
    "Login": "Sign in",
}

# The keys in which the library keeps its own view of who is signed in.
_LIBRARY_KEYS = ("name", "authentication_status", "username", "email", "roles", "logout")


class _Credentials(AuthenticationModel):  # type: ignore[misc]
    """Checks a name and a password by asking uac_api; knows no password itself."""

    def __init__(self) -> None:
        self.path = None
        self.credentials: dict[str, Any] = {"usernames": {}}
        for key in _LIBRARY_KEYS:
            st.session_state.setdefault(key, None)

    def check_credentials(self, username: str, password: str) -> bool:
        """Starts a session when the API accepts; raises ApiError when it cannot decide."""
        try:
            asking = Client(settings().api_url, visitor=client_headers.of_page())
            answer = asking.sign_in(username, password)
        except SignedOut:
            return False
        user = answer["user"]
        self.credentials["usernames"][username] = {
            "name": user["display_name"] or user["username"],
            "email": user["email"],
        }
        session.begin(answer["token"], answer["ticket"])
        return True

    def _record_failed_login_attempts(self, username: str, reset: bool = False) -> None:
        """Does nothing: uac_api counts failed sign-ins, for all ways in at once."""


class _Controller(AuthenticationController):  # type: ignore[misc]
    """Hands the password on as it was typed; the library would strip its spaces."""

    def __init__(self) -> None:
        self.authentication_model = _Credentials()

    def login(
        self,
        username: str | None = None,
        password: str | None = None,
        *_limits: object,
        **_options: object,
    ) -> bool:
        """True when the API accepted the name and the password."""
        if not (username and password):
            st.session_state["authentication_status"] = False
            return False
        return bool(self.authentication_model.login(username.strip(), password))


class _Cookie:
    """Stands where the library's JavaScript cookie stood; routes.py sets the real one."""

    def get_cookie(self) -> None:
        """Nothing: main.py restores a session from the HttpOnly cookie before the form shows."""

    def set_cookie(self) -> None:
        """Shows the page that has the browser exchange the ticket for the cookie."""
        st.rerun()

    def delete_cookie(self) -> None:
        """Ends the session on the server, then has the browser delete the cookie."""
        with suppress(SignedOut):
            session.client().sign_out()
        session.end(leaving=True)
        st.rerun()


class Doorkeeper(Authenticate):  # type: ignore[misc]
    """The library's form and sign-out button over uac_api."""

    def __init__(self) -> None:
        self.path = None
        self.attrs = {"login_sleep_time": 0}
        self.cookie_controller = _Cookie()
        self.authentication_controller = _Controller()


@contextmanager
def card(logo: Path) -> Iterator[None]:
    """The narrow column with the logo, where people who are not signed in type something."""
    with st.container(horizontal_alignment="center"), st.container(width=420, key="sign-in"):
        st.space("medium")
        st.image(logo, width=170, alt=brand().name)
        yield


def form(logo: Path) -> None:
    """Shows the sign-in form; a person who signs in comes back to the address they asked for."""
    refusal = _returned()
    provider = settings().single_sign_on
    with card(logo):
        if refusal:
            st.error(f"**You could not be signed in.** {refusal}", icon=":material/error:")
        try:
            Doorkeeper().login(fields=_FIELDS, key="sign-in-form")
        except ApiError as error:
            waits = error.status == 429
            st.error(error.message, icon=f":material/{'hourglass' if waits else 'cloud_off'}:")
        else:
            if st.session_state.get("authentication_status") is False:
                st.error(
                    "The username or the password is wrong, or the account is disabled. "
                    "Try again, or ask your administrator to reset the password.",
                    icon=":material/error:",
                )
        if provider:
            single_sign_on.button(provider)
        widgets.facts(
            f"No account yet? Ask an administrator of {widgets.plain(brand().name)} to invite you."
        )
        if brand().sign_in:
            st.markdown(widgets.plain(brand().sign_in))
        st.markdown(" · ".join(map(widgets.link_to, brand().links)))
    if provider and not refusal:
        # The way to the provider and back ends at the start page: the browser keeps the address.
        _script("data-studio-address")


def _returned() -> str:
    """Hands over who has come back from the identity provider; else why not, if that is so."""
    if not single_sign_on.returned():
        return ""
    if session.SIGN_IN_ERROR not in st.session_state:
        try:
            single_sign_on.exchange()
        except ApiError as error:
            session.remember(session.SIGN_IN_ERROR, error.message)
            _in_browser("/auth/forget", "", stay=True)
        else:
            st.rerun()
    return str(st.session_state[session.SIGN_IN_ERROR])


def sign_out_button() -> None:
    """Draws the button that ends the session for good."""
    st.session_state["authentication_status"] = True
    try:
        Doorkeeper().logout("Sign out", key="sign-out", use_container_width=True)
    except ApiError:
        st.error("You are still signed in: the service does not answer. Try again in a minute.")


def hand_over(ticket: str) -> None:
    """Has the browser exchange the ticket for the session cookie, then reload."""
    _in_browser("/auth/session", "Signing you in …", ticket)


def leave() -> None:
    """Has the browser delete the session cookie, then reload."""
    _in_browser("/auth/sign-out", "Signing you out …")


def _in_browser(path: str, text: str, ticket: str = "", *, stay: bool = False) -> None:
    kept = " data-stay" if stay else ""
    _script(
        f'role="status" data-studio-session="{path}" data-ticket="{escape(ticket)}"{kept}', text
    )


def _script(attributes: str, text: str = "") -> None:
    st.html(
        f'<p {attributes}>{escape(text)}</p><script src="{BROWSER_SCRIPT}"></script>',
        unsafe_allow_javascript=True,
    )
