"""Fixtures of all tests: real databases, a real MLflow, a real uac_api, and the cast."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import delete

from databases import KINDS, drop_database, needed_database
from people import CAST, ROLES, Person, add_member, add_people, session_of, token_of
from processes import Program, mlflow_program, uac_program
from uac_api.access.database import Database
from uac_api.access.models import Base
from uac_api.migrations import upgrade

# Servers of tests run in this process; what they say is no output of a command.
logging.getLogger("werkzeug").setLevel(logging.WARNING)

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@dataclass
class Stack:
    """MLflow and uac_api, running, and the database behind uac_api."""

    mlflow: Program
    uac: Program
    database: Database
    folder: Path

    def person(self, username: str) -> Person:
        """Somebody of the cast, signed in."""
        return session_of(self.database, username, self.uac.url)

    def with_token(self, username: str, **limits: object) -> Person:
        """Somebody of the cast, with a new token."""
        return token_of(self.database, username, self.uac.url, **limits)

    def new_project(self) -> str:
        """A project of alice's, with bob as contributor and carol as viewer; mallory is none."""
        slug = f"p-{uuid.uuid4().hex[:10]}"
        reply = self.person("alice").studio("POST", "/projects", {"slug": slug, "name": slug})
        assert reply.status == 201, reply.body
        for name, role in ROLES.items():
            add_member(self.database, slug, name, role)
        return slug


@pytest.fixture(scope="session")
def mlflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """A real MLflow behind the gate, on SQLite."""
    program = mlflow_program(tmp_path_factory.mktemp("mlflow"))
    program.start()
    yield program
    program.stop()


@contextmanager
def stack_on(url: str, mlflow: Program, folder: Path, **settings: str) -> Iterator[Stack]:
    """MLflow and uac_api as they run in production, with the whole cast, on an empty database."""
    database = Database(url)
    upgrade(database)
    add_people(database, (*CAST, "dave", "erin"))
    uac = uac_program(folder, url, mlflow.url, UAC_WORKERS="1", **settings)
    uac.start()
    yield Stack(mlflow, uac, database, folder)
    uac.stop()
    database.close()


@pytest.fixture(scope="session")
def stack(mlflow: Program, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole stack on SQLite."""
    folder = tmp_path_factory.mktemp("uac")
    with stack_on(f"sqlite:///{folder}/uac.db", mlflow, folder) as made:
        yield made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without its calls to the outside."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def project(stack: Stack) -> str:
    """The slug of a fresh project of alice's."""
    return stack.new_project()


@pytest.fixture
def alice(stack: Stack) -> Person:
    """The owner of the project."""
    return stack.person("alice")


@pytest.fixture
def bob(stack: Stack) -> Person:
    """A contributor."""
    return stack.person("bob")


@pytest.fixture
def carol(stack: Stack) -> Person:
    """A viewer."""
    return stack.person("carol")


@pytest.fixture
def dave(stack: Stack) -> Person:
    """A maintainer."""
    return stack.person("dave")


@pytest.fixture
def mallory(stack: Stack) -> Person:
    """A person with an account and nothing else."""
    return stack.person("mallory")


@pytest.fixture
def admin(stack: Stack) -> Person:
    """An administrator who is no member."""
    return stack.person("admin")


@pytest.fixture(scope="session", params=KINDS)
def migrated(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Database]:
    """A UAC database of each kind with all migrations."""
    url = needed_database(request.param, tmp_path_factory.mktemp("db"))
    database = Database(url)
    upgrade(database)
    yield database
    database.close()
    drop_database(url)


@pytest.fixture
def database(migrated: Database) -> Database:
    """An empty UAC database of each kind in turn."""

    def empty(session: object) -> None:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))  # type: ignore[attr-defined]

    migrated.write(empty)
    return migrated
