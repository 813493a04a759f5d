"""Many files as one zip through Studio: by the cookie of a session, as much as the API gives."""

import io
import json
import zipfile

import pytest
import urllib3

from people import PASSWORD
from serving import Service
from studio_app.api.client import Client
from studio_app.artifacts import artifact_zip
from studio_app.artifacts.artifacts import Root

http = urllib3.PoolManager(retries=False, timeout=30)
FRAUD = "project=fraud&run=r1"


def cookie_of(server: str, service: Service, username: str) -> str:
    """What the browser of a person shows to Studio."""
    ticket = Client(service.api.url).sign_in(username, PASSWORD)["ticket"]
    body = json.dumps({"ticket": ticket}).encode()
    answer = http.request("POST", f"{server}/auth/session", body=body, headers={"Origin": server})
    return answer.headers.getlist("Set-Cookie")[0].split(";")[0]


def ask(
    server: str, query: str, cookie: str = "", method: str = "GET", *, preload: bool = True
) -> urllib3.BaseHTTPResponse:
    headers = {"Cookie": cookie} if cookie else {}
    return http.request(
        method, f"{server}{artifact_zip.PATH}?{query}", headers=headers, preload_content=preload
    )


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


def test_a_stranger_gets_a_sentence_and_no_file(server: str, service: Service) -> None:
    answer = ask(server, FRAUD, cookie_of(server, service, "mallory"))
    assert answer.status == 404
    assert "There is no project 'fraud' that you may read" in answer.data.decode()
    assert answer.headers["Content-Type"].startswith("text/plain")


@pytest.mark.parametrize("cookie", ["", "mlstudio_session=made-up", "mlstudio_interface=x"])
def test_without_a_session_nothing_is_asked(server: str, cookie: str) -> None:
    answer = ask(server, FRAUD, cookie)
    assert answer.status == 401
    assert "Sign in" in answer.data.decode()


def test_an_address_that_is_cut_off_and_other_methods(server: str, service: Service) -> None:
    alice = cookie_of(server, service, "alice")
    for query in ("", "project=fraud", "run=r1", "project=&run=r1", "project=fraud&model="):
        assert ask(server, query, alice).status == 400, query
    assert [ask(server, FRAUD, alice, way).status for way in ("HEAD", "POST")] == [405, 405]


def test_what_breaks_off_at_the_api_breaks_off_in_the_browser(
    server: str, service: Service
) -> None:
    alice = cookie_of(server, service, "alice")
    answer = ask(server, "project=fraud&run=broken", alice, preload=False)
    assert answer.status == 200
    with pytest.raises(urllib3.exceptions.HTTPError):
        answer.read()
    assert ask(server, FRAUD, alice).status == 200


def test_the_address_of_a_zip_holds_any_id_as_it_is() -> None:
    assert artifact_zip.address("fraud", Root("model", "m-1&path=x", "")) == (
        "/download/artifacts.zip?project=fraud&model=m-1%26path%3Dx"
    )
