"""Signing in by streamlit-authenticator's form over uac_api, and the parts of it we rely on."""

import importlib.metadata
import inspect

import streamlit_authenticator
from streamlit_authenticator.controllers import AuthenticationController
from streamlit_authenticator.models import AuthenticationModel

from people import PASSWORD
from serving import Open, Service, text


def test_the_library_is_the_version_whose_inside_we_know() -> None:
    assert importlib.metadata.version("streamlit-authenticator") == "0.4.2"


def test_the_library_still_has_the_parts_we_replace() -> None:
    login = inspect.getsource(streamlit_authenticator.Authenticate.login)
    assert "self.cookie_controller.get_cookie()" in login
    assert "self.cookie_controller.set_cookie()" in login
    assert "self.attrs.get('login_sleep_time'" in login
    assert "self.authentication_controller.login(username, password," in login
    logout = inspect.getsource(streamlit_authenticator.Authenticate.logout)
    assert "self.authentication_controller.logout(callback)" in logout
    assert "self.cookie_controller.delete_cookie()" in logout
    model = inspect.getsource(AuthenticationModel.login)
    assert "self.check_credentials(username, password)" in model
    assert "self._record_failed_login_attempts(username, reset=True)" in model
    assert "authentication_model" in inspect.getsource(AuthenticationController.logout)


def sign_in(studio: Open, username: str, password: str, page: str = "home"):  # type: ignore[no-untyped-def]
    at = studio(page)
    at.text_input[0].input(username)
    at.text_input[1].input(password)
    return at.button[0].click().run()


def test_a_signed_out_person_sees_the_form_on_every_page(studio: Open) -> None:
    for page in ("home", "members", "people", "connect"):
        at = studio(page)
        assert not at.exception
        assert [field.label for field in at.text_input] == ["Username", "Password"]
        assert not at.sidebar.selectbox


def test_the_right_password_starts_a_session_and_hands_a_ticket_to_the_browser(
    studio: Open,
) -> None:
    at = sign_in(studio, "alice", PASSWORD)
    assert not at.exception
    assert at.session_state["studio_token"]
    assert any('data-ticket="' in html.proto.body for html in at.get("html"))


def test_a_wrong_password_is_told_without_saying_what_was_wrong(studio: Open) -> None:
    known = sign_in(studio, "alice", "not the password")
    unknown = sign_in(studio, "nobody", "not the password")
    assert "studio_token" not in known.session_state
    assert known.error[0].value == unknown.error[0].value
    assert "The username or the password is wrong" in known.error[0].value


def test_an_empty_form_is_refused_without_asking(studio: Open) -> None:
    assert "is wrong" in sign_in(studio, "", "").error[0].value


def test_a_disabled_person_is_refused_like_a_wrong_password(studio: Open, service: Service) -> None:
    service.client("admin").update_user("carol", disabled=True)
    assert "is wrong" in sign_in(studio, "carol", PASSWORD).error[0].value


def test_without_the_api_the_form_says_so(studio: Open, service: Service) -> None:
    at = studio("home")
    service.api.stop()
    at.text_input[0].input("alice")
    at.text_input[1].input(PASSWORD)
    at.button[0].click().run()
    assert "does not answer" in at.error[0].value
    service.api.start()


def test_signing_out_ends_the_session_on_the_server(studio: Open) -> None:
    at = studio("home", "alice")
    token = at.session_state["studio_token"]
    at.sidebar.button(key="sign-out").click().run()
    assert "studio_token" not in at.session_state
    at.session_state["studio_token"] = token
    del at.session_state["studio_ended"]
    at.run()
    assert [field.label for field in at.text_input] == ["Username", "Password"]


def test_a_session_that_ended_elsewhere_shows_the_form(studio: Open, service: Service) -> None:
    at = studio("members", "carol", project="fraud")
    assert "Fraud detection" in text(at)
    service.client("admin").update_user("carol", disabled=True)
    at.run()
    assert [field.label for field in at.text_input] == ["Username", "Password"]
    assert "Fraud detection" not in text(at)
