"""The access layer with the cast and alice's project `fraud`."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from people import CAST, add_people
from uac_api.access.credentials import authenticate
from uac_api.access.database import Database
from uac_api.access.decisions.principals import Grant, Principal, Via
from uac_api.access.decisions.roles import Action, Role
from uac_api.access.models import Member, MemberGroup, now
from uac_api.access.people import groups, users
from uac_api.access.projects import members, projects
from uac_api.access.projects.grants import KEEP, End, Terms


@dataclass(frozen=True)
class Said:
    """What a provider says of somebody."""

    claims: dict[str, list[str]] = field(default_factory=dict)

    def has(self, name: str) -> bool:
        return name in self.claims

    def texts(self, name: str) -> frozenset[str]:
        return frozenset(self.claims.get(name, []))


@dataclass
class Fraud:
    """The database with the cast; `fraud` is alice's, bob contributes, carol views."""

    database: Database

    def put(
        self, username: str, role: Role, *, expected: int | None = None, **more: Any
    ) -> tuple[Member, bool]:
        """Give somebody a role in `fraud`, as alice."""

        def work(session: Session) -> tuple[Member, bool]:
            project, user = projects.get(session, "fraud"), users.get(session, username)
            terms = Terms(role, "alice", **more)
            return members.put(session, project, user, terms, expected=expected)

        return self.database.write(work)

    def remove(self, username: str, **more: Any) -> None:
        """Take somebody out of `fraud`."""

        def work(session: Session) -> None:
            project, user = projects.get(session, "fraud"), users.get(session, username)
            members.remove(session, project, user, **more)

        self.database.write(work)

    def roles(self) -> dict[str, str]:
        """Who has which role in `fraud`."""

        def work(session: Session) -> dict[str, str]:
            found = members.people(session, projects.get(session, "fraud"))
            return {member.user.username: member.role for member in found}

        return self.database.write(work)

    def user_id(self, username: str) -> int:
        """A person's number."""
        return self.database.write(lambda session: users.get(session, username).id)

    def project_id(self, slug: str = "fraud") -> int:
        """A project's number."""
        return self.database.write(lambda session: projects.get(session, slug).id)

    def create(self, slug: str, owner: str = "alice") -> None:
        """Another project."""

        def work(session: Session) -> None:
            user = users.get(session, owner)
            draft = projects.draft(slug=slug, name="", description="", created_by=owner)
            projects.create(session, draft, user)

        self.database.write(work)


class House:
    """`fraud` and what tests do with groups in it."""

    def __init__(self, fraud: Fraud) -> None:
        self.fraud, self.database = fraud, fraud.database

    def create(self, name: str = "analysts", *people: str) -> None:
        def work(session: Session) -> None:
            group = groups.create(session, name=name, description="", created_by="admin")
            for who in people:
                groups.add(session, group, users.get(session, who), added_by="admin")

        self.database.write(work)

    def give(self, name: str, role: Role, ends: End = KEEP, slug: str = "fraud") -> MemberGroup:
        def work(session: Session) -> MemberGroup:
            group = groups.get(session, name)
            project = projects.get(session, slug)
            return members.put(session, project, group, Terms(role, "alice", ends))[0]

        return self.database.write(work)

    def leave(self, name: str, who: str) -> None:
        self.database.write(lambda s: groups.remove(s, groups.get(s, name), users.get(s, who)))

    def delete(self, name: str) -> None:
        self.database.write(lambda s: groups.delete(s, groups.get(s, name)))

    def disable(self, who: str) -> None:
        self.database.write(lambda s: users.change(s, users.get(s, who), disabled=True))

    def role(self, who: str, slug: str = "fraud") -> tuple[str, str] | None:
        found = authenticate.by_username(self.database, who)
        assert found is not None
        assert found.principal is not None
        grant = found.principal.grants.get(slug)
        return (grant.role, grant.through) if grant else None


def in_an_hour() -> datetime:
    """A moment in an hour."""
    return now() + timedelta(hours=1)


def over(database: Database, table: type[MemberGroup]) -> None:
    """Let every role of a group have ended a second ago."""
    ended = update(table).values(expires_at=now() - timedelta(seconds=1))
    database.write(lambda session: session.execute(ended))


def overlapping(
    database: Database, first: Callable[[Session], object], second: Callable[[Session], object]
) -> BaseException | None:
    """Do `second` while `first` is done but not yet committed; how `second` failed, if it did."""
    began, may_end = threading.Event(), threading.Event()

    def held(session: Session) -> None:
        first(session)
        session.flush()
        began.set()
        may_end.wait(timeout=10)

    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(database.write, held)
        assert began.wait(timeout=10)
        other = pool.submit(database.write, second)
        # Long enough for a second that does not wait for the first to get past it.
        wait([other], timeout=0.3)
        may_end.set()
        one.result()
        return other.exception()


@pytest.fixture
def fraud(database: Database) -> Fraud:
    """The cast and the project `fraud`."""
    add_people(database, CAST)
    here = Fraud(database)
    here.create("fraud")
    here.put("bob", Role.CONTRIBUTOR)
    here.put("carol", Role.VIEWER)
    return here


@pytest.fixture
def house(fraud: Fraud) -> House:
    """`fraud`, ready for groups."""
    return House(fraud)


MakePrincipal = Callable[..., Principal]


@pytest.fixture
def principal() -> MakePrincipal:
    """Makes a principal without any database."""

    def make(
        role: Role | None = None,
        *,
        via: Via = Via.SESSION,
        administrator: bool = False,
        actions: frozenset[Action] | None = None,
    ) -> Principal:
        grants = {} if role is None else {"fraud": Grant(1, "fraud", role)}
        return Principal(
            user_id=1,
            username="alice",
            administrator=administrator,
            via=via,
            credential_id="x",
            token_actions=actions,
            grants=grants,
        )

    return make
