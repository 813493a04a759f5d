"""A file that cannot stand where it was sent is its sender's mistake, not a store that is down.

A store in a folder has files and folders in each other's way, S3 has not; both answer here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from conftest import Stack
from content import Content, artifact
from people import Person, Reply

Send = Callable[[Person, Content, str], Reply]

CONTENT = b"what was there before"
LONG = "n" * 256
DEEP = "/".join(["d" * 200] * 22)
CASES = {
    "a file over a folder": ("folder", 409, "file_conflict"),
    "a file below a file": ("folder/there.txt/below.txt", 409, "file_conflict"),
    "a file far below a file": ("folder/there.txt/a/b/below.txt", 409, "file_conflict"),
    "a name that is too long": (f"folder/{LONG}", 400, "name_too_long"),
    "a name of many bytes": (f"folder/{'ä' * 128}", 400, "name_too_long"),
    "a folder's name that is too long": (f"folder/new/{LONG}/a.txt", 400, "name_too_long"),
    "a path that is too long": (f"folder/{DEEP}/a.txt", 400, "name_too_long"),
}
each_case = pytest.mark.parametrize(("name", "status", "reason"), CASES.values(), ids=CASES.keys())


def store(stack: Stack) -> Path:
    """The folder in which MLflow keeps the files of all projects."""
    return Path(stack.mlflow.environment["MLFLOW_ARTIFACTS_DESTINATION"])


def by_put(person: Person, own: Content, name: str) -> Reply:
    """As scripts send a file."""
    return person.ask("PUT", artifact(own.slug, f"{own.artifacts}/{quote(name)}"), raw=b"new")


def by_form(person: Person, own: Content, name: str) -> Reply:
    """As MLflow's own interface sends one; MLflow answers that in Flask, in another way."""
    path = f"/projects/{own.slug}/ajax-api/2.0/mlflow/upload-artifact"
    query = f"run_uuid={own.run}&path={quote(name)}"
    return person.ask("POST", f"{path}?{query}", raw=b"new")


def tree(stack: Stack) -> dict[Path, bytes | None]:
    """All files and folders of the store; None is a folder."""
    return {path: path.read_bytes() if path.is_file() else None for path in store(stack).rglob("*")}


@pytest.fixture
def laid(erin: Person, own: Content) -> Content:
    """A project with the file folder/there.txt at its run."""
    path = artifact(own.slug, f"{own.artifacts}/folder/there.txt")
    assert erin.ask("PUT", path, raw=CONTENT).status == 200
    return own


@contextmanager
def unmounted(stack: Stack) -> Iterator[None]:
    """The store is a link to a disk that is gone."""
    folder = store(stack)
    aside = folder.rename(folder.with_name("aside"))
    folder.symlink_to(folder.with_name("not mounted") / "artifacts")
    try:
        yield
    finally:
        folder.unlink()
        aside.rename(folder)


@pytest.mark.parametrize("send", [by_put, by_form])
@each_case
def test_a_file_that_has_no_place_is_refused_and_changes_nothing(
    stack: Stack, erin: Person, laid: Content, send: Send, name: str, status: int, reason: str
) -> None:
    before = tree(stack)
    for _ in range(2):
        reply = send(erin, laid, name)
        assert (reply.status, reply.json.get("reason")) == (status, reason), reply.body
    assert reply.json["error_code"] == ("CONFLICT" if status == 409 else "INVALID_PARAMETER_VALUE")
    assert reply.json["request_id"] == reply.headers["x-request-id"]
    assert str(store(stack)).encode() not in reply.body
    assert tree(stack) == before
    assert by_put(erin, laid, "folder/there.txt").status == 200, "a file may be written anew"


def test_a_folder_is_not_read_as_a_file(stack: Stack, erin: Person, laid: Content) -> None:
    for path in (
        artifact(laid.slug, f"{laid.artifacts}/folder"),
        f"/projects/{laid.slug}/get-artifact?run_uuid={laid.run}&path=folder",
    ):
        reply = erin.ask("GET", path)
        assert reply.status == 400, reply.body
        assert "directory, not a file" in reply.json["message"]
        assert str(store(stack)).encode() not in reply.body


@pytest.mark.parametrize("name", ["folder/there.txt/below.txt", "folder/none"])
def test_what_cannot_be_there_is_not_there(erin: Person, laid: Content, name: str) -> None:
    for path in (
        artifact(laid.slug, f"{laid.artifacts}/{name}"),
        f"/projects/{laid.slug}/get-artifact?run_uuid={laid.run}&path={name}",
    ):
        reply = erin.ask("GET", path)
        assert (reply.status, reply.json["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")


def test_a_name_that_no_file_can_have_is_the_readers_mistake(erin: Person, laid: Content) -> None:
    for path in (
        artifact(laid.slug, f"{laid.artifacts}/{LONG}"),
        f"/projects/{laid.slug}/get-artifact?run_uuid={laid.run}&path={LONG}",
        f"/projects/{laid.slug}/api/2.0/mlflow/artifacts/list?run_id={laid.run}&path={LONG}",
    ):
        reply = erin.ask("GET", path)
        assert (reply.status, reply.json["reason"]) == (400, "name_too_long")


def test_nothing_is_in_a_file(erin: Person, laid: Content) -> None:
    path = f"artifacts/list?run_id={laid.run}&path=folder/there.txt"
    reply = erin.mlflow(laid.slug, "GET", path)
    assert (reply.status, reply.json.get("files", [])) == (200, [])


@pytest.mark.parametrize("send", [by_put, by_form])
def test_a_store_that_is_gone_is_nobodys_mistake(
    stack: Stack, erin: Person, laid: Content, send: Send
) -> None:
    with unmounted(stack):
        reply = send(erin, laid, "folder/new.txt")
        assert (reply.status, reply.json["reason"]) == (503, "artifact_store_unavailable")
    assert send(erin, laid, "folder/new.txt").status == 200
