"""Who a request speaks as."""

from __future__ import annotations

import base64

import pytest

from api.conftest import Caller, Studio, settings, url
from people import PASSWORD, Reply, basic
from uac_api import create_app
from uac_api.api.services import EXTENSION, Services

UNREADABLE = [
    "",
    "Basic",
    "Basic ",
    "Basic !!!!",
    "Basic " + base64.b64encode(b"no colon").decode(),
    "Basic " + base64.b64encode(b"\xff\xfe:x").decode(),
    basic("ali\0ce", PASSWORD),
    basic("alice", f"mls_{chr(0) * 12}_x"),
    basic("alice", ""),
    basic("", ""),
    basic("", PASSWORD),
    "Bearer",
    "Bearer null",
    "Bearer mls_",
    "Bearer mls__",
    f"Bearer mls_{'x' * 12}_",
    "Negotiate abc",
    "Bearer mss_x mls_y",
]


@pytest.mark.parametrize("credential", UNREADABLE)
def test_what_cannot_be_recognised_is_the_same_401(studio: Studio, credential: str) -> None:
    reply = studio.anonymous().studio("GET", "/me", headers={"Authorization": credential})
    assert reply.status == 401
    assert reply.json["message"] == "Sign in with a valid token or password."


@pytest.mark.parametrize("credential", UNREADABLE[:9])
def test_the_door_to_mlflow_says_the_same(studio: Studio, credential: str) -> None:
    path = "/projects/fraud/api/2.0/mlflow/experiments/search"
    reply = studio.anonymous().ask("GET", path, headers={"Authorization": credential})
    assert (reply.status, reply.json["error_code"]) == (401, "UNAUTHENTICATED")
    assert reply.json["message"] == "Sign in with a valid token or password."


def test_a_session_is_no_password(studio: Studio, alice: Caller) -> None:
    session = alice.credential.removeprefix("Bearer ")
    reply = studio.with_password("alice", session).studio("GET", "/me")
    assert reply.status == 401


def test_a_password_with_colons_and_letters_of_all_kinds_works(
    studio: Studio, admin: Caller
) -> None:
    password = "ä:ö:ü:🦊:pass:word"
    admin.studio("PATCH", "/users/alice", {"password": password})
    assert studio.with_password("alice", password).studio("GET", "/me").status == 200
    assert studio.with_password("alice", password[:-1]).studio("GET", "/me").status == 401


WHOAMI = "/projects/fraud/ajax-api/2.0/mlflow/users/current"
CREATE = "/projects/fraud/ajax-api/2.0/mlflow/runs/create"
HERE = "http://localhost"
USUAL = "http://127.0.0.1:5001"  # STUDIO_PUBLIC_API_URL
SAME = {"Sec-Fetch-Site": "same-origin"}
LINK = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


def with_cookie(studio: Studio, method: str, path: str, **headers: str) -> Reply:
    """What a browser gets with alice's session."""
    sent = {"Cookie": studio.person("alice").cookie, **headers}
    return studio.anonymous().ask(method, path, headers=sent)


ADMITTED = {
    "a page of ours": SAME,
    "an address that was typed in": {**LINK, "Sec-Fetch-Site": "none"},
    "a link on another port": {**LINK, "Sec-Fetch-Site": "same-site"},
    "a link on another site": {**LINK, "Sec-Fetch-Site": "cross-site"},
}
REFUSED = {
    "a script on another port": {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "cors"},
    "a script on another site": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "cors"},
    "an image on another port": {
        "Sec-Fetch-Site": "same-site",
        "Sec-Fetch-Mode": "no-cors",
        "Sec-Fetch-Dest": "image",
    },
    "a frame on another port": {**LINK, "Sec-Fetch-Site": "same-site", "Sec-Fetch-Dest": "iframe"},
    "a frame on another site": {**LINK, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe"},
    "an object": {**LINK, "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "object"},
    "a made-up word": {"Sec-Fetch-Site": "same-origin, cross-site"},
    "a script that says it is a document": {"Sec-Fetch-Site": "none", "Sec-Fetch-Dest": "document"},
}


@pytest.mark.parametrize("kind", ADMITTED)
def test_the_cookie_speaks_for_its_person_where_a_page_of_ours_asks(
    studio: Studio, kind: str
) -> None:
    reply = with_cookie(studio, "GET", WHOAMI, **ADMITTED[kind])
    assert (reply.status, reply.json["user"]["username"]) == (200, "alice")


@pytest.mark.parametrize("kind", REFUSED)
def test_the_cookie_says_nothing_where_another_page_asks(studio: Studio, kind: str) -> None:
    reply = with_cookie(studio, "GET", WHOAMI, **REFUSED[kind])
    assert (reply.status, reply.json["reason"]) == (403, "cross_site")
    assert "alice" not in reply.body.decode()


def test_a_browser_that_does_not_say_who_asks_cannot_use_the_cookie(studio: Studio) -> None:
    for more in ({}, {"Origin": HERE}, LINK):
        reply = with_cookie(studio, "GET", WHOAMI, **more)
        assert (reply.status, reply.json["reason"]) == (401, "session_required")


@pytest.mark.parametrize("origin", [HERE, USUAL])
def test_a_change_passes_from_our_own_address(studio: Studio, origin: str) -> None:
    reply = with_cookie(studio, "POST", CREATE, **SAME, Origin=origin)
    assert reply.json["reason"] == "mlflow_unavailable", "it was on its way to MLflow"


@pytest.mark.parametrize(
    "headers",
    [
        SAME,
        {**SAME, "Origin": "null"},
        {**SAME, "Origin": "http://localhost:8501"},
        {**SAME, "Origin": "https://localhost"},
        {**SAME, "Origin": "http://127.0.0.1:8501"},
        {**SAME, "Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "none", "Origin": HERE},
        {"Sec-Fetch-Site": "same-site", "Origin": HERE},
        {**LINK, "Sec-Fetch-Site": "same-site", "Origin": "http://localhost:8501"},
        {**LINK, "Sec-Fetch-Site": "cross-site", "Origin": "null"},
        {**LINK, "Sec-Fetch-Site": "none", "Origin": HERE},
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_change_from_elsewhere_is_refused(
    studio: Studio, method: str, headers: dict[str, str]
) -> None:
    reply = with_cookie(studio, method, CREATE, **headers)
    assert (reply.status, reply.json["reason"]) == (403, "cross_site")


def test_the_rest_for_people_never_takes_the_cookie(studio: Studio) -> None:
    for method, path in (("GET", "/me"), ("GET", "/projects/fraud"), ("DELETE", "/tokens/1")):
        reply = with_cookie(studio, method, f"/studio/v1{path}", **SAME, Origin=HERE)
        assert reply.status == 401


def test_an_authorization_goes_before_the_cookie(studio: Studio, alice: Caller) -> None:
    sent = {**SAME, "Cookie": alice.cookie}
    reply = studio.person("carol").ask("GET", WHOAMI, headers=sent)
    assert reply.json["user"]["username"] == "carol"
    wrong = studio.bearer("mls_aaaaaaaaaaaa_wrong").ask("GET", WHOAMI, headers=sent)
    assert (wrong.status, wrong.json["reason"]) == (401, "wrong_credentials")


@pytest.mark.parametrize(
    "value",
    ["", *(f"{kind}_aaaaaaaaaaaa_x" for kind in ("mls", "mss", "msb", "mst")), '"', "a=b"],
)
def test_a_cookie_that_is_no_session_is_a_401(studio: Studio, value: str) -> None:
    sent = {**SAME, "Cookie": f"mlstudio_interface={value}"}
    assert studio.anonymous().ask("GET", WHOAMI, headers=sent).status == 401


def test_what_the_cookie_holds_is_no_bearer(studio: Studio, alice: Caller) -> None:
    shown = alice.cookie.partition("=")[2]
    for text in (shown, shown.replace("msb_", "mss_"), shown.replace("msb_", "mls_")):
        for method, path in (("GET", WHOAMI), ("GET", "/studio/v1/me"), ("POST", CREATE)):
            assert studio.bearer(text).ask(method, path, headers=SAME).status == 401


def test_the_session_is_no_cookie(studio: Studio, alice: Caller) -> None:
    session = alice.credential.removeprefix("Bearer ")
    for name in ("mlstudio_interface", "mlstudio_session", "__Secure-mlstudio_interface"):
        sent = {**SAME, "Cookie": f"{name}={session}"}
        assert studio.anonymous().ask("GET", WHOAMI, headers=sent).status == 401


def test_on_https_the_cookie_counts_by_the_name_that_only_https_may_set(
    studio: Studio, alice: Caller
) -> None:
    there = settings(url(studio.database), public_url="https://studio.example.org")
    app = create_app(there)
    nobody = Caller("", "", "", app)
    for cookie, status in ((alice.cookie, 401), (f"__Secure-{alice.cookie}", 200)):
        reply = nobody.ask("GET", WHOAMI, headers={**SAME, "Cookie": cookie})
        assert reply.status == status
    services: Services = app.extensions[EXTENSION]
    services.meter.stop()
    services.trail.stop()
    services.database.close()


def test_a_token_is_no_cookie(studio: Studio) -> None:
    token = studio.program("alice").credential.removeprefix("Bearer ")
    sent = {**SAME, "Cookie": f"mlstudio_interface={token}"}
    assert studio.anonymous().ask("GET", WHOAMI, headers=sent).status == 401


def test_two_sessions_in_one_request_are_none(studio: Studio, alice: Caller, carol: Caller) -> None:
    sent = {**SAME, "Cookie": f"{carol.cookie}; {alice.cookie}"}
    reply = studio.anonymous().ask("GET", WHOAMI, headers=sent)
    assert (reply.status, reply.json["reason"]) == (401, "session_required")


def test_the_cookie_ends_with_its_session(studio: Studio, alice: Caller) -> None:
    sent = {**SAME, "Cookie": alice.cookie}
    assert studio.anonymous().ask("GET", WHOAMI, headers=sent).status == 200
    assert alice.studio("DELETE", "/sessions/current").status == 204
    assert studio.anonymous().ask("GET", WHOAMI, headers=sent).status == 401
