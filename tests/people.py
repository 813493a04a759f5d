"""The cast: alice (owner), bob (contributor), carol (viewer), mallory (stranger), admin."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import urllib3

from uac_api.access.credentials import sessions, tokens
from uac_api.access.credentials.secrets import hash_password
from uac_api.access.database import Database
from uac_api.access.decisions.roles import Role
from uac_api.access.models import User
from uac_api.access.people import users
from uac_api.access.projects import projects
from uac_api.access.projects.grants import Terms
from uac_api.access.projects.members import put
from uac_api.proxy.browser import COOKIE

PASSWORD = "correct horse battery"
CAST = ("alice", "bob", "carol", "mallory", "admin")
ROLES = {"bob": Role.CONTRIBUTOR, "carol": Role.VIEWER, "dave": Role.MAINTAINER}

_http = urllib3.PoolManager(retries=False, timeout=60)


@cache
def password_hash() -> str:
    """The hash of PASSWORD, computed once: argon2 is slow on purpose."""
    return hash_password(PASSWORD)


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The decoded body."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Person:
    """Somebody who calls a server with a credential.

    `cookie` is what their browser sends to MLflow's interface, if they are signed in.
    """

    username: str
    address: str
    credential: str
    cookie: str = field(default="", kw_only=True)

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Reply:
        """Send one request as it is, and read the whole answer."""
        sent = {"Authorization": self.credential, **(headers or {})}
        content = raw
        if body is not None:
            content = json.dumps(body).encode()
            sent.setdefault("Content-Type", "application/json")
        # Straight through the connection pool: the path must arrive as it was written.
        pool = _http.connection_from_url(self.address)
        answer = pool.urlopen(method, path, body=content, headers=sent, redirect=False)
        lowered = {name.lower(): value for name, value in answer.headers.items()}
        return Reply(answer.status, lowered, answer.data)

    def studio(self, method: str, path: str, body: object = None, **more: Any) -> Reply:
        """Ask the REST for people."""
        return self.ask(method, f"/studio/v1{path}", body, **more)

    def mlflow(self, slug: str, method: str, path: str, body: object = None, **more: Any) -> Reply:
        """Ask MLflow, through the proxy, for a project; `path` comes after /api/2.0/mlflow/."""
        return self.ask(method, f"/projects/{slug}/api/2.0/mlflow/{path}", body, **more)


def basic(username: str, password: str) -> str:
    """An Authorization header of the basic scheme."""
    return "Basic " + base64.b64encode(f"{username}:{password}".encode()).decode()


def add_people(database: Database, names: tuple[str, ...]) -> None:
    """Add people with PASSWORD, without the cost of hashing it for each."""

    def work(session: Any) -> None:
        for name in names:
            session.add(
                User(
                    username=name,
                    display_name=name.title(),
                    email=f"{name}@example.org",
                    password_hash=password_hash(),
                    administrator=name.startswith("admin"),
                )
            )

    database.write(work)


def session_of(database: Database, username: str, address: str) -> Person:
    """The person with a fresh session, which their browser has taken over."""

    def work(session: Any) -> sessions.Redeemed:
        _, ticket, _ = sessions.start(session, users.get(session, username).id, hours=1)
        return sessions.redeem(session, ticket)

    made = database.write(work)
    cookie = f"{COOKIE}={made.interface}"
    return Person(username, address, f"Bearer {made.token}", cookie=cookie)


def token_of(database: Database, username: str, address: str, **limits: Any) -> Person:
    """The person with a fresh token."""

    def work(session: Any) -> str:
        user = users.get(session, username)
        return tokens.create(session, user_id=user.id, name="test", **limits)[1].text

    return Person(username, address, f"Bearer {database.write(work)}")


def add_member(database: Database, slug: str, username: str, role: Role) -> None:
    """Give somebody a role, as alice would."""

    def work(session: Any) -> None:
        project, user = projects.get(session, slug), users.get(session, username)
        put(session, project, user, Terms(role, "alice"))

    database.write(work)
