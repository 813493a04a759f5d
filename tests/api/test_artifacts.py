"""Files of a run as one zip: who gets it, what it holds, what it is called, and what it takes."""

from __future__ import annotations

import io
import zipfile
from urllib.parse import quote

import pytest

from api.conftest import Caller, Studio
from people import Reply
from uac_api.errors import StudioError
from uac_api.mlflow.artifacts import Root
from uac_api.traffic import Traffic

RUN, MODEL = "/projects/fraud/runs/run-1", "/projects/fraud/logged-models/m-1"
every_root = pytest.mark.parametrize("root", [RUN, MODEL])


def ask(caller: Caller, root: str = RUN, *paths: str) -> Reply:
    query = "&".join(f"path={quote(path)}" for path in paths)
    return caller.studio("GET", f"{root}/artifacts.zip?{query}")


def unzipped(reply: Reply) -> dict[str, bytes]:
    assert reply.status == 200, reply.body
    with zipfile.ZipFile(io.BytesIO(reply.body)) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


@every_root
@pytest.mark.parametrize("who", ["alice", "bob", "carol"])
def test_every_member_gets_all_files_below_the_id(studio: Studio, root: str, who: str) -> None:
    reply = ask(studio.person(who), root)
    top = root.rpartition("/")[2]
    assert unzipped(reply) == {
        f"{top}/train.log": b"ok",
        f"{top}/model/MLmodel": b"flavors:",
        f"{top}/model/a.bin": b"",
    }
    assert reply.headers["content-type"] == "application/zip"
    assert f'attachment; filename="{top}.zip"' in reply.headers["content-disposition"]
    assert reply.headers["x-content-type-options"] == "nosniff"


@every_root
@pytest.mark.parametrize("who", ["mallory", "admin"])
def test_who_is_no_member_gets_the_answer_to_a_missing_project(
    studio: Studio, root: str, who: str
) -> None:
    stranger = studio.person(who)
    reply = ask(stranger, root)
    missing = ask(stranger, root.replace("fraud", "nothing"))
    assert (reply.status, reply.json["reason"]) == (404, "no_such_project")
    assert missing.json["message"] == reply.json["message"].replace("fraud", "nothing")
    assert studio.artifacts.asked == []
    assert [event.operation for event in studio.events(outcome="denied")] == [
        "artifacts.download",
        "artifacts.download",
    ]


def test_nobody_gets_nothing_without_a_credential(studio: Studio) -> None:
    assert ask(studio.anonymous()).status == 401
    assert studio.artifacts.asked == []


def test_tokens_get_what_they_may_read_and_no_more(secret: Studio, alice: Caller) -> None:
    alice.studio("POST", "/projects", {"slug": "risk"})
    of_other = secret.program("alice", project_id=secret.project_id("risk"))
    assert ask(of_other).json["reason"] == "no_such_project"
    cannot_read = secret.program("alice", actions=["log"])
    assert ask(cannot_read).json["reason"] == "token_too_narrow"
    limits = {"project_id": secret.project_id(), "run_id": "run-2"}
    assert ask(secret.program("bob", **limits)).json["reason"] == "token_of_one_run"
    assert secret.artifacts.asked == []
    assert ask(secret.program("carol", project_id=secret.project_id())).status == 200


def test_a_run_of_another_project_is_not_found_through_mine(secret: Studio, alice: Caller) -> None:
    reply = ask(alice, "/projects/fraud/runs/hidden-run")
    assert (reply.status, reply.json["error_code"]) == (404, "RESOURCE_DOES_NOT_EXIST")
    assert secret.artifacts.asked == [("fraud", Root("run", "hidden-run"))]


@pytest.mark.parametrize(
    ("paths", "names", "called"),
    [
        (["model"], {"model/MLmodel", "model/a.bin"}, "model.zip"),
        (["model/MLmodel"], {"MLmodel"}, "MLmodel.zip"),
        (["train.log", "model/a.bin"], {"run-1/train.log", "run-1/model/a.bin"}, "run-1.zip"),
    ],
)
def test_a_folder_a_file_and_a_selection(
    carol: Caller, paths: list[str], names: set[str], called: str
) -> None:
    reply = ask(carol, RUN, *paths)
    assert set(unzipped(reply)) == names
    assert f'filename="{called}"' in reply.headers["content-disposition"]


def test_the_name_of_a_folder_is_no_part_of_the_header(studio: Studio, carol: Caller) -> None:
    name = 'a"; filename=x é\r\nSet-Cookie'
    studio.artifacts.content = {f"{name}/b.txt": b"1"}
    header = ask(carol, RUN, name).headers["content-disposition"]
    assert header == (
        'attachment; filename="a_; filename=x ___Set-Cookie.zip"; '
        "filename*=UTF-8''a_%3B%20filename%3Dx%20%C3%A9__Set-Cookie.zip"
    )


def test_a_file_that_vanishes_breaks_the_answer_off(studio: Studio, carol: Caller) -> None:
    studio.artifacts.gone = {"model/MLmodel"}
    with pytest.raises(StudioError, match="MLmodel"):
        ask(carol)
    # What was held is free again.
    assert studio.services.file_places[Traffic.PAGES].held == 0
    assert ask(carol, RUN, "train.log").status == 200


def test_a_zip_is_one_file_under_way_of_its_person(
    studio: Studio, carol: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    held: list[int] = []
    places = studio.services.file_places[Traffic.PAGES]

    def read(*_given: object) -> list[bytes]:
        held.append(places.held)
        return [b"x"]

    monkeypatch.setattr(studio.artifacts, "read", read)
    assert len(unzipped(ask(carol))) == 3
    assert held == [1, 1, 1]
    assert places.held == 0


def test_too_many_paths_are_refused(carol: Caller) -> None:
    assert ask(carol, RUN, *map(str, range(201))).json["reason"] == "invalid_fields"
