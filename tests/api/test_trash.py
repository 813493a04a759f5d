"""The trash of a project on each kind of database, with a stand-in for MLflow."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from api.conftest import Caller, Studio, at_once
from databases import every_database
from people import Reply
from uac_api.access.models import TrashItem, now
from uac_api.access.projects import trash
from uac_api.errors import BadUpstream, Conflict, Unavailable

LONG = "Trees. " * 200_000


def keep(studio: Studio, name: str = "forest", *, gone: bool | None = True, **more: Any) -> int:
    content = {"what": "model", "name": name, "since": 1, "rows": {}, **more}
    number = studio.project_id()

    def work(session: Any) -> int:
        item = trash.put(session, number, content, deleted_by="alice")
        if gone is not None:
            trash.commit(session, item, gone=gone)
        return item

    return studio.database.write(work)


def models(caller: Caller, more: str = "") -> dict[str, Any]:
    reply = caller.studio("GET", f"/projects/fraud/trash?kind=models{more}")
    assert reply.status == 200, reply.body
    found: dict[str, Any] = reply.json
    return found


def names(caller: Caller) -> list[str]:
    return [item["name"] for item in models(caller)["items"]]


def restore(caller: Caller, identity: object, kind: str = "models") -> Reply:
    body = {"kind": kind, "id": str(identity)}
    return caller.studio("POST", "/projects/fraud/trash/restore", body)


def test_a_model_with_very_much_in_it_is_kept_and_put_back(studio: Studio, alice: Caller) -> None:
    item = keep(studio, version=3, what="model version", description=LONG)
    (shown,) = models(alice)["items"]
    assert (shown["name"], shown["what"]) == ("forest, version 3", "model version")
    assert restore(alice, item).json == {
        "kind": "models",
        "id": str(item),
        "name": "model forest version 3",
        "left": [],
    }
    assert studio.trash.put_back == ["fraud forest"]
    assert names(alice) == []
    event = studio.events()[0]
    assert (event.operation, event.target) == ("trash.restore.models", "model forest version 3")


@every_database
def test_of_two_who_restore_at_once_one_does(studio: Studio, alice: Caller) -> None:
    item = keep(studio)
    answers = at_once([lambda: restore(alice, item).status for _ in range(3)])
    assert sorted(answers) == [200, 404, 404]
    assert studio.trash.put_back == ["fraud forest"]


def test_what_is_in_the_way_leaves_it_in_the_trash(studio: Studio, alice: Caller) -> None:
    item = keep(studio)
    studio.trash.trouble = Conflict("There is a forest again.", reason="in_the_way")
    assert restore(alice, item).status == 409
    assert names(alice) == ["forest"]
    studio.trash.trouble = None
    assert restore(alice, item).status == 200


@pytest.mark.parametrize(("gone", "left"), [(True, ["forest"]), (False, [])])
def test_after_a_broken_answer_mlflow_is_asked_whether_it_is_back(
    studio: Studio, alice: Caller, gone: bool, left: list[str]
) -> None:
    item = keep(studio)
    studio.trash.trouble = BadUpstream("MLflow broke off its answer.")
    studio.trash.gone = gone
    assert restore(alice, item).status == 502
    assert names(alice) == left


def test_what_nobody_could_ask_about_is_settled_by_the_next_list(
    studio: Studio, alice: Caller
) -> None:
    item = keep(studio)
    studio.trash.trouble = Unavailable("MLflow cannot be reached.")
    assert restore(alice, item).status == 503
    studio.trash.trouble = None
    old = update(TrashItem).values(deleted_at=now() - timedelta(days=1))
    studio.database.write(lambda session: session.execute(old))
    assert names(alice) == ["forest"]


@pytest.mark.parametrize(("gone", "left"), [(True, ["forest"]), (False, [])])
def test_a_deletion_that_broke_off_is_neither_a_ghost_nor_lost(
    studio: Studio, alice: Caller, gone: bool, left: list[str]
) -> None:
    keep(studio, gone=None)
    # It may be under way just now.
    assert names(alice) == []
    old = update(TrashItem).values(deleted_at=now() - timedelta(minutes=10))
    studio.database.write(lambda session: session.execute(old))
    studio.trash.gone = gone
    assert names(alice) == left


@every_database
def test_models_come_page_by_page_those_deleted_last_first(studio: Studio, alice: Caller) -> None:
    for number in range(5):
        keep(studio, f"forest {number}")
    seen, token = list[str](), ""
    while token or not seen:
        page = models(alice, f"&max_results=2&page_token={token}")
        seen += [item["name"] for item in page["items"]]
        token = page["next_page_token"]
    assert seen == [f"forest {number}" for number in (4, 3, 2, 1, 0)]


def test_a_page_token_is_of_one_kind_only(studio: Studio, alice: Caller) -> None:
    for _ in range(2):
        keep(studio)
    token = models(alice, "&max_results=1")["next_page_token"]
    reply = alice.studio("GET", f"/projects/fraud/trash?kind=runs&page_token={token}")
    assert (reply.status, reply.json["reason"]) == (400, "page_token")


@pytest.mark.parametrize("identity", ["", "x", "-1", "1e3", "9" * 30, "\u0663", "0"])
def test_an_odd_id_is_no_500(alice: Caller, identity: str) -> None:
    assert restore(alice, identity).status in (400, 404)


@pytest.mark.parametrize("query", ["kind=traces", "kind=", "max_results=0", "page_token=x"])
def test_an_odd_question_is_told(alice: Caller, query: str) -> None:
    assert alice.studio("GET", f"/projects/fraud/trash?{query}").status == 400


def test_an_item_of_another_project_is_not_there(studio: Studio, alice: Caller) -> None:
    item = keep(studio)
    alice.studio("POST", "/projects", {"slug": "risk"})
    body = {"kind": "models", "id": str(item)}
    reply = alice.studio("POST", "/projects/risk/trash/restore", body)
    assert (reply.status, reply.json["reason"]) == (404, "not_in_trash")
    assert alice.studio("GET", "/projects/risk/trash?kind=models").json["items"] == []


@pytest.mark.parametrize(
    ("who", "read", "runs", "others"),
    [
        ("alice", 200, 200, 200),
        ("bob", 200, 200, 403),
        ("carol", 200, 403, 403),
        ("mallory", 404, 404, 404),
        ("admin", 404, 404, 404),
    ],
)
def test_each_sees_and_restores_what_the_role_says(
    studio: Studio, who: str, read: int, runs: int, others: int
) -> None:
    item, caller = keep(studio), studio.person(who)
    assert caller.studio("GET", "/projects/fraud/trash").status == read
    assert restore(caller, "r1", "runs").status == runs
    assert restore(caller, "1", "experiments").status == others
    assert restore(caller, item).status == others


def test_without_a_number_of_days_nothing_goes(studio: Studio, alice: Caller) -> None:
    keep(studio)
    page = models(alice)
    assert page["days"] == 30
    assert page["items"][0]["goes_at"] is not None
    assert alice.studio("GET", "/me").json["trash_days"] == 30
