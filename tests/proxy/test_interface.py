"""MLflow's own interface under a project's address, by the browser's session."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conftest import Stack
from content import FILE, TEXT, Content, artifact, new_trace, v3
from people import Person, Reply, add_people
from uac_api.proxy.browser import COOKIE

SAME = {"Sec-Fetch-Site": "same-origin"}
OPENED = {"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
SCRIPT = {**SAME, "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "script"}


def browse(person: Person, method: str, path: str, body: object = None, **headers: str) -> Reply:
    """What a browser gets that Studio gave the person's session to."""
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    without = Person(person.username, person.address, "")
    cookies = f"theme=dark; {person.cookie}"
    return without.ask(method, path, body, headers={"Cookie": cookies, **sent})


def names(reply: Reply) -> set[str]:
    """The assets that the page loads."""
    text = reply.body.decode()
    return {part.split('"')[0] for part in text.split('="')[1:] if "static-files/" in part[:16]}


def rules(reply: Reply) -> dict[str, str]:
    """The content policy of an answer, by directive."""
    parts = reply.headers["content-security-policy"].split("; ")
    return {part.partition(" ")[0]: part.partition(" ")[2] for part in parts}


def test_a_viewer_opens_the_page_and_its_assets(carol: Person, filled: Content) -> None:
    start = f"/projects/{filled.slug}/"
    page = browse(carol, "GET", start, **OPENED)
    assert page.status == 200
    assert page.headers["content-type"].startswith("text/html")
    assert page.headers["cache-control"] == "no-store"
    scripts = [name for name in names(page) if name.endswith(".js")]
    assert scripts
    for name in scripts:
        asset = browse(carol, "GET", start + name, **SCRIPT)
        assert asset.status == 200
        assert "javascript" in asset.headers["content-type"]
        assert "max-age=" in asset.headers["cache-control"]
        assert asset.headers["x-content-type-options"] == "nosniff"
        assert rules(asset)["default-src"] == "'none'"


def test_the_page_runs_nothing_but_mlflows_own_files(carol: Person, filled: Content) -> None:
    page = browse(carol, "GET", f"/projects/{filled.slug}/", **OPENED)
    policy = rules(page)
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["form-action"] == policy["base-uri"] == "'none'"
    assert not any("http" in sources or "*" in sources for sources in policy.values())
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "same-origin"


def test_a_token_may_fetch_the_page_too(stack: Stack, filled: Content) -> None:
    assert stack.with_token("carol").ask("GET", f"/projects/{filled.slug}/").status == 200


@pytest.mark.parametrize("path", ["", "static-files/favicon.ico", "ajax-api/2.0/mlflow/runs/get"])
def test_a_stranger_gets_the_same_404_as_for_no_project(
    mallory: Person, filled: Content, path: str
) -> None:
    real = browse(mallory, "GET", f"/projects/{filled.slug}/{path}", **OPENED)
    none = browse(mallory, "GET", f"/projects/no-such-project/{path}", **OPENED)
    assert (real.status, none.status) == (404, 404)
    same = real.json["message"].replace(filled.slug, ""), none.json["message"]
    assert same[0] == same[1].replace("no-such-project", "")


def test_who_is_not_signed_in_is_led_to_studio(carol: Person, filled: Content) -> None:
    path = f"/projects/{filled.slug}/"
    nobody = Person("", carol.address, "")
    gone = Person("carol", carol.address, "", cookie=f"{COOKIE}=msb_aaaaaaaaaaaa_over")
    for page in (nobody.ask("GET", path, headers=OPENED), browse(gone, "GET", path, **OPENED)):
        assert page.status == 401
        assert page.headers["content-type"].startswith("text/html")
        assert b"http://127.0.0.1:8501" in page.body
        assert rules(page)["default-src"] == "'none'"
    assert nobody.ask("GET", path).body == nobody.ask("GET", "/projects/no-such/").body


@pytest.mark.parametrize("path", ["ajax-api/2.0/mlflow/experiments/search", "static-files/a.js"])
def test_who_is_not_signed_in_gets_a_401_for_everything_else(
    carol: Person, filled: Content, path: str
) -> None:
    reply = Person("", carol.address, "").ask("GET", f"/projects/{filled.slug}/{path}")
    assert (reply.status, reply.json["error_code"]) == (401, "UNAUTHENTICATED")
    wrong = Person("carol", carol.address, "Bearer wrong").ask("GET", f"/projects/{filled.slug}/")
    assert (wrong.status, wrong.json["error_code"]) == (401, "UNAUTHENTICATED")


def test_an_address_without_its_last_slash_is_sent_there(carol: Person) -> None:
    reply = carol.ask("GET", "/projects/fraud")
    assert (reply.status, reply.headers["location"]) == (308, "/projects/fraud/")


def test_a_slash_too_many_is_no_page(carol: Person, filled: Content) -> None:
    reply = carol.ask("GET", f"/projects/{filled.slug}//")
    assert (reply.status, reply.json["reason"]) == (404, "unknown_route")


FILES: dict[str, Callable[[Content], str]] = {
    "a run's file": lambda c: f"/projects/{c.slug}/get-artifact?run_id={c.run}&path={FILE}",
    "a run's file by MLflow's proxy": lambda c: artifact(c.slug, f"{c.artifacts}/{FILE}"),
    "a logged model's file": lambda c: (
        f"/projects/{c.slug}/ajax-api/2.0/mlflow/logged-models/{c.model}/artifacts/files"
        "?artifact_file_path=none.txt"
    ),
    "a version's file": lambda c: (
        f"/projects/{c.slug}/model-versions/get-artifact"
        f"?name={c.registered}&version={c.version}&path=none.txt"
    ),
    "a trace's file": lambda c: (
        f"/projects/{c.slug}/ajax-api/3.0/mlflow/get-trace-artifact?request_id={c.trace}"
    ),
}


@pytest.mark.parametrize("kind", FILES)
def test_a_stored_file_is_nobody_in_a_browser(carol: Person, filled: Content, kind: str) -> None:
    for reply in (
        carol.ask("GET", FILES[kind](filled)),
        browse(carol, "GET", FILES[kind](filled), **OPENED),
    ):
        policy = rules(reply)
        assert policy["sandbox"] == ""
        assert policy["default-src"] == "'none'"
        assert "script-src" not in policy
        assert reply.headers["x-content-type-options"] == "nosniff"
        assert reply.headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("use", ["script", "style", "worker", "serviceworker", "json"])
def test_a_stored_file_never_becomes_code_of_the_page(
    carol: Person, filled: Content, kind: str, use: str
) -> None:
    reply = browse(carol, "GET", FILES[kind](filled), **{**SCRIPT, "Sec-Fetch-Dest": use})
    assert (reply.status, reply.json["reason"]) == (403, "cross_site")
    assert TEXT not in reply.body


def test_an_answer_of_the_api_never_becomes_code_of_a_page(carol: Person, filled: Content) -> None:
    path = f"/projects/{filled.slug}/ajax-api/2.0/mlflow/runs/get?run_id={filled.run}"
    assert browse(carol, "GET", path, **SCRIPT).status == 403
    assert browse(carol, "GET", path, **SAME).status == 200


def test_the_interface_writes_for_a_contributor_and_not_for_a_viewer(
    alice: Person, bob: Person, carol: Person, filled: Content
) -> None:
    path = f"/projects/{filled.slug}/ajax-api/2.0/mlflow/runs/set-tag"
    sent = {**SAME, "Origin": alice.address}
    for person, value, status in ((carol, "of-carol", 403), (bob, "of-bob", 200)):
        body = {"run_id": filled.run, "key": "seen", "value": value}
        assert browse(person, "POST", path, body, **sent).status == status
    run = alice.mlflow(filled.slug, "GET", f"runs/get?run_id={filled.run}").json["run"]
    assert {"key": "seen", "value": "of-bob"} in run["data"]["tags"]


def test_the_workspace_of_a_projects_address_is_that_project(
    carol: Person, filled: Content
) -> None:
    path = f"/projects/{filled.slug}/ajax-api/3.0/mlflow/workspaces"
    reply = browse(carol, "GET", path, **SAME, X_MLFLOW_WORKSPACE="")
    assert reply.json == {"workspaces": [{"name": filled.slug}]}
    one = v3(carol, filled.slug, "GET", f"workspaces/{filled.slug}")
    assert one.json == {"workspace": {"name": filled.slug}}


def test_without_a_project_the_workspaces_are_ones_own_projects(
    stack: Stack, filled: Content
) -> None:
    path = "/api/3.0/mlflow/workspaces"
    add_people(stack.database, ("ivan",))
    alone = stack.person("ivan").ask("GET", path)
    assert (alone.status, alone.json) == (200, {"workspaces": []})
    mine = stack.person("carol").ask("GET", path).json["workspaces"]
    assert {"name": filled.slug} in mine
    assert stack.person("carol").ask("HEAD", path).body == b""


def test_a_token_sees_no_workspace_that_it_may_not_read(stack: Stack, filled: Content) -> None:
    with_limit = stack.with_token("carol", actions=["log"])
    listed = with_limit.ask("GET", "/api/3.0/mlflow/workspaces")
    assert filled.slug not in listed.body.decode()


def test_a_foreign_workspace_is_as_unknown_as_a_missing_one(
    mallory: Person, filled: Content
) -> None:
    for prefix in ("", f"/projects/{filled.slug}"):
        real = mallory.ask("GET", f"{prefix}/api/3.0/mlflow/workspaces/{filled.slug}")
        none = mallory.ask("GET", f"{prefix}/api/3.0/mlflow/workspaces/no-such-project")
        assert (real.status, none.status) == (404, 404)
    assert mallory.ask("GET", f"/projects/{filled.slug}/api/3.0/mlflow/workspaces").status == 404


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
def test_nobody_changes_a_workspace(alice: Person, filled: Content, method: str) -> None:
    where = "workspaces" if method == "POST" else f"workspaces/{filled.slug}"
    reply = v3(alice, filled.slug, method, where, {"name": "another"})
    assert (reply.status, reply.json["reason"]) == (403, "closed")
    assert v3(alice, filled.slug, "GET", f"workspaces/{filled.slug}").status == 200


def test_the_interface_learns_who_reads_it_and_nobody_is_its_administrator(
    carol: Person, admin: Person, filled: Content
) -> None:
    path = f"/projects/{filled.slug}/ajax-api/2.0/mlflow/users/current"
    reply = browse(carol, "GET", path, **SAME)
    assert reply.json["user"]["username"] == "carol"
    assert browse(admin, "GET", path, **SAME).json["user"]["is_admin"] is False


def test_only_the_interface_is_told_that_there_are_no_workspaces(
    carol: Person, filled: Content
) -> None:
    path = f"/projects/{filled.slug}/api/3.0/mlflow/server-info"
    told = browse(carol, "GET", path, **SAME).json
    known = carol.ask("GET", path).json
    assert (told["workspaces_enabled"], known["workspaces_enabled"]) == (False, True)
    assert {**told, "workspaces_enabled": True} == known


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "ajax-api/3.0/mlflow/assistant/config"),
        ("POST", "ajax-api/3.0/mlflow/assistant/message"),
        ("POST", "ajax-api/3.0/mlflow/ui-telemetry"),
        ("GET", "ajax-api/2.0/mlflow/gateway-proxy"),
        ("GET", "build/index.html"),
    ],
)
def test_what_the_page_lives_without_stays_closed(
    alice: Person, filled: Content, method: str, path: str
) -> None:
    sent = {**SAME, "Origin": alice.address}
    reply = browse(alice, method, f"/projects/{filled.slug}/{path}", **sent)
    assert (reply.status, reply.json["reason"]) == (403, "closed")


def test_a_trace_shows_to_the_browser(alice: Person, carol: Person, filled: Content) -> None:
    trace = new_trace(alice, filled.slug, filled.experiment)
    path = f"/projects/{filled.slug}/ajax-api/3.0/mlflow/traces/{trace}"
    assert browse(carol, "GET", path, **SAME).status == 200
