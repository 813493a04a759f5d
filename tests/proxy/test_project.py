"""Which project a request means."""

from __future__ import annotations

from conftest import Stack
from people import Person

EXPERIMENTS = "/api/2.0/mlflow/experiments/search?max_results=5"


def test_the_address_names_the_project(alice: Person, project: str) -> None:
    assert alice.ask("GET", f"/projects/{project}{EXPERIMENTS}").status == 200


def test_the_header_names_the_project(alice: Person, project: str) -> None:
    reply = alice.ask("GET", EXPERIMENTS, headers={"X-MLFLOW-WORKSPACE": project})
    assert reply.status == 200


def test_a_token_of_one_project_names_it(stack: Stack, project: str) -> None:
    alice = stack.person("alice")
    made = alice.studio("POST", "/tokens", {"name": "one", "project": project})
    program = Person("alice", alice.address, f"Bearer {made.json['token']}")
    assert program.ask("GET", EXPERIMENTS).status == 200


def test_an_address_and_a_header_that_disagree_are_refused(alice: Person, stack: Stack) -> None:
    one, other = stack.new_project(), stack.new_project()
    reply = alice.ask("GET", f"/projects/{one}{EXPERIMENTS}", headers={"X-MLFLOW-WORKSPACE": other})
    assert (reply.status, reply.json["reason"]) == (400, "two_projects")


def test_a_token_of_another_project_is_refused(alice: Person, stack: Stack) -> None:
    one, other = stack.new_project(), stack.new_project()
    made = alice.studio("POST", "/tokens", {"name": "one", "project": one})
    program = Person("alice", alice.address, f"Bearer {made.json['token']}")
    reply = program.ask("GET", f"/projects/{other}{EXPERIMENTS}")
    assert (reply.status, reply.json["reason"]) == (400, "two_projects")


def test_no_project_named_among_several_gets_a_sentence_that_helps(
    alice: Person, stack: Stack
) -> None:
    stack.new_project(), stack.new_project()
    reply = alice.ask("GET", EXPERIMENTS)
    assert (reply.status, reply.json["reason"]) == (400, "no_project_named")
    assert "MLFLOW_WORKSPACE" in reply.json["message"]


def test_foreign_missing_and_default_projects_get_the_same_refusal(
    mallory: Person, project: str
) -> None:
    replies = {
        slug: mallory.ask("GET", f"/projects/{slug}{EXPERIMENTS}")
        for slug in (project, "there-is-none", "default")
    }
    assert {reply.status for reply in replies.values()} == {404}
    sentences = {reply.json["message"].replace(slug, "?") for slug, reply in replies.items()}
    assert len(sentences) == 1


def test_an_administrator_reads_no_project_without_being_a_member(
    admin: Person, project: str
) -> None:
    assert admin.ask("GET", f"/projects/{project}{EXPERIMENTS}").status == 404
