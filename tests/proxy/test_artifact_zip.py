"""Files of a real MLflow as one zip: names, folders, models, and what vanishes on the way."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import urllib3

from conftest import Stack
from content import new_experiment, new_model, new_run
from laboratory import put_file
from people import Person, Reply
from processes import SECRET
from uac_api.errors import BadRequest, Conflict, Missing, TooLarge
from uac_api.mlflow import artifacts
from uac_api.mlflow.artifacts import Artifacts, File, Root
from uac_api.mlflow.upstream import Upstream

FILES = {
    "train.log": b"ok\n",
    "empty.txt": b"",
    "model/MLmodel": b"flavors:",
    "model/data/weights.bin": bytes(range(256)) * 4096,
    "50%.txt": b"half",
    "plots/\u00fc &+.txt": b"odd",
}


@pytest.fixture
def experiment(bob: Person, project: str) -> str:
    """The id of an experiment."""
    return new_experiment(bob, project)


@pytest.fixture
def run(bob: Person, project: str, experiment: str) -> str:
    """The id of a run with FILES."""
    made = str(new_run(bob, project, experiment)["info"]["run_id"])
    for path, content in FILES.items():
        put_file(bob, project, f"{experiment}/{made}/artifacts/{quote(path)}", content)
    return made


@pytest.fixture
def store(stack: Stack) -> Iterator[Artifacts]:
    """The client of the files, without the API before it."""
    upstream = Upstream(stack.mlflow.url, SECRET, timeout=60)
    yield Artifacts(upstream)
    upstream.close()


def ask(person: Person, slug: str, run: str, *paths: str) -> Reply:
    query = "&".join(f"path={quote(path)}" for path in paths)
    return person.studio("GET", f"/projects/{slug}/runs/{run}/artifacts.zip?{query}")


def unzipped(reply: Reply) -> dict[str, bytes]:
    assert reply.status == 200, reply.body
    with zipfile.ZipFile(io.BytesIO(reply.body)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_members_get_every_file_as_it_was_logged(stack: Stack, project: str, run: str) -> None:
    for who in ("alice", "bob", "carol"):
        found = unzipped(ask(stack.person(who), project, run))
        assert found == {f"{run}/{path}": content for path, content in FILES.items()}


def test_strangers_and_other_projects_get_what_they_get_for_the_run_itself(
    stack: Stack, project: str, run: str, mallory: Person
) -> None:
    other = stack.new_project()
    alice = stack.person("alice")
    for person, slug in ((mallory, project), (alice, other)):
        itself = person.mlflow(slug, "GET", f"runs/get?run_id={run}")
        assert (ask(person, slug, run).status, itself.status) == (404, 404)
    of_other = stack.with_token("alice", actions=["log"])
    assert ask(of_other, project, run).status == 403
    assert ask(alice, project, "0" * 32).status == 404


def test_a_folder_a_file_and_what_is_not_there(carol: Person, project: str, run: str) -> None:
    weights = FILES["model/data/weights.bin"]
    folder = unzipped(ask(carol, project, run, "model"))
    assert folder == {"model/MLmodel": b"flavors:", "model/data/weights.bin": weights}
    assert unzipped(ask(carol, project, run, "model/data/weights.bin")) == {"weights.bin": weights}
    chosen = unzipped(ask(carol, project, run, "model", "model/data", "50%.txt"))
    assert set(chosen) == {f"{run}/{path}" for path in FILES if path[0] in "m5"}
    gone = ask(carol, project, run, "model/gone.txt")
    assert (gone.status, gone.json["reason"]) == (404, "no_such_file")


@pytest.mark.parametrize("path", ["..", "../x", "/etc", "a//b", "a\\b", "%2e%2e/x", "C:/x", "a\nb"])
def test_a_path_that_can_be_read_in_two_ways_is_refused(
    carol: Person, project: str, run: str, path: str
) -> None:
    refused = ask(carol, project, run, path)
    assert (refused.status, refused.json["reason"]) == (400, "path")


def test_files_of_a_logged_model(bob: Person, project: str, experiment: str, run: str) -> None:
    model = new_model(bob, project, experiment, run)
    where = f"{experiment}/models/{model}/artifacts"
    put_file(bob, project, f"{where}/MLmodel", b"flavors:")
    put_file(bob, project, f"{where}/code/a%20b.sh", b"1")
    address = f"/projects/{project}/logged-models/{model}/artifacts.zip"
    assert unzipped(bob.studio("GET", address)) == {
        f"{model}/MLmodel": b"flavors:",
        f"{model}/code/a b.sh": b"1",
    }
    assert unzipped(bob.studio("GET", f"{address}?path=code")) == {"code/a b.sh": b"1"}
    assert bob.studio("GET", address.replace(model, "m-" + "0" * 32)).status == 404


def test_a_file_that_vanishes_on_the_way_breaks_the_download_off(
    stack: Stack, project: str, experiment: str, carol: Person
) -> None:
    alice = stack.person("alice")
    run = str(new_run(alice, project, experiment)["info"]["run_id"])
    where = f"{experiment}/{run}/artifacts"
    # More than connections and servers hold for somebody who does not read.
    put_file(alice, project, f"{where}/a.bin", bytes(48 << 20))
    put_file(alice, project, f"{where}/b.bin", b"here today")
    answer = urllib3.PoolManager(retries=False, timeout=60).request(
        "GET",
        f"{stack.uac.url}/studio/v1/projects/{project}/runs/{run}/artifacts.zip",
        headers={"Authorization": carol.credential},
        preload_content=False,
    )
    assert answer.status == 200
    gone = f"/projects/{project}/api/2.0/mlflow-artifacts/artifacts/{where}/b.bin"
    assert alice.ask("DELETE", gone).status == 200
    with pytest.raises(urllib3.exceptions.HTTPError):
        answer.read()
    answer.release_conn()
    assert ask(carol, project, run, "a.bin").status == 200


@pytest.mark.parametrize("name", ["..", "../../x", "/etc/passwd", "a\\b", "%2e%2e", "C:", "a\tb"])
def test_a_name_of_the_store_that_leads_elsewhere_stops_the_zip(
    store: Artifacts, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    listed = [(File("ok.txt", 1), False), (File(name, 1), False)]
    monkeypatch.setattr(Artifacts, "list_folder", lambda *_given: listed)
    with pytest.raises(Conflict):
        store.files("fraud", Root("run", "1"))


def test_what_is_listed_is_bounded(
    store: Artifacts, project: str, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = Root("run", run)
    assert {file.path for file in store.files(project, root)} == set(FILES)
    for limit in ("MOST_FILES", "MOST_FOLDERS"):
        with monkeypatch.context() as patch:
            patch.setattr(artifacts, limit, 2)
            with pytest.raises(TooLarge):
                store.files(project, root)
    with pytest.raises(Missing):
        store.files(project, root, ["train.log/x"])
    with pytest.raises(BadRequest):
        store.files(project, root, ["../x"])
