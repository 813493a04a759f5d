"""The skill registry: two addresses of a skill, what a body may say, and files in a form."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlencode

import pytest

from processes import uac_program
from recording import SLUG, NarrowProxy, Recorder, Said
from uac_api.proxy.match import Table
from uac_api.proxy.request import call
from uac_api.proxy.rules import OLDEST

SKILLS = f"/projects/{SLUG}/api/3.0/mlflow/skills"
FORM = {"Content-Type": "multipart/form-data; boundary=b"}


@pytest.fixture
def before_skills(proxy: NarrowProxy, tmp_path: Path) -> Iterator[NarrowProxy]:
    """A proxy in front of an MLflow that has none."""
    upstream = Recorder()
    upstream.version = OLDEST
    upstream.start()
    url = proxy.uac.environment["STUDIO_DATABASE_URL"]
    uac = uac_program(tmp_path, url, upstream.url, UAC_WORKERS="1")
    uac.start()
    yield NarrowProxy(uac, upstream, replace(proxy.alice, address=uac.url))
    uac.stop()
    upstream.stop()


def matched(line: str) -> tuple[str, dict[str, str]]:
    """The row and the path fields of a request line."""
    method, _, uri = line.partition(" ")
    rule, fields = Table().match(call.read({"REQUEST_METHOD": method, "RAW_URI": uri}))
    return rule.path.removeprefix("/api/3.0/mlflow/skills"), fields


def test_a_segment_with_an_at_is_an_organization_and_never_a_name() -> None:
    root = "GET /api/3.0/mlflow/skills"
    assert matched(f"{root}/versions") == ("/{name}", {"name": "versions"})
    assert matched(f"{root}/@acme/versions") == (
        "/@{organization}/{name}",
        {"organization": "acme", "name": "versions"},
    )
    assert matched(f"{root}/%40acme/reviewer/versions/1")[1] == {
        "organization": "acme",
        "name": "reviewer",
        "version": "1",
    }


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/@acme"), ("GET", "/@/reviewer"), ("GET", "/a/b"), ("PUT", "/a")]
)
def test_what_is_no_skill_is_refused(proxy: NarrowProxy, method: str, path: str) -> None:
    reply = proxy.alice.ask(method, SKILLS + path)
    assert reply.json["reason"] == "unknown_route"


def test_on_an_mlflow_before_3_18_there_are_no_skills(before_skills: NarrowProxy) -> None:
    reply = before_skills.alice.ask("GET", SKILLS)
    assert (reply.status, reply.json["error_code"]) == (404, "ENDPOINT_NOT_FOUND")
    assert [one.target for one in before_skills.upstream.seen] == ["/version"]


ELSEWHERE = [
    "https://git.example/team/skills.git",
    "ssh://git@git.example/team/skills",
    "git://git.example/skills",
    "git@git.example:team/skills.git",
    "oci://ghcr.io/acme/skills:v1",
    "ghcr.io:5000/acme/skills@sha256:" + "0" * 64,
]
NOT_ELSEWHERE = [
    "/etc/passwd",
    "../secrets",
    "file:///etc/passwd",
    "s3://bucket/skills",
    "runs:/1/model",
    "models:/m-1",
    "mlflow-artifacts:/workspaces/vault/skills/reviewer/1",
    "https://alice:hunter2@git.example/skills.git",
    "https://token@git.example/skills.git",
    "ssh://git:hunter2@git.example/skills",
    "--upload-pack=touch",
    "ext::sh -c id",
    "https://",
    "https://[",
    "C:\\skills",
    "https://git.example/a\nb",
]


@pytest.mark.parametrize("source", ELSEWHERE)
def test_a_skill_may_come_from_elsewhere(proxy: NarrowProxy, source: str) -> None:
    for path, body in bodies(source):
        reply = proxy.alice.ask("POST", SKILLS + path, body)
        assert reply.status == 200, reply.body
        assert json.loads(proxy.upstream.last().body) == body


@pytest.mark.parametrize("source", NOT_ELSEWHERE)
def test_a_source_that_only_looks_elsewhere_is_refused(proxy: NarrowProxy, source: str) -> None:
    before = len(proxy.upstream.seen)
    for path, body in bodies(source):
        reply = proxy.alice.ask("POST", SKILLS + path, body)
        assert (reply.status, reply.json["reason"]) == (400, "foreign_source")
        assert b"hunter2" not in reply.body
    passed = [one.target for one in proxy.upstream.seen[before:]]
    assert set(passed) <= {"/version"}


def bodies(source: str) -> list[tuple[str, dict[str, object]]]:
    """Each way to register from a source."""
    one = {"name": "reviewer", "source": source, "digest": "0" * 64}
    return [
        ("/reviewer/versions", {"source": source}),
        ("/@acme/reviewer/versions", {"source": source}),
        ("/bulk-register", {"skills": [{**one, "source": ELSEWHERE[0]}, one]}),
    ]


def test_the_body_names_the_skill_of_its_address(proxy: NarrowProxy) -> None:
    other = {"name": "other", "source": ELSEWHERE[0]}
    reply = proxy.alice.ask("POST", f"{SKILLS}/reviewer/versions", other)
    assert (reply.status, reply.json["reason"]) == (400, "field_twice")


def test_a_name_that_is_an_address_is_refused(proxy: NarrowProxy) -> None:
    for path, body in (
        ("", {"name": "bulk-register"}),
        ("/bulk-register", {"skills": [{"name": "bulk-register", "source": ELSEWHERE[0]}]}),
    ):
        assert proxy.alice.ask("POST", SKILLS + path, body).status == 400


@pytest.mark.parametrize(
    "icon",
    [
        "http://1.1.1.1/i.png",
        "https://127.0.0.1/i.png",
        "https://10.0.0.1/i.png",
        "https://nobody.invalid/i.png",
        "file:///etc/passwd",
    ],
)
def test_an_icon_tells_nothing_of_our_network(proxy: NarrowProxy, icon: str) -> None:
    icons = [{"src": "https://1.1.1.1/i.png"}, {"src": icon}]
    for method, path in (("POST", ""), ("PATCH", "/a"), ("PATCH", "/@acme/a")):
        body = {"icons": icons} if method == "PATCH" else {"name": "a", "icons": icons}
        reply = proxy.alice.ask(method, SKILLS + path, body)
        assert (reply.status, reply.json["reason"]) == (400, "icon_target")
    fine = {"icons": icons[:1]}
    assert proxy.alice.ask("PATCH", f"{SKILLS}/a", fine).status == 200


@pytest.mark.parametrize("skill", ["reviewer", "@acme/reviewer"])
def test_a_deleted_skill_is_kept_and_deleted_without_its_files(
    proxy: NarrowProxy, skill: str
) -> None:
    asked = f"/mlstudio/trash/models?{urlencode({'skill': skill})}"
    kept = {"what": "skill", "skill": skill, "name": skill, "since": 1, "rows": {}}
    proxy.upstream.by_path[asked] = Said(body=json.dumps({"kept": kept}).encode())
    assert proxy.alice.ask("DELETE", f"{SKILLS}/{skill}").status == 200
    steps = [(one.method, one.target) for one in proxy.upstream.seen if one.target != "/version"]
    assert steps == [("GET", asked), ("DELETE", asked)]
    trash = proxy.alice.studio("GET", f"/projects/{SLUG}/trash?kind=models").json["items"]
    assert (trash[0]["what"], trash[0]["name"], trash[0]["deleted_by"]) == ("skill", skill, "alice")


def test_a_deleted_version_is_kept_before_mlflow_deletes_it(proxy: NarrowProxy) -> None:
    asked = "/mlstudio/trash/models?skill=%40acme%2Freviewer&version=2"
    address = f"{SKILLS}/@acme/reviewer/versions/2"
    proxy.upstream.by_path[asked] = Said(status=500)
    refused = proxy.alice.ask("DELETE", address)
    assert (refused.status, refused.json["reason"]) == (503, "trash_unavailable")
    proxy.upstream.by_path[asked] = Said(body=b'{"kept": null}')
    assert proxy.alice.ask("DELETE", address).status == 200
    assert proxy.upstream.last().target == address.removeprefix(f"/projects/{SLUG}")


@pytest.mark.parametrize("status", ["deleted", "DELETED", " deleted "])
def test_a_promotion_does_not_delete(proxy: NarrowProxy, status: str) -> None:
    reply = proxy.alice.ask("PATCH", f"{SKILLS}/a/versions/1", {"status": status})
    assert reply.status == 400
    assert proxy.alice.ask("PATCH", f"{SKILLS}/a/versions/1", {"status": "draft"}).status == 200


def test_the_author_of_a_skill_stays(proxy: NarrowProxy) -> None:
    claimed = {"key": "mlflow.user", "value": "ceo"}
    assert proxy.alice.ask("POST", f"{SKILLS}/a/tags", claimed).status == 200
    assert json.loads(proxy.upstream.last().body)["value"] == "alice"
    removal = proxy.alice.ask("DELETE", f"{SKILLS}/a/versions/1/tags/mlflow.user")
    assert (removal.status, removal.json["reason"]) == (400, "author_tag")


def test_files_come_in_a_form_over_the_limit_of_json(proxy: NarrowProxy) -> None:
    form = b"--b\r\n" + b"x" * (1536 * 1024)
    reply = proxy.alice.ask("POST", f"{SKILLS}/a/versions", raw=form, headers=FORM)
    assert reply.status == 200
    assert proxy.upstream.last().body == form
    assert proxy.upstream.last().headers["Content-Type"] == FORM["Content-Type"]


@pytest.mark.parametrize(
    "kind", ["application/json", "multipart/form-data ; boundary=b", "text/plain", ""]
)
def test_what_mlflow_reads_as_no_form_is_judged_as_json(proxy: NarrowProxy, kind: str) -> None:
    sent = json.dumps({"source": "file:///etc/passwd"}).encode()
    reply = proxy.alice.ask(
        "POST", f"{SKILLS}/a/versions", raw=sent, headers={"Content-Type": kind}
    )
    assert (reply.status, reply.json["reason"]) == (400, "foreign_source")


def test_a_form_is_a_form_in_that_row_only(proxy: NarrowProxy) -> None:
    reply = proxy.alice.ask("POST", f"{SKILLS}/a/aliases", raw=b"--b\r\n", headers=FORM)
    assert (reply.status, reply.json["reason"]) == (400, "broken_json")
