"""What `explain` says, what the access list says and what the proxy does are one and the same."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from conftest import Stack
from people import Person, add_people
from uac_api.access.decisions.roles import Action, Role
from uac_api.access.models import Group, GroupPerson, Member, MemberGroup, User, now
from uac_api.access.people import users
from uac_api.access.projects import projects
from uac_api.proxy.rules import RULES

SEED, TRIPLES = 20261125, 1000
PEOPLE = tuple(f"p{number}" for number in range(8))
GROUPS = ("g-one", "g-two", "g-three")
PROJECTS = 24
MLFLOW = "/api/2.0/mlflow/"
MISSING = "0" * 32
# One call for each action that changes nothing, also when it is allowed.
CALLS: dict[Action, tuple[str, str, dict[str, Any] | None]] = {
    Action.READ: ("POST", "experiments/search", {"max_results": 1}),
    Action.LOG: ("POST", "runs/update", {"run_id": MISSING, "status": "FINISHED"}),
    Action.REGISTER: ("POST", "registered-models/create", {"name": ""}),
    Action.PROMOTE: (
        "POST",
        "registered-models/alias",
        {"name": "none", "alias": "a", "version": "1"},
    ),
    Action.DELETE: ("DELETE", "registered-models/delete", {"name": "none"}),
    Action.MANAGE: ("GET", "webhooks", None),
}


@dataclass
class Estate:
    """People, groups and projects with grants by chance, some of them over, some disabled."""

    stack: Stack
    slugs: list[str] = field(default_factory=list)
    people: dict[str, Person] = field(default_factory=dict)

    def fill(self) -> None:
        """Make everything. Who is disabled has signed in before."""
        add_people(self.stack.database, PEOPLE)
        self.people = {name: self.stack.person(name) for name in PEOPLE}
        alice = self.stack.person("alice")
        for number in range(PROJECTS):
            slug = f"agree-{number}"
            made = alice.studio("POST", "/projects", {"slug": slug, "name": slug})
            assert made.status == 201, made.body
            self.slugs.append(slug)
        self.stack.database.write(self._grant)

    def _grant(self, session: Session) -> None:
        chance = random.Random(SEED)  # noqa: S311 (a test wants the same every time)
        people = [users.get(session, name) for name in PEOPLE]
        groups = [Group(name=name, created_by="admin") for name in GROUPS]
        session.add_all(groups)
        session.flush()
        for person, group in itertools.product(people, groups):
            if chance.random() < 0.35:
                session.add(GroupPerson(group_id=group.id, user_id=person.id, added_by="admin"))
        holders: list[User | Group] = [*people, *groups]
        for slug in self.slugs:
            project = projects.get(session, slug)
            for holder in holders:
                if chance.random() < 0.7:
                    continue
                ends = chance.choice([None, None, -1, 1])
                grant: dict[str, Any] = {
                    "project_id": project.id,
                    "role": chance.choice(list(Role)),
                    "granted_by": "alice",
                    "expires_at": None if ends is None else now() + timedelta(hours=ends),
                }
                if isinstance(holder, Group):
                    session.add(MemberGroup(group_id=holder.id, **grant))
                else:
                    session.add(Member(user_id=holder.id, **grant))
        people[-1].disabled = True

    def access(self) -> dict[tuple[str, str], set[str]]:
        """What the access lists say that each person may do in each project."""
        admin = self.stack.person("admin")
        found = {}
        for slug in self.slugs:
            reply = admin.studio("GET", f"/projects/{slug}/access?max_results=1000")
            assert reply.status == 200, reply.body
            for row in reply.json["people"]:
                found[row["username"], slug] = set(row["may"])
        return found


@pytest.fixture(scope="module")
def estate(stack: Stack) -> Estate:
    """The estate of this module."""
    made = Estate(stack)
    made.fill()
    return made


def passes(person: Person, slug: str, action: Action) -> bool:
    """Whether the proxy let the call through to MLflow."""
    if action is Action.ADMINISTER:
        # MLflow has nothing of it. Without its name a project is not deleted, and 400 says so.
        return person.studio("DELETE", f"/projects/{slug}").status == 400
    method, path, body = CALLS[action]
    reply = person.mlflow(slug, method, path, body)
    if reply.status in (401, 403):
        return False
    return not (reply.status == 404 and reply.json.get("reason") == "no_such_project")


def test_each_call_stands_for_its_action() -> None:
    known = {(rule.method, rule.path): rule.action for rule in RULES}
    for action, (method, path, _) in CALLS.items():
        assert known[method, MLFLOW + path] is action


def test_a_thousand_times_explanation_list_and_door_agree(estate: Estate) -> None:
    chance = random.Random(SEED + 1)  # noqa: S311
    triples = chance.sample(list(itertools.product(PEOPLE, Action, estate.slugs)), TRIPLES)
    admin, listed = estate.stack.person("admin"), estate.access()
    verdicts = []
    for name, action, slug in triples:
        query = f"user={name}&action={action}&project={slug}"
        explained = admin.studio("GET", f"/explain?{query}")
        assert explained.status == 200, explained.body
        said = explained.json["allowed"]
        in_list = action in listed.get((name, slug), set())
        done = passes(estate.people[name], slug, action)
        assert (said, in_list) == (done, done), (name, action, slug, explained.json)
        verdicts.append(done)
    allowed = sum(verdicts)
    assert TRIPLES / 10 < allowed < TRIPLES * 0.9, "the estate does not tell yes from no"
