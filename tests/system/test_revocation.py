"""What is taken away is gone with the very next request, on every replica over one MariaDB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from conftest import Stack, stack_on
from content import done, metrics, new_experiment, new_run
from databases import drop_database, needed_database
from people import PASSWORD, Person, basic
from processes import Program, uac_program
from uac_api.access.models import Member, now


@pytest.fixture(scope="module")
def stack(mlflow: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack of this module, on a server that replicas can share."""
    folder = tmp_path_factory.mktemp("replicas")
    url = needed_database("mysql", folder)
    with stack_on(url, mlflow, folder) as made:
        yield made
    drop_database(url)


@pytest.fixture(scope="module")
def replica(stack: Stack) -> Iterator[Program]:
    """A second uac_api over the same database and the same MLflow."""
    uac = uac_program(
        stack.folder, stack.database.url.render_as_string(False), stack.mlflow.url, UAC_WORKERS="1"
    )
    uac.start()
    yield uac
    uac.stop()


@pytest.fixture(params=["one", "other"])
def address(request: pytest.FixtureRequest, stack: Stack, replica: Program) -> str:
    """The address of the replica that is asked; the changes are made at the first."""
    return stack.uac.url if request.param == "one" else replica.url


@pytest.fixture
def run(alice: Person, project: str) -> str:
    """A run of alice's to log to."""
    return str(new_run(alice, project, new_experiment(alice, project))["info"]["run_id"])


def logging(project: str, run: str) -> Callable[[Person, str], tuple[int, str]]:
    """A way to log one metric, which gives status and reason."""

    def log(person: Person, key: str) -> tuple[int, str]:
        body = {"run_id": run, "key": key, "value": 1.0, "timestamp": 1}
        reply = person.mlflow(project, "POST", "runs/log-metric", body)
        return reply.status, "" if reply.status == 200 else reply.json["reason"]

    return log


def test_a_member_who_is_removed_is_refused_at_once(
    address: str, alice: Person, bob: Person, project: str, run: str
) -> None:
    log, bob = logging(project, run), replace(bob, address=address)
    assert log(bob, "before") == (200, "")
    assert alice.studio("DELETE", f"/projects/{project}/members/bob").status == 204
    assert log(bob, "after") == (404, "no_such_project")
    assert bob.mlflow(project, "GET", f"runs/get?run_id={run}").status == 404
    assert set(metrics(alice, project, run)) == {"before"}


@pytest.fixture
def erin(address: str, stack: Stack, admin: Person, alice: Person, project: str) -> Person:
    """Somebody whom only a group lets into the project, at the replica that is asked."""
    group = {"name": project, "description": ""}
    assert admin.studio("POST", "/groups", group).status == 201
    assert admin.studio("PUT", f"/groups/{project}/people/erin", {}).status == 201
    role = {"role": "contributor"}
    assert alice.studio("PUT", f"/projects/{project}/groups/{project}", role).status == 201
    return replace(stack.person("erin"), address=address)


def test_who_leaves_a_group_is_refused_at_once(
    admin: Person, alice: Person, erin: Person, project: str, run: str
) -> None:
    log = logging(project, run)
    assert log(erin, "before") == (200, "")
    assert admin.studio("DELETE", f"/groups/{project}/people/erin").status == 204
    assert log(erin, "after") == (404, "no_such_project")
    assert set(metrics(alice, project, run)) == {"before"}


def test_everybody_of_a_group_that_is_removed_is_refused_at_once(
    alice: Person, erin: Person, project: str, run: str
) -> None:
    log = logging(project, run)
    assert log(erin, "before") == (200, "")
    assert alice.studio("DELETE", f"/projects/{project}/groups/{project}").status == 204
    assert log(erin, "after") == (404, "no_such_project")
    assert set(metrics(alice, project, run)) == {"before"}


def test_a_role_ends_at_its_moment(
    address: str, stack: Stack, alice: Person, project: str, run: str
) -> None:
    log, erin = logging(project, run), replace(stack.person("erin"), address=address)
    later = datetime.now(UTC) + timedelta(hours=1)
    role = {"role": "contributor", "expires_at": later.isoformat()}
    assert alice.studio("PUT", f"/projects/{project}/members/erin", role).status == 201
    assert log(erin, "before") == (200, "")
    # The moment comes to the row: a short end may be over before the first call, on a busy machine.
    over = update(Member).where(Member.expires_at.is_not(None)).values(expires_at=now())
    stack.database.write(lambda session: session.execute(over))
    assert log(erin, "after") == (404, "no_such_project")
    assert set(metrics(alice, project, run)) == {"before"}


def test_a_role_that_is_lowered_counts_at_once(
    address: str, alice: Person, bob: Person, project: str, run: str
) -> None:
    log, bob = logging(project, run), replace(bob, address=address)
    assert log(bob, "before") == (200, "")
    role = {"role": "viewer"}
    assert alice.studio("PUT", f"/projects/{project}/members/bob", role).status == 200
    assert log(bob, "after") == (403, "role_too_low")
    done(bob.mlflow(project, "GET", f"runs/get?run_id={run}"))
    assert set(metrics(alice, project, run)) == {"before"}


@pytest.mark.parametrize("scheme", ["bearer", "basic"])
def test_a_token_that_is_deleted_is_refused_at_once(
    address: str, alice: Person, bob: Person, project: str, run: str, scheme: str
) -> None:
    log = logging(project, run)
    made = bob.studio("POST", "/tokens", {"name": "laptop"}).json
    text = made["token"]
    credential = f"Bearer {text}" if scheme == "bearer" else basic("bob", text)
    program = Person("bob", address, credential)
    assert log(program, "before") == (200, "")
    assert bob.studio("DELETE", f"/tokens/{made['id']}").status == 204
    assert log(program, "after") == (401, "wrong_credentials")
    assert set(metrics(alice, project, run)) == {"before"}


def test_a_person_who_is_disabled_is_refused_at_once_however_they_sign_in(
    address: str, stack: Stack, admin: Person, alice: Person, project: str, run: str
) -> None:
    log = logging(project, run)
    ways = [stack.person("bob"), stack.with_token("bob")]
    ways.append(Person("bob", address, basic("bob", PASSWORD)))
    ways = [replace(way, address=address) for way in ways]
    assert [log(way, "before") for way in ways] == [(200, "")] * 3
    try:
        assert admin.studio("PATCH", "/users/bob", {"disabled": True}).status == 200
        assert [log(way, "after") for way in ways] == [(401, "wrong_credentials")] * 3
    finally:
        assert admin.studio("PATCH", "/users/bob", {"disabled": False}).status == 200
    assert set(metrics(alice, project, run)) == {"before"}


def test_a_session_that_is_ended_is_refused_at_once(
    address: str, stack: Stack, alice: Person, project: str, run: str
) -> None:
    log, bob = logging(project, run), stack.person("bob")
    there = replace(bob, address=address)
    assert log(there, "before") == (200, "")
    assert bob.studio("DELETE", "/sessions/current").status == 204
    assert log(there, "after") == (401, "wrong_credentials")
    assert set(metrics(alice, project, run)) == {"before"}


def test_a_project_that_is_deleted_is_refused_at_once(
    address: str, alice: Person, bob: Person, project: str, run: str
) -> None:
    log, bob = logging(project, run), replace(bob, address=address)
    assert log(bob, "before") == (200, "")
    assert alice.studio("DELETE", f"/projects/{project}?name={project}").status == 204
    assert log(bob, "after") == (404, "no_such_project")


def test_a_new_member_may_enter_at_once(
    address: str, alice: Person, stack: Stack, project: str, run: str
) -> None:
    log, erin = logging(project, run), replace(stack.person("erin"), address=address)
    assert log(erin, "before") == (404, "no_such_project")
    role = {"role": "contributor"}
    assert alice.studio("PUT", f"/projects/{project}/members/erin", role).status == 201
    assert log(erin, "after") == (200, "")
    assert set(metrics(alice, project, run)) == {"after"}
