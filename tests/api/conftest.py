"""The REST for people in this process, with a stand-in for MLflow."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar, cast

import pytest
from flask_openapi3 import OpenAPI
from sqlalchemy import delete
from sqlalchemy.orm import Session
from werkzeug.exceptions import HTTPException

from api.reading_room import ReadingStandIn, a_run
from people import CAST, PASSWORD, Person, Reply, add_people, basic, session_of, token_of
from processes import SECRET, SECRET_KEY
from uac_api import create_app
from uac_api.access.audit import events as audit
from uac_api.access.database import Database
from uac_api.access.decisions.roles import Role
from uac_api.access.models import Event
from uac_api.access.people import users
from uac_api.access.projects import members, projects
from uac_api.access.projects.grants import Terms
from uac_api.api.services import EXTENSION, Services
from uac_api.errors import BadUpstream, Missing, StudioError, Unavailable
from uac_api.mlflow.artifacts import File, Root
from uac_api.proxy.rules import OLDEST, VERSIONS
from uac_api.settings import Settings

T = TypeVar("T")


@dataclass
class StandIn:
    """MLflow as the REST for people needs it, in memory; `down` makes it unreachable."""

    opened: set[str] = field(default_factory=set)
    runs: dict[str, set[str]] = field(default_factory=dict)
    down: bool = False
    broken: bool = False

    def ping(self) -> None:
        if self.broken:
            raise RuntimeError("secret-detail")
        if self.down:
            raise Unavailable("MLflow cannot be reached. Try again in a moment.")

    table_versions = VERSIONS

    def version(self) -> str:
        self.ping()
        return OLDEST

    def check_version(self) -> None:
        self.ping()

    def open_project(self, slug: str) -> None:
        self.ping()
        self.opened.add(slug)

    def run_id(self, slug: str, asked: str) -> str | None:
        self.ping()
        known = {one.lower(): one for one in self.runs.get(slug, ())}
        return known.get(asked.lower())


@dataclass
class TrashStandIn:
    """MLflow's part of the trash, in memory: deleted runs, and whether models are in the way."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    gone: bool = True
    trouble: StudioError | None = None
    put_back: list[str] = field(default_factory=list)
    looked_for: list[str] = field(default_factory=list)

    def page(
        self, slug: str, kind: str, *, after: tuple[int, str] | None, limit: int
    ) -> list[dict[str, Any]]:
        later = [row for row in self.rows if after is None or (row["at"], row["id"]) < after]
        return later[:limit] if (slug, kind) == ("fraud", "runs") else []

    def restore(self, slug: str, kind: str, identity: str) -> str:
        self.put_back.append(f"{slug} {kind} {identity}")
        return identity

    def restore_model(self, slug: str, content: Mapping[str, Any]) -> list[str]:
        if self.trouble is not None:
            raise self.trouble
        self.put_back.append(f"{slug} {content['name']}")
        return []

    def is_gone(self, slug: str, content: Mapping[str, Any]) -> bool:
        self.looked_for.append(f"{slug} {content['name']}")
        if isinstance(self.trouble, Unavailable):
            raise self.trouble
        return self.gone


@dataclass
class ArtifactsStandIn:
    """The files of run-1 and of the logged model m-1 of `fraud`, in memory."""

    content: dict[str, bytes] = field(
        default_factory=lambda: {
            "train.log": b"ok",
            "model/MLmodel": b"flavors:",
            "model/a.bin": b"",
        }
    )
    gone: set[str] = field(default_factory=set)
    asked: list[tuple[str, Root]] = field(default_factory=list)

    def files(self, slug: str, root: Root, paths: Sequence[str] = ()) -> list[File]:
        self.asked.append((slug, root))
        if slug != "fraud" or root.id not in ("run-1", "m-1"):
            raise Missing(f"There is no such {root.kind} in project '{slug}'.")
        return [
            File(path, len(content))
            for path, content in self.content.items()
            if not paths or any(f"{path}/".startswith(f"{one}/") for one in paths)
        ]

    def read(self, _slug: str, _root: Root, path: str) -> Iterator[bytes]:
        if path in self.gone:
            raise BadUpstream(f"MLflow did not give the file '{path}'.")
        yield self.content[path]


@dataclass(frozen=True)
class Caller(Person):
    """Somebody who calls the application in this process; every answer must be documented."""

    app: OpenAPI

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        headers: dict[str, str] | None = None,
        raw: bytes | None = None,
    ) -> Reply:
        sent = {"Authorization": self.credential} if self.credential else {}
        more: dict[str, Any] = {"data": raw} if body is None else {"json": body}
        answer = self.app.test_client(use_cookies=False).open(
            path, method=method, headers={**sent, **(headers or {})}, buffered=True, **more
        )
        lowered = {name.lower(): value for name, value in answer.headers.items()}
        self._documented(method, path, answer.status_code)
        return Reply(answer.status_code, lowered, answer.data)

    def _documented(self, method: str, path: str, status: int) -> None:
        try:
            rule, _ = self.app.url_map.bind("localhost").match(
                path.partition("?")[0], method, return_rule=True
            )
        except HTTPException:
            return
        address = rule.rule.replace("<", "{").replace(">", "}")
        operation = self.app.api_doc["paths"].get(address, {}).get(method.lower())
        if operation is not None:
            known = sorted(operation["responses"])
            assert str(status) in known, f"{method} {address}: {status} is not in {known}"


@dataclass
class Studio:
    """The application, what is behind it, and the cast."""

    app: OpenAPI
    database: Database
    mlflow: StandIn
    trash: TrashStandIn
    reading: ReadingStandIn
    artifacts: ArtifactsStandIn

    @property
    def services(self) -> Services:
        found: Services = self.app.extensions[EXTENSION]
        return found

    def person(self, username: str) -> Caller:
        """Somebody of the cast, signed in."""
        return self._caller(session_of(self.database, username, ""))

    def program(self, username: str, **limits: object) -> Caller:
        """A program with a new token of somebody of the cast."""
        return self._caller(token_of(self.database, username, "", **limits))

    def with_password(self, username: str, password: str = PASSWORD) -> Caller:
        """Somebody who sends name and password with every request."""
        return self._caller(Person(username, "", basic(username, password)))

    def bearer(self, token: str) -> Caller:
        """Whoever holds this token."""
        return self._caller(Person("", "", f"Bearer {token}"))

    def anonymous(self) -> Caller:
        """Somebody without any credential."""
        return self._caller(Person("", "", ""))

    def project_id(self, slug: str = "fraud") -> int:
        """The project's number in the database."""
        return self.database.write(lambda session: projects.get(session, slug).id)

    def events(self, **wanted: Any) -> list[Event]:
        """The audit trail, newest first, with everything that was still to be written."""
        self.services.trail.flush()
        return self.database.read(
            lambda session: audit.page(session, audit.Filter(**wanted), before=None, limit=1000)
        )

    def _caller(self, person: Person) -> Caller:
        return Caller(person.username, "", person.credential, self.app, cookie=person.cookie)


def at_once(works: list[Callable[[], T]]) -> list[T]:
    """What the works answer when threads do them at the same moment."""
    gate = threading.Barrier(len(works))

    def one(work: Callable[[], T]) -> T:
        gate.wait(timeout=10)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


def settings(database_url: str, **more: Any) -> Settings:
    """Settings with secrets; nobody listens at the upstream address unless one is given."""
    given = {
        "secret_key": SECRET_KEY,
        "upstream_secret": SECRET,
        "upstream_url": "http://127.0.0.1:1",
        # Nothing answers there, and nothing will.
        "upstream_wait_seconds": 0,
        "log_level": "ERROR",
        **more,
    }
    return Settings(database_url=database_url, **given)


def url(database: Database) -> str:
    """The database's address, password included."""
    return database.url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def applications() -> Iterator[Callable[[str], OpenAPI]]:
    """Makes the application on the database of a URL, once for all tests of this worker."""
    made: dict[str, OpenAPI] = {}

    def on(address: str) -> OpenAPI:
        if address not in made:
            made[address] = create_app(settings(address))
        return made[address]

    yield on
    for app in made.values():
        app.extensions[EXTENSION].meter.stop()
        app.extensions[EXTENSION].trail.stop()
        app.extensions[EXTENSION].database.close()


@pytest.fixture
def application(applications: Callable[[str], OpenAPI], migrated: Database) -> OpenAPI:
    """The application on the database of the test."""
    return applications(url(migrated))


@pytest.fixture
def studio(
    application: OpenAPI, migrated: Database, request: pytest.FixtureRequest
) -> Iterator[Studio]:
    """The application with the cast: `fraud` is alice's, bob contributes, carol views."""
    here: Services = application.extensions[EXTENSION]
    here.trail.flush()
    request.getfixturevalue("database")
    mlflow = StandIn({"fraud"}, {"fraud": {"run-1", "run-2"}})
    trash, reading, artifacts = TrashStandIn(), ReadingStandIn(), ArtifactsStandIn()
    application.extensions[EXTENSION] = replace(
        here,
        catalog=cast("Any", mlflow),
        deleted=cast("Any", trash),
        reading=cast("Any", reading),
        artifacts=cast("Any", artifacts),
    )
    add_people(migrated, CAST)
    migrated.write(open_fraud)
    yield Studio(application, migrated, mlflow, trash, reading, artifacts)
    # What still waits would be written into the next test's database.
    here.trail.flush()
    application.extensions[EXTENSION] = here


@pytest.fixture
def alice(studio: Studio) -> Caller:
    """The owner of `fraud`."""
    return studio.person("alice")


@pytest.fixture
def bob(studio: Studio) -> Caller:
    """A contributor of `fraud`."""
    return studio.person("bob")


@pytest.fixture
def carol(studio: Studio) -> Caller:
    """A viewer of `fraud`."""
    return studio.person("carol")


@pytest.fixture
def mallory(studio: Studio) -> Caller:
    """A person with an account and nothing else."""
    return studio.person("mallory")


@pytest.fixture
def admin(studio: Studio) -> Caller:
    """An administrator who is no member."""
    return studio.person("admin")


@pytest.fixture
def secret(studio: Studio, mallory: Caller) -> Studio:
    """A project of mallory's beside `fraud`, with a run in each."""
    assert mallory.studio("POST", "/projects", {"slug": "secret"}).status == 201
    studio.reading.runs_there = [
        a_run("fraud", "run-1", loss=0.5, accuracy=0.9),
        a_run("fraud", "run-2", loss=0.25, accuracy=0.9),
        a_run("secret", "hidden-run", loss=0.125, hidden_metric=1.0),
    ]
    return studio


def open_fraud(session: Session) -> None:
    alice = users.get(session, "alice")
    draft = projects.draft(slug="fraud", name="Fraud", description="", created_by="alice")
    project = projects.create(session, draft, alice)
    for name, role in {"bob": Role.CONTRIBUTOR, "carol": Role.VIEWER}.items():
        members.put(session, project, users.get(session, name), Terms(role, "alice"))
    session.execute(delete(Event))
