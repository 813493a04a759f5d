"""Nobody reads anything of a project that is not theirs, whatever they name in their question."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as parquet
import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from conftest import Stack
from content import done
from people import Person, Reply, add_member
from system.houses import COLUMNS, CURVES, LOSS, QUERY, House, ask, build, names, questions, told
from uac_api.access.decisions.roles import Role
from uac_api.access.models import Member, Project, User, now

Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def own(stack: Stack) -> House:
    """A project of alice's, with the cast in it; mallory is none of them."""
    return build(stack.person("alice"), stack.new_project())


@pytest.fixture(scope="module")
def foreign(stack: Stack) -> House:
    """A project of mallory's."""
    mallory = stack.person("mallory")
    slug = names("").metric.replace("metric_", "s-")[:20]
    done_with = mallory.studio("POST", "/projects", {"slug": slug, "name": slug})
    assert done_with.status == 201, done_with.body
    return build(mallory, slug)


def project_id(stack: Stack, slug: str) -> int:
    found = stack.database.read(
        lambda session: session.scalar(select(Project.id).where(Project.slug == slug))
    )
    assert found is not None
    return found


def stranger(stack: Stack, own: House) -> Person:
    """Somebody with an account and nothing else."""
    del own
    return stack.person("erin")


def member_of_another(stack: Stack, own: House) -> Person:
    """Somebody who owns another project, in person."""
    del own
    return stack.person("alice")


def token_of_another(stack: Stack, own: House) -> Person:
    """A token for another project."""
    return stack.with_token("alice", project_id=project_id(stack, own.slug))


def administrator(stack: Stack, own: House) -> Person:
    """An administrator who is no member."""
    del own
    return stack.person("admin")


Who = Callable[[Stack, House], Person]
OUTSIDERS: tuple[Who, ...] = (stranger, member_of_another, token_of_another, administrator)
every_outsider = pytest.mark.parametrize("who", OUTSIDERS, ids=lambda who: who.__name__)
every_operation = pytest.mark.parametrize("path", [QUERY, COLUMNS, CURVES])


def rows(reply: Reply) -> Rows:
    """The rows of a table."""
    found: Rows = done(reply)["rows"]
    return found


@every_outsider
def test_what_is_named_of_a_foreign_project_is_as_if_it_were_not_there(
    stack: Stack, own: House, foreign: House, who: Who
) -> None:
    person, missing = who(stack, own), names("no-such-slug")
    # As long as the foreign ones: an error may say where the next word stands.
    missing = replace(missing, experiment="9" * len(foreign.experiment))
    wrong: list[tuple[object, ...]] = []
    for (path, there), (_, nowhere) in zip(questions(foreign), questions(missing), strict=True):
        reply, other = ask(person, path, there), ask(person, path, nowhere)
        if told(reply, foreign) != told(other, missing):
            wrong.append((path, there, reply.body, other.body))
        asked = str(there)
        shown = reply.body.decode() + str(reply.headers)
        if any(word in shown for word in foreign.words if word not in asked):
            wrong.append((path, there, "shows", reply.body))
    assert wrong == []


@every_operation
@every_outsider
def test_a_foreign_project_is_refused_as_a_missing_one(
    stack: Stack, own: House, foreign: House, who: Who, path: str
) -> None:
    person, missing = who(stack, own), names("s-none")
    for slugs in ([], [own.slug]):
        refused = ask(person, path, {"projects": [*slugs, foreign.slug]})
        other = ask(person, path, {"projects": [*slugs, missing.slug]})
        assert (refused.status, refused.json["reason"]) == (404, "no_such_project")
        said = refused.json["message"].replace(foreign.slug, missing.slug)
        assert other.json["message"] in (said, other.json["message"].replace(own.slug, own.slug))


@every_outsider
def test_no_question_without_names_shows_anything_foreign(
    stack: Stack, own: House, foreign: House, who: Who
) -> None:
    person = who(stack, own)
    for path, body in (
        (QUERY, {"columns": "auto", "view": "all", "all": True}),
        (QUERY, {"group_by": ["attributes.experiment_name"], "metrics": [LOSS], "view": "all"}),
        (QUERY, {"filter": "NOT metrics.loss > 1e9", "view": "all", "limit": 10_000}),
        (COLUMNS, {"view": "all"}),
        (CURVES, {"view": "all"}),
        (CURVES, {"view": "all", "group_by": ["attributes.experiment_name"]}),
        # A near miss of a name that others have.
        (QUERY, {"filter": f"metrics.{foreign.metric[:-1]} < 1"}),
        (QUERY, {"filter": f"params.{foreign.param}x = '1'"}),
        (CURVES, {"metrics": [foreign.metric[:-1]]}),
    ):
        reply = ask(person, path, body)
        shown = reply.body.decode() + str(reply.headers)
        assert [word for word in foreign.words if word in shown] == [], (path, body)
        assert reply.status in (200, 400), reply.body


def test_counts_are_of_the_projects_that_are_named(stack: Stack, own: House) -> None:
    alice = stack.person("alice")
    for view, count in (("active", 2), ("deleted", 1), ("all", 3)):
        body = {"projects": [own.slug], "view": view}
        assert done(ask(alice, QUERY, body))["total"] == count
        assert done(ask(alice, COLUMNS, body))["runs"] == count
    groups = rows(ask(alice, QUERY, {"projects": [own.slug], "group_by": [f"params.{own.param}"]}))
    assert [(one[f"params.{own.param}"], one["count"]) for one in groups] == [(own.value, 2)]


@every_operation
@pytest.mark.parametrize("name", ["alice", "bob", "carol"])
def test_every_member_reads_what_is_in_the_project(
    stack: Stack, own: House, path: str, name: str
) -> None:
    body: dict[str, Any] = {"projects": [own.slug], "runs": [own.run]}
    if path == QUERY:
        body["columns"] = [f"metrics.{own.metric}", f"params.{own.param}", f"tags.{own.tag}"]
    reply = ask(stack.person(name), path, body)
    assert reply.status == 200, reply.body
    words = {
        QUERY: (own.run, own.run_name, own.slug, own.value, own.metric),
        COLUMNS: (own.metric, own.param, own.tag, own.value),
        CURVES: (own.run, LOSS),
    }[path]
    assert all(word in reply.body.decode() for word in words)


@every_operation
def test_a_token_of_one_run_reads_nothing_here(stack: Stack, own: House, path: str) -> None:
    limits = {"project_id": project_id(stack, own.slug), "run_id": own.run}
    one = stack.with_token("bob", **limits)
    for body in ({}, {"runs": [own.run]}, {"projects": [own.slug]}):
        reply = ask(one, path, body)
        assert (reply.status, reply.json["reason"]) == (403, "token_of_one_run")


@every_operation
def test_a_token_without_read_reads_nothing(stack: Stack, own: House, path: str) -> None:
    reply = ask(stack.with_token("alice", actions=["log"]), path, {"projects": [own.slug]})
    assert (reply.status, reply.json["reason"]) == (403, "token_too_narrow")


@every_operation
def test_nobody_and_a_disabled_member_read_nothing(stack: Stack, own: House, path: str) -> None:
    add_member(stack.database, own.slug, "dave", Role.MAINTAINER)
    dave, token = stack.person("dave"), stack.with_token("dave")
    assert ask(dave, path, {"projects": [own.slug]}).status == 200

    def disabled(*, value: bool) -> None:
        change = update(User).where(User.username == "dave").values(disabled=value)
        stack.database.write(lambda session: session.execute(change))

    disabled(value=True)
    try:
        for person in (dave, token, Person("", stack.uac.url, "")):
            for body in ({}, {"projects": [own.slug]}, {"runs": [own.run]}):
                assert ask(person, path, body).status == 401
    finally:
        disabled(value=False)


@every_operation
def test_a_role_that_ended_reads_nothing(stack: Stack, own: House, path: str) -> None:
    add_member(stack.database, own.slug, "erin", Role.VIEWER)
    erin = stack.person("erin")
    assert own.run in ask(erin, CURVES, {"projects": [own.slug]}).body.decode()

    def end(session: Session) -> None:
        whose = select(User.id).where(User.username == "erin").scalar_subquery()
        ended = update(Member).where(Member.user_id == whose)
        session.execute(ended.values(expires_at=now() - timedelta(minutes=1)))

    stack.database.write(end)
    assert ask(erin, path, {"projects": [own.slug]}).json["reason"] == "no_such_project"
    for body in ({}, {"runs": [own.run]}, {"experiments": [own.experiment]}):
        reply = ask(erin, path, body)
        assert reply.status == 200
        assert [word for word in own.words if word in reply.body.decode()] == []
    path = f"/projects/{own.slug}/members/erin"
    assert stack.person("alice").studio("DELETE", path).status == 204


def test_a_page_token_is_of_one_person_and_gives_nothing_that_was_lost(
    stack: Stack, own: House, foreign: House
) -> None:
    alice, mallory = stack.person("alice"), stack.person("mallory")
    question = {"projects": [foreign.slug], "limit": 1}
    hers = done(ask(mallory, QUERY, question))["next_page_token"]
    for body in (question, {"limit": 1}, {"projects": [own.slug], "limit": 1}):
        reply = ask(alice, QUERY, {**body, "page_token": hers})
        assert reply.json["reason"] == "page_token"
    # alice is a member for one page, by a question that names no project.
    add_member(stack.database, foreign.slug, "alice", Role.VIEWER)
    filtered = {"filter": f"attributes.run_name = '{foreign.run_name}'", "limit": 1}
    first = done(ask(alice, QUERY, filtered))
    assert (first["total"], len(first["rows"])) == (2, 1)
    assert mallory.studio("DELETE", f"/projects/{foreign.slug}/members/alice").status == 204
    second = done(ask(alice, QUERY, {**filtered, "page_token": first["next_page_token"]}))
    assert (second["total"], second["rows"], second["next_page_token"]) == (0, [], "")


def test_pages_hold_every_run_once(stack: Stack, own: House) -> None:
    carol, seen, token = stack.person("carol"), [], ""
    order = [{"by": f"metrics.{LOSS}", "ascending": False}]
    for _ in range(3):
        body = {"projects": [own.slug], "view": "all", "limit": 1, "order": order}
        found = done(ask(carol, QUERY, {**body, "page_token": token}))
        seen += [row["run_id"] for row in found["rows"]]
        token = found["next_page_token"]
    assert (len(set(seen)), seen[0], seen[-1], token) == (3, own.binned, own.run, "")


@pytest.mark.parametrize("everything", [False, True])
def test_every_format_has_the_same_rows(stack: Stack, own: House, *, everything: bool) -> None:
    carol = stack.person("carol")
    body = {"projects": [own.slug], "columns": [f"metrics.{LOSS}"], "all": everything}
    read: dict[str, Callable[[bytes], Rows]] = {
        "arrow": lambda content: pa.ipc.open_stream(content).read_all().to_pylist(),
        "parquet": lambda content: parquet.read_table(io.BytesIO(content)).to_pylist(),
    }
    expected = rows(ask(carol, QUERY, body))
    assert [row[f"metrics.{LOSS}"] for row in expected] == [1.4, 0.4]
    for form, reader in read.items():
        reply = carol.studio("POST", f"{QUERY}?format={form}", body)
        assert (reply.status, reply.headers["x-total-count"]) == (200, "2")
        assert reader(reply.body) == expected
    text = carol.studio("POST", f"{QUERY}?format=csv", body).body.decode()
    assert text.splitlines()[0].split(",") == list(expected[0])
    assert text.splitlines()[1].endswith(",1.4")


def test_curves_of_a_run_and_of_its_model_have_their_points(stack: Stack, own: House) -> None:
    carol = stack.person("carol")
    points = rows(ask(carol, CURVES, {"projects": [own.slug], "runs": [own.run]}))
    assert [(one["x"], one["last"], one["count"]) for one in points] == [
        (float(step), step / 10, 1) for step in range(5)
    ]
    of_model = rows(ask(carol, CURVES, {"projects": [own.slug], "models": [own.model]}))
    assert {one["model_id"] for one in of_model} == {own.model}


@pytest.mark.parametrize(
    ("path", "body", "facts"),
    [
        (QUERY, {"filter": "metrics.loss < AND"}, {"position": 15, "found": "AND"}),
        (QUERY, {"filter": "metrics.los < 1"}, {"near": "loss"}),
        (QUERY, {"columns": ["attributes.statsu"]}, {"near": "status"}),
        (COLUMNS, {"filter": "params.x = 'a"}, {"position": 11}),
        (CURVES, {"group_by": ["metrics.loss"]}, {}),
        (QUERY, {"group_by": ["metrics.loss"]}, {}),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_nearest_name(
    stack: Stack, own: House, path: str, body: dict[str, Any], facts: dict[str, Any]
) -> None:
    reply = ask(stack.person("carol"), path, {"projects": [own.slug], **body})
    assert (reply.status, reply.json["error_code"]) == (400, "INVALID_PARAMETER_VALUE")
    assert {name: reply.json.get(name) for name in facts} == facts
    assert reply.json["message"]
    assert reply.json["request_id"] == reply.headers["x-request-id"]
