"""Every kind of principal, before a uac_api that stands in front of the stand-in for MLflow."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from people import PASSWORD, Person, Reply, basic, session_of, token_of
from recording import SLUG, Recorder
from uac_api.access.credentials import tokens
from uac_api.access.database import Database
from uac_api.access.decisions.roles import Action
from uac_api.access.people import service_accounts
from uac_api.access.projects import projects


class Browser(Person):
    """Somebody whose session is a cookie, on a page of ML Studio's."""

    def ask(self, method: str, path: str, body: object = None, **more: Any) -> Reply:
        """Send one request as the browser does."""
        said = {"Sec-Fetch-Site": "same-origin", "Origin": self.address}
        headers = {"Authorization": "", "Cookie": self.cookie, **said, **more.pop("headers", {})}
        return super().ask(method, path, body, headers=headers, **more)


@dataclass(frozen=True)
class House:
    """uac_api with every feature on in front of the stand-in, and the project of the cast."""

    address: str
    database: Database
    upstream: Recorder

    def session(self, username: str) -> Person:
        """Somebody signed in."""
        return session_of(self.database, username, self.address)

    def browser(self, username: str) -> Person:
        """Somebody signed in, in a browser."""
        person = self.session(username)
        return Browser(username, self.address, person.credential, cookie=person.cookie)

    def token(self, username: str, *actions: str) -> Person:
        """Somebody's token, for these actions only, or unlimited."""
        limits = {"actions": frozenset(actions)} if actions else {}
        return token_of(self.database, username, self.address, **limits)

    def narrowed(self, username: str, slug: str, run: str | None = None) -> Person:
        """Somebody's token for one project, or for one run in it."""
        project_id = self.database.write(lambda session: projects.get(session, slug).id)
        return token_of(self.database, username, self.address, project_id=project_id, run_id=run)

    def service(self, role: str, run: str | None = None) -> Person:
        """A token of a new service account of the project."""

        def work(session: Session) -> tuple[str, str]:
            project, name = projects.get(session, SLUG), f"s-{uuid.uuid4().hex[:10]}"
            account, _ = service_accounts.create(
                session, project, name=name, role=role, created_by="alice"
            )
            issued = tokens.create(
                session, user_id=account.user_id, name="x", project_id=project.id, run_id=run
            )[1]
            return account.user.username, issued.text

        username, text = self.database.write(work)
        return Person(username, self.address, f"Bearer {text}")

    def by_password(self, username: str, password: str) -> Person:
        """Somebody by the basic scheme."""
        return Person(username, self.address, basic(username, password))


# alice owns the project, dave maintains it, bob contributes, carol views; mallory owns another one
# (`other`), in which alice is a maintainer, and admin is of none.
PRINCIPALS: dict[str, Callable[[House], Person]] = {
    "the viewer": lambda house: house.session("carol"),
    "the contributor": lambda house: house.session("bob"),
    "the maintainer": lambda house: house.session("dave"),
    "the owner": lambda house: house.session("alice"),
    "a stranger": lambda house: house.session("mallory"),
    "an administrator": lambda house: house.session("admin"),
    "the owner's token": lambda house: house.token("alice"),
    "a token to read": lambda house: house.token("alice", "read"),
    "a token to log": lambda house: house.token("alice", "log"),
    "a token to register": lambda house: house.token("alice", "register"),
    "a token to promote": lambda house: house.token("alice", "promote"),
    "a token to delete": lambda house: house.token("alice", "delete"),
    "a token to manage": lambda house: house.token("alice", "manage"),
    "a viewer's token for all": lambda house: house.token("carol", *Action),
    "a contributor's to promote": lambda house: house.token("bob", "promote"),
    "a password": lambda house: house.by_password("bob", PASSWORD),
    "a token as a password": lambda house: house.by_password(
        "alice", house.token("alice", "read").credential.removeprefix("Bearer ")
    ),
    "a token of the project": lambda house: house.narrowed("alice", SLUG),
    "a token of another project": lambda house: house.narrowed("alice", "other"),
    "a stranger's of their project": lambda house: house.narrowed("mallory", "other"),
    "a service that views": lambda house: house.service("viewer"),
    "a service that contributes": lambda house: house.service("contributor"),
    "a service that maintains": lambda house: house.service("maintainer"),
    "a token of one run": lambda house: house.narrowed("alice", SLUG, "run-1"),
    "a contributor's of one run": lambda house: house.narrowed("bob", SLUG, "run-1"),
    "a service's of one run": lambda house: house.service("contributor", "run-1"),
    "a token of another run": lambda house: house.narrowed("alice", SLUG, "run-2"),
    "a viewer's of one run": lambda house: house.narrowed("carol", SLUG, "run-1"),
    "a token of a run elsewhere": lambda house: house.narrowed("alice", "other", "run-1"),
    "the viewer's browser": lambda house: house.browser("carol"),
    "the owner's browser": lambda house: house.browser("alice"),
    "a stranger's browser": lambda house: house.browser("mallory"),
}
