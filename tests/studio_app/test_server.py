"""Studio as it is served: cookie routes, safe headers, fonts from here."""

import json
import os
import re
import subprocess
import sys

import pytest
import urllib3

from people import PASSWORD, basic
from processes import COOKIE_KEY, ROOT
from serving import Service
from studio_app.api.client import Client, SignedOut
from studio_app.auth import cookie

http = urllib3.PoolManager(retries=False, timeout=30)


def post(url: str, body: object, **headers: str) -> urllib3.BaseHTTPResponse:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return http.request("POST", url, body=json.dumps(body).encode(), headers=sent)


def ticket(service: Service) -> str:
    return str(Client(service.api.url).sign_in("alice", PASSWORD)["ticket"])


def test_a_ticket_becomes_cookies_that_no_script_can_read(server: str, service: Service) -> None:
    answer = post(f"{server}/auth/session", {"ticket": ticket(service)}, Origin=server)
    assert answer.status == 204
    lines = answer.headers.getlist("Set-Cookie")
    for line, path in zip(lines, ("/", "/projects/"), strict=True):
        assert "HttpOnly" in line
        assert "SameSite=lax" in line
        assert f"Path={path};" in line
        assert "Secure" not in line
    kept = dict(line.split(";")[0].split("=", 1) for line in lines)
    assert set(kept) == {"mlstudio_session", "mlstudio_interface"}
    token = cookie.SESSION.read(kept)
    assert Client(service.api.url, token).me()["user"]["username"] == "alice"

    sent = f"mlstudio_session={kept['mlstudio_session']}"
    gone = post(f"{server}/auth/sign-out", {}, Origin=server, Cookie=sent)
    assert gone.status == 204
    dropped = gone.headers.getlist("Set-Cookie")
    assert {line.split("=")[0] for line in dropped if "Max-Age=0" in line} >= set(kept)
    with pytest.raises(SignedOut):
        Client(service.api.url, token).me()


def test_what_the_cookies_hold_opens_nothing_at_the_api(server: str, service: Service) -> None:
    answer = post(f"{server}/auth/session", {"ticket": ticket(service)}, Origin=server)
    kept = [line.split(";")[0] for line in answer.headers.getlist("Set-Cookie")]
    body = json.dumps({"name": "thief", "project": "fraud"}).encode()
    for value in (one.split("=", 1)[1] for one in kept):
        for credential in (f"Bearer {value}", basic("alice", value), basic("", value)):
            for method, path in (("GET", "me"), ("POST", "tokens"), ("GET", "projects")):
                sent = {"Authorization": credential, "Content-Type": "application/json"}
                url = f"{service.api.url}/studio/v1/{path}"
                assert http.request(method, url, headers=sent, body=body).status == 401
    # As a browser sends it, or somebody who says that they are one.
    sent = {"Cookie": kept[0], "Sec-Fetch-Site": "same-origin", "Origin": service.api.url}
    listed = (
        f"{service.api.url}/projects/fraud/ajax-api/2.0/mlflow/experiments/search?max_results=1"
    )
    assert http.request("GET", listed, headers=sent).status == 401
    both = {**sent, "Cookie": "; ".join(kept)}
    assert http.request("GET", listed, headers=both).status == 200
    for path in ("me", "tokens", "projects"):
        assert (
            http.request("GET", f"{service.api.url}/studio/v1/{path}", headers=both).status == 401
        )


def test_a_request_of_another_origin_is_refused(server: str, service: Service) -> None:
    for path in ("/auth/session", "/auth/sign-out"):
        for origin in ("", "null", "https://evil.example", "http://127.0.0.1:1"):
            headers = {"Origin": origin} if origin else {}
            answer = post(server + path, {"ticket": ticket(service)}, **headers)
            assert answer.status == 403, (path, origin)
            assert answer.json()["reason"] == "wrong_origin"
            assert "Set-Cookie" not in answer.headers


def test_a_ticket_works_once(server: str, service: Service) -> None:
    once = ticket(service)
    assert post(f"{server}/auth/session", {"ticket": once}, Origin=server).status == 204
    again = post(f"{server}/auth/session", {"ticket": once}, Origin=server)
    assert again.status == 401
    assert "Set-Cookie" not in again.headers


def test_anything_but_a_ticket_is_a_bad_request(server: str) -> None:
    bodies: tuple[object, ...] = ({}, {"ticket": 7}, [], "x", {"ticket": "x" * 5000})
    for body in bodies:
        assert post(f"{server}/auth/session", body, Origin=server).status == 400, body


def test_without_the_api_a_ticket_is_unavailable(server: str, service: Service) -> None:
    waiting = ticket(service)
    service.api.stop()
    answer = post(f"{server}/auth/session", {"ticket": waiting}, Origin=server)
    assert answer.status == 503


def test_a_built_component_is_kept_by_the_browser_for_ever_and_nothing_else_of_it(
    server: str,
) -> None:
    built = next((ROOT / "ml_studio" / "assets").glob("runs_table-*.js"))
    at = f"{server}/_stcore/bidi-components/ml-studio.runs_table"
    answer = http.request("GET", f"{at}/{built.name}")
    assert answer.status == 200
    assert answer.data == built.read_bytes()
    assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert "javascript" in answer.headers["Content-Type"]
    gone = http.request("GET", f"{at}/runs_table-000000000000.js")
    assert gone.status == 404
    for other in (gone, http.request("GET", f"{at}/LICENSES.txt")):
        assert "immutable" not in other.headers.get("Cache-Control", "")


def test_every_page_carries_the_safe_headers(server: str) -> None:
    for path in ("/", "/run", "/auth/session", "/studio.js", "/_stcore/health"):
        headers = http.request("GET", server + path).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Referrer-Policy"] == "same-origin"
        rules = headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in rules
        scripts = rules.split("script-src")[1].split(";")[0]
        assert "'unsafe-inline'" not in scripts
        assert "'unsafe-eval'" not in scripts, "no text of a page becomes code"


def test_uploaded_content_opened_by_itself_runs_nothing(server: str) -> None:
    rules = http.request("GET", f"{server}/media/anything.svg").headers["Content-Security-Policy"]
    assert rules.startswith("default-src 'none'")
    assert "sandbox" in rules


def test_the_fonts_come_from_here(server: str) -> None:
    answer = http.request("GET", f"{server}/app/static/fonts/inter-latin-wght-normal.woff2")
    assert answer.status == 200
    assert answer.data.startswith(b"wOF2")


INVITATION = f"msi_{'a' * 12}_{'s' * 43}"


def test_the_door_for_invited_people_holds_no_secret_and_is_not_kept(server: str) -> None:
    answer = http.request("GET", f"{server}/join")
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert "/studio.js" in answer.data.decode()


@pytest.mark.parametrize("name", ["experiment", "run-1", "admin", "RUNS"])
def test_an_address_that_is_no_page_is_not_found_and_leads_home(server: str, name: str) -> None:
    answer = http.request("GET", f"{server}/{name}?project=secret")
    assert answer.status == 404
    page = answer.data.decode()
    assert '<a href="/">' in page
    assert "secret" not in page
    assert name not in re.sub(r"<style>.*</style>", "", page, flags=re.DOTALL)


@pytest.mark.parametrize("name", ["", "runs", "edit_prompt", "favicon.png"])
def test_pages_and_files_beside_them_are_found(server: str, name: str) -> None:
    assert http.request("GET", f"{server}/{name}").status == 200


def test_an_invitation_becomes_a_cookie_that_goes_with_the_sign_in(
    server: str, service: Service
) -> None:
    answer = post(f"{server}/auth/invitation", {"invitation": INVITATION}, Origin=server)
    assert answer.status == 204
    line = answer.headers["Set-Cookie"]
    assert "HttpOnly" in line
    assert "SameSite=strict" in line
    name, _, value = line.split(";")[0].partition("=")
    assert INVITATION not in value
    assert cookie.INVITATION.read({name: value}) == INVITATION
    sent = {"Origin": server, "Cookie": line.split(";")[0]}
    signed_in = post(f"{server}/auth/session", {"ticket": ticket(service)}, **sent)
    gone = signed_in.headers.getlist("Set-Cookie")[2]
    assert gone.startswith('mlstudio_invitation="";')
    assert "Max-Age=0" in gone


def test_nothing_but_an_invitation_from_a_page_of_ours_becomes_that_cookie(server: str) -> None:
    wrong: tuple[object, ...] = ("", "msi_x", INVITATION + ";", "é", 7, None, "x" * 5000)
    for value in wrong:
        answer = post(f"{server}/auth/invitation", {"invitation": value}, Origin=server)
        assert answer.status == 400, value
        assert "Set-Cookie" not in answer.headers
    for origin in ("null", "https://evil.example"):
        answer = post(f"{server}/auth/invitation", {"invitation": INVITATION}, Origin=origin)
        assert answer.status == 403
        assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"STUDIO_BRAND": "/nowhere/brand.toml"}, "STUDIO_BRAND: /nowhere/brand.toml cannot be"),
        ({"STUDIO_SESSION_SOCKETS": "many"}, "STUDIO_SESSION_SOCKETS: "),
    ],
)
def test_a_mistake_in_the_settings_ends_the_start_with_a_line_and_no_trace(
    told: dict[str, str], said: str
) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("STUDIO_")}
    ended = subprocess.run(
        [sys.executable, "-m", "uvicorn", "studio_app.app.server:app"],
        env={**clean, "STUDIO_COOKIE_KEY": COOKIE_KEY, **told},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith(said)
    assert "Traceback" not in ended.stderr
