"""The application with an identity provider, on each kind of database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

import pytest
from sqlalchemy import select

from api.conftest import (
    ArtifactsStandIn,
    Caller,
    StandIn,
    Studio,
    TrashStandIn,
    open_fraud,
    settings,
    url,
)
from api.reading_room import ReadingStandIn
from identity_provider import AUDIENCE, CLIENT, Bendable, bendable
from people import CAST, Reply, add_people
from uac_api import create_app
from uac_api.access.database import Database
from uac_api.access.models import (
    Group,
    GroupPerson,
    LinkedIdentity,
    MemberGroup,
    Source,
    User,
)
from uac_api.access.people import claim_rules, users
from uac_api.access.projects import projects
from uac_api.api.services import EXTENSION


@dataclass
class Provided(Studio):
    """The application, its database and its identity provider."""

    provider: Bendable

    def exchange(self, token: str | None = None, **more: Any) -> Reply:
        """Sign in by an identity token, a right one of zoe's unless another is given."""
        body = {"id_token": self.provider.id_token() if token is None else token, **more}
        return self.anonymous().studio("POST", "/sessions/oidc", body)

    def script(self, **claims: Any) -> Caller:
        """A script with an access token of the provider."""
        return self.bearer(self.provider.access_token(**claims))

    def link(self, username: str, subject: str) -> None:
        """Link somebody of the cast to a subject."""

        def work(session: Any) -> None:
            user = users.get(session, username)
            session.add(
                LinkedIdentity(issuer=self.provider.issuer, subject=subject, user_id=user.id)
            )

        self.database.write(work)

    def group(self, name: str, *values: str, role: str = "viewer", claim: str = "groups") -> None:
        """A group with a role in `fraud`, and a rule for each value of the claim."""

        def work(session: Any) -> None:
            group = Group(name=name, description="", created_by="admin")
            session.add(group)
            session.flush()
            project = projects.get(session, "fraud")
            session.add(
                MemberGroup(project_id=project.id, group_id=group.id, role=role, granted_by="alice")
            )
            for value in values:
                claim_rules.create(
                    session, claim=claim, value=value, group_name=name, created_by="admin"
                )

        self.database.write(work)

    def put_into(self, name: str, username: str) -> None:
        """Put somebody into a group by hand."""

        def work(session: Any) -> None:
            group = session.scalar(select(Group).where(Group.name == name))
            user = users.get(session, username)
            session.add(
                GroupPerson(group_id=group.id, user=user, source=Source.STUDIO, added_by="admin")
            )

        self.database.write(work)

    def groups_of(self, username: str) -> set[str]:
        """The groups that somebody is in."""
        statement = (
            select(Group.name)
            .join(GroupPerson, GroupPerson.group_id == Group.id)
            .join(User, User.id == GroupPerson.user_id)
            .where(User.username == username)
        )
        return self.database.read(lambda session: set(session.scalars(statement)))


Make = Callable[..., Provided]


@pytest.fixture(scope="session")
def running() -> Iterator[Bendable]:
    """An identity provider."""
    with bendable() as made:
        yield made


@pytest.fixture
def provider(running: Bendable) -> Bendable:
    """An identity provider that a test may bend."""
    running.straighten()
    return running


@pytest.fixture
def make(migrated: Database, database: Database, provider: Bendable) -> Iterator[Make]:
    """Makes the application with more settings than the usual ones."""
    add_people(database, CAST)
    database.write(open_fraud)
    made = []

    def one(**more: Any) -> Provided:
        given = {
            "oidc_issuer": provider.issuer,
            "oidc_client_id": CLIENT,
            "oidc_audience": AUDIENCE,
            **more,
        }
        app = create_app(settings(url(migrated), **given))
        mlflow = StandIn({"fraud"})
        trash, reading, artifacts = TrashStandIn(), ReadingStandIn(), ArtifactsStandIn()
        app.extensions[EXTENSION] = replace(
            app.extensions[EXTENSION],
            catalog=cast("Any", mlflow),
            deleted=cast("Any", trash),
            reading=cast("Any", reading),
            artifacts=cast("Any", artifacts),
        )
        made.append(app)
        return Provided(app, migrated, mlflow, trash, reading, artifacts, provider)

    yield one
    for app in made:
        app.extensions[EXTENSION].trail.stop()
        app.extensions[EXTENSION].database.close()


@pytest.fixture
def sso(make: Make) -> Provided:
    """The application with single sign-on as it is set up by default."""
    return make()


__all__ = ["Make", "Provided", "make", "provider", "running", "sso"]
