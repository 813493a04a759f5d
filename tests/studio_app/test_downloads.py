"""Files through Studio, one or many as a zip: by the cookie of a session, as the API gives."""

import io
import json
import zipfile

import pytest
import urllib3

from people import PASSWORD
from serving import Service
from studio_app.api.client import Client
from studio_app.artifacts import downloads
from studio_app.artifacts.artifacts import Root

http = urllib3.PoolManager(retries=False, timeout=30)
FRAUD = "project=fraud&run=r1"
FILE = f"{FRAUD}&path=reports/a.bin"


def cookie_of(server: str, service: Service, username: str) -> str:
    """What the browser of a person shows to Studio."""
    ticket = Client(service.api.url).sign_in(username, PASSWORD)["ticket"]
    body = json.dumps({"ticket": ticket}).encode()
    answer = http.request("POST", f"{server}/auth/session", body=body, headers={"Origin": server})
    return answer.headers.getlist("Set-Cookie")[0].split(";")[0]


def ask(
    server: str,
    query: str,
    cookie: str = "",
    method: str = "GET",
    *,
    path: str = downloads.ZIP_PATH,
    preload: bool = True,
) -> urllib3.BaseHTTPResponse:
    headers = {"Cookie": cookie} if cookie else {}
    return http.request(method, f"{server}{path}?{query}", headers=headers, preload_content=preload)


@pytest.mark.parametrize("query", [FRAUD, f"{FRAUD}&path=a.bin"])
def test_a_member_gets_the_zip(server: str, service: Service, query: str) -> None:
    answer = ask(server, query, cookie_of(server, service, "alice"))
    assert answer.status == 200, answer.data
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        (name,) = archive.namelist()
        assert name in {"r1/a.bin", "a.bin"}
        assert len(archive.read(name)) == 1000
    assert answer.headers["Content-Type"] == "application/zip"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename=")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_member_gets_one_file_under_its_own_name(server: str, service: Service) -> None:
    alice = cookie_of(server, service, "alice")
    answer = ask(server, FILE, alice, path=downloads.FILE_PATH)
    assert answer.status == 200, answer.data
    assert len(answer.data) == 1000
    assert answer.headers["Content-Length"] == "1000"
    # Whatever it is, a browser keeps it and opens nothing.
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == "attachment; filename*=UTF-8''a.bin"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    odd = ask(server, f"{FRAUD}&path=x/%0D%0Ab%22;%C3%A9.html", alice, path=downloads.FILE_PATH)
    kept = odd.headers["Content-Disposition"]
    assert kept == "attachment; filename*=UTF-8''%0D%0Ab%22%3B%C3%A9.html"


@pytest.mark.parametrize("path", [downloads.ZIP_PATH, downloads.FILE_PATH])
def test_a_stranger_gets_a_sentence_and_no_file(server: str, service: Service, path: str) -> None:
    answer = ask(server, FILE, cookie_of(server, service, "mallory"), path=path)
    assert answer.status == 404
    assert "There is no project 'fraud' that you may read" in answer.data.decode()
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("path", [downloads.ZIP_PATH, downloads.FILE_PATH])
@pytest.mark.parametrize("cookie", ["", "mlstudio_session=made-up", "mlstudio_interface=x"])
def test_without_a_session_nothing_is_asked(server: str, cookie: str, path: str) -> None:
    answer = ask(server, FILE, cookie, path=path)
    assert answer.status == 401
    assert "Sign in" in answer.data.decode()


def test_an_address_that_is_cut_off_and_other_methods(server: str, service: Service) -> None:
    alice = cookie_of(server, service, "alice")
    for query in ("", "project=fraud", "run=r1", "project=&run=r1", "project=fraud&model="):
        assert ask(server, query, alice).status == 400, query
    for query in ("", FRAUD, f"{FRAUD}&path=", "project=fraud&path=a.bin", "run=r1&path=a.bin"):
        assert ask(server, query, alice, path=downloads.FILE_PATH).status == 400, query
    for path in (downloads.ZIP_PATH, downloads.FILE_PATH):
        ways = [ask(server, FILE, alice, way, path=path).status for way in ("HEAD", "POST")]
        assert ways == [405, 405]


def test_the_file_of_another_project_is_not_reached_by_the_address_of_ones_own(
    server: str, service: Service
) -> None:
    # The API judges what the address names as the root's place, whatever run stands beside it.
    places = {
        "mlflow-artifacts:/workspaces/secret/1/r9/artifacts": (400, "is not in project 'fraud'"),
        "mlflow-artifacts:/../x": (404, ""),
    }
    for uri, (status, sentence) in places.items():
        query = f"{FRAUD}&uri={uri}&path=a.bin"
        answer = ask(server, query, cookie_of(server, service, "alice"), path=downloads.FILE_PATH)
        assert answer.status == status
        assert sentence in answer.data.decode()


def test_what_breaks_off_at_the_api_breaks_off_in_the_browser(
    server: str, service: Service
) -> None:
    alice = cookie_of(server, service, "alice")
    cut = {downloads.ZIP_PATH: "run=broken", downloads.FILE_PATH: "run=broken&path=cut.bin"}
    for path, query in cut.items():
        answer = ask(server, f"project=fraud&{query}", alice, path=path, preload=False)
        assert answer.status == 200
        with pytest.raises(urllib3.exceptions.HTTPError):
            answer.read()
        assert ask(server, f"{FRAUD}&path=a.bin", alice, path=path).status == 200


def test_addresses_hold_any_name_as_it_is() -> None:
    run = Root("run", "r1", "mlflow-artifacts:/1/r1/artifacts")
    assert downloads.file_address("fraud", run, "a&b=c/ü #1.bin") == (
        "/download/artifact?project=fraud&run=r1&uri=mlflow-artifacts%3A%2F1%2Fr1%2Fartifacts"
        "&path=a%26b%3Dc%2F%C3%BC+%231.bin"
    )
    assert downloads.zip_address("fraud", Root("model", "m-1&path=x", "")) == (
        "/download/artifacts.zip?project=fraud&model=m-1%26path%3Dx"
    )
