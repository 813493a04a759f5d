"""Lists over all my projects."""

from __future__ import annotations

import pytest

from api.conftest import Caller, Studio
from uac_api.errors import InvalidQuery, TooSlow, Unavailable
from uac_api.mlflow.reading import NOBODYS

LISTS = ("experiments", "runs", "models", "traces")


def asked_for(studio: Studio) -> list[tuple[str, ...]]:
    """The workspaces of every question."""
    return [question.workspaces for _, question in studio.reading.listed]


@pytest.mark.parametrize("what", LISTS)
def test_a_list_holds_all_my_projects_and_no_other(
    studio: Studio, what: str, alice: Caller, mallory: Caller
) -> None:
    mallory.studio("POST", "/projects", {"slug": "secret"})
    alice.studio("POST", "/projects", {"slug": "risk"})
    rows = alice.studio("GET", f"/{what}").json[what]
    assert {row["project"] for row in rows} == {"fraud", "risk"}
    assert asked_for(studio) == [("fraud", "risk")]


@pytest.mark.parametrize("what", LISTS)
def test_a_list_can_be_of_one_project_and_searched(alice: Caller, what: str) -> None:
    alice.studio("POST", "/projects", {"slug": "risk"})
    rows = alice.studio("GET", f"/{what}?project=risk&query=2").json[what]
    assert [row["name"] for row in rows] == ["risk 2"]


@pytest.mark.parametrize("what", LISTS)
def test_a_list_can_be_of_several_projects_by_name(
    studio: Studio, what: str, alice: Caller
) -> None:
    for slug in ("risk", "churn"):
        alice.studio("POST", "/projects", {"slug": slug})
    path = f"/{what}?project=risk&project=fraud&project=risk"
    rows = alice.studio("GET", path).json[what]
    assert {row["project"] for row in rows} == {"fraud", "risk"}
    assert asked_for(studio) == [("fraud", "risk")]
    assert alice.studio("GET", f"/{what}?project=risk&project=vault").status == 404
    assert asked_for(studio) == [("fraud", "risk")]


@pytest.mark.parametrize("what", LISTS)
def test_a_filter_goes_to_the_reading_room_as_it_is(
    studio: Studio, what: str, alice: Caller
) -> None:
    text = "tags.team%20%3D%20%27r%C3%A9d%27"
    assert alice.studio("GET", f"/{what}?filter={text}&query=1").status == 200
    (kind, asked), *others = studio.reading.listed
    assert (kind, asked.query, asked.filter, asked.order, others) == (
        what,
        "1",
        "tags.team = 'réd'",
        "created",
        [],
    )
    assert alice.studio("GET", f"/{what}?filter={'x' * 4001}").status == 400


@pytest.mark.parametrize("what", ["experiments", "models"])
def test_experiments_and_models_can_be_ordered_by_their_last_change(
    studio: Studio, what: str, alice: Caller
) -> None:
    token = alice.studio("GET", f"/{what}?order=updated&max_results=1").json["next_page_token"]
    assert [(kind, asked.order) for kind, asked in studio.reading.listed] == [(what, "updated")]
    refused = alice.studio("GET", f"/{what}?page_token={token}")
    assert (refused.status, refused.json["reason"]) == (400, "page_token")
    assert alice.studio("GET", f"/{what}?order=name").status == 400


@pytest.mark.parametrize(("what", "most"), [("runs", 200), ("traces", 200), ("models", 1000)])
def test_a_page_has_a_largest_size(alice: Caller, what: str, most: int) -> None:
    assert alice.studio("GET", f"/{what}?max_results={most}").status == 200
    assert alice.studio("GET", f"/{what}?max_results={most + 1}").status == 400


@pytest.mark.parametrize("what", LISTS)
@pytest.mark.parametrize("who", ["mallory", "admin"])
def test_who_is_no_member_gets_nothing(studio: Studio, what: str, who: str) -> None:
    caller = studio.person(who)
    assert caller.studio("GET", f"/{what}").json[what] == []
    refused = caller.studio("GET", f"/{what}?project=fraud")
    assert (refused.status, refused.json["reason"]) == (404, "no_such_project")
    assert asked_for(studio) == [NOBODYS]


@pytest.mark.parametrize("what", LISTS)
def test_a_token_lists_only_its_project_and_only_with_read(
    studio: Studio, what: str, alice: Caller
) -> None:
    alice.studio("POST", "/projects", {"slug": "risk"})
    one = studio.program("alice", project_id=studio.project_id())
    assert {row["project"] for row in one.studio("GET", f"/{what}").json[what]} == {"fraud"}
    assert one.studio("GET", f"/{what}?project=risk").status == 404
    blind = studio.program("alice", actions=["log"])
    refused = blind.studio("GET", f"/{what}")
    assert (refused.status, refused.json["reason"]) == (403, "token_too_narrow")


@pytest.mark.parametrize("what", LISTS)
def test_a_list_comes_in_pages_bound_to_the_person_and_the_question(
    what: str, alice: Caller, bob: Caller
) -> None:
    first = alice.studio("GET", f"/{what}?max_results=2").json
    token = first["next_page_token"]
    second = alice.studio("GET", f"/{what}?max_results=2&page_token={token}").json
    names = [row["name"] for row in first[what] + second[what]]
    assert names == ["fraud 0", "fraud 1", "fraud 2"]
    assert second["next_page_token"] == ""
    other = next(one for one in LISTS if one != what)
    for caller, path in (
        (bob, f"/{what}?page_token={token}"),
        (alice, f"/{other}?page_token={token}"),
        (alice, f"/{what}?project=fraud&page_token={token}"),
        (alice, f"/{what}?query=f&page_token={token}"),
        (alice, f"/{what}?filter=f&page_token={token}"),
    ):
        assert caller.studio("GET", path).json["reason"] == "page_token"


def test_a_page_token_does_not_outlive_the_membership(alice: Caller, bob: Caller) -> None:
    token = bob.studio("GET", "/experiments?max_results=2").json["next_page_token"]
    alice.studio("DELETE", "/projects/fraud/members/bob")
    rows = bob.studio("GET", f"/experiments?max_results=2&page_token={token}").json["experiments"]
    assert rows == []


@pytest.mark.parametrize("what", LISTS)
@pytest.mark.parametrize(
    "query", ["max_results=0", "max_results=1e3", "sort=name", "query=%00", "project=%00"]
)
def test_a_wrong_question_is_refused(alice: Caller, what: str, query: str) -> None:
    reply = alice.studio("GET", f"/{what}?{query}")
    assert (reply.status, reply.json["reason"]) == (400, "invalid_fields")


@pytest.mark.parametrize("what", LISTS)
def test_an_unreachable_mlflow_is_named(studio: Studio, what: str, alice: Caller) -> None:
    studio.reading.trouble = Unavailable("MLflow cannot be reached.")
    reply = alice.studio("GET", f"/{what}")
    assert (reply.status, reply.json["reason"]) == (503, "mlflow_unavailable")


@pytest.mark.parametrize("what", LISTS)
def test_each_byte_of_a_page_token_counts(alice: Caller, what: str) -> None:
    token = alice.studio("GET", f"/{what}?max_results=2").json["next_page_token"]
    for place, letter in enumerate(token.rstrip("=")):
        other = "B" if letter == "A" else "A"
        changed = token[:place] + other + token[place + 1 :]
        reply = alice.studio("GET", f"/{what}?max_results=2&page_token={changed}")
        # The last letter carries bits that stand for nothing.
        assert reply.status == 400 or changed.rstrip("=")[:-1] == token.rstrip("=")[:-1], place


@pytest.mark.parametrize("what", LISTS)
def test_what_the_room_says_of_a_question_is_told_with_its_place(
    studio: Studio, what: str, alice: Caller
) -> None:
    facts = {"position": 4, "near": "accuracy"}
    studio.reading.trouble = InvalidQuery("There is 'accuracy'.", reason="filter", facts=facts)
    reply = alice.studio("GET", f"/{what}?filter=x")
    assert (reply.status, reply.json["reason"], reply.json["near"]) == (400, "filter", "accuracy")
    studio.reading.trouble = TooSlow("Narrow it.", reason="too_slow")
    reply = alice.studio("GET", f"/{what}")
    assert (reply.status, reply.json["reason"]) == (504, "too_slow")


@pytest.mark.parametrize("what", LISTS)
def test_a_foreign_and_a_missing_project_are_refused_alike(
    studio: Studio, what: str, alice: Caller, mallory: Caller
) -> None:
    mallory.studio("POST", "/projects", {"slug": "secret"})
    foreign, missing = (
        alice.studio("GET", f"/{what}?project={slug}").json for slug in ("secret", "nobodys")
    )
    for reply in (foreign, missing):
        reply.pop("request_id")
    assert str(foreign).replace("secret", "nobodys") == str(missing)
    assert studio.reading.listed == []


@pytest.mark.parametrize("what", LISTS)
def test_more_projects_than_the_room_takes_are_a_400(
    what: str, alice: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("uac_api.api.services.MOST_WORKSPACES", 1)
    assert alice.studio("GET", f"/{what}").status == 200
    alice.studio("POST", "/projects", {"slug": "risk"})
    reply = alice.studio("GET", f"/{what}")
    assert (reply.status, reply.json["reason"]) == (400, "projects")
    assert alice.studio("GET", f"/{what}?project=risk").status == 200
