"""Fixtures of all tests: real databases, a real MLflow, a real uac_api, and the cast."""

from __future__ import annotations

import gc
import logging
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from argon2 import PasswordHasher
from hypothesis import settings as examples
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from databases import KINDS, drop_database, needed_database
from people import CAST, ROLES, Person, add_member, add_people, session_of, token_of
from processes import Program, mlflow_program, uac_program
from uac_api.access.credentials import secrets
from uac_api.access.database import Database
from uac_api.access.models import Base
from uac_api.migrations import upgrade

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Servers of tests run in this process; what they say is no output of a command.
logging.getLogger("werkzeug").setLevel(logging.WARNING)

# What an example takes says how busy the machine is, and nothing of the code.
examples.register_profile("patient", parent=examples.default, deadline=None)
examples.load_profile("patient")

TESTS = Path(__file__).parent
LONG = ("system", "ops", "proxy", "pages", "studio_app", "mlflow_server", "api")

# argon2 is slow on purpose, a fifth of a second for each password.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--every-database",
        action="store_true",
        help="run each test of the UAC database on SQLite, MySQL and PostgreSQL, marked or not",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test of the UAC database runs on SQLite; on all three where `every_database` marks it."""
    if "migrated" not in metafunc.fixturenames:
        return
    marked = metafunc.definition.get_closest_marker("every_database") is not None
    everywhere = marked or metafunc.config.getoption("every_database")
    metafunc.parametrize("migrated", KINDS if everywhere else KINDS[:1], indirect=True)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The folders with long files come first: a long file that begins last has one worker wait."""

    def place(item: pytest.Item) -> int:
        folder = item.path.relative_to(TESTS).parts[0]
        return LONG.index(folder) if folder in LONG else len(LONG)

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """What is imported and collected by now lives as long as the process: no garbage is there.

    Streamlit has it sought after each run of a page, among all objects of MLflow and of the tests.
    """
    gc.collect()
    gc.freeze()


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


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[PasswordHasher]:
    """Hashing a password costs next to nothing in this process; a started program is as it is.

    The value is what production hashes with.
    """
    with pytest.MonkeyPatch.context() as patch:
        before = secrets._passwords
        patch.setattr(secrets, "_passwords", CHEAP)
        yield before


@pytest.fixture
def real_passwords(
    cheap_passwords: PasswordHasher, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """Hashing a password costs what it costs in production."""
    monkeypatch.setattr(secrets, "_passwords", cheap_passwords)
    secrets.nobody.cache_clear()
    yield
    secrets.nobody.cache_clear()


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
    from playwright.sync_api import sync_playwright  # most tests need no browser

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


@pytest.fixture(scope="session")
def uac_databases(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], Database]]:
    """Makes a UAC database of a kind with all migrations, once for all tests of this worker."""
    made: dict[str, Database] = {}

    def of(kind: str) -> Database:
        if kind not in made:
            made[kind] = Database(needed_database(kind, tmp_path_factory.mktemp("db")))
            upgrade(made[kind])
        return made[kind]

    yield of
    for database in made.values():
        database.close()
        drop_database(database.url.render_as_string(hide_password=False))


@pytest.fixture
def migrated(request: pytest.FixtureRequest, uac_databases: Callable[[str], Database]) -> Database:
    """A UAC database with all migrations; see `pytest_generate_tests` for its kind."""
    return uac_databases(request.param)


@pytest.fixture
def database(migrated: Database) -> Database:
    """A UAC database without a row."""

    def empty(session: Session) -> None:
        for table in reversed(Base.metadata.sorted_tables):
            session.execute(delete(table))

    for attempt in range(10):
        try:
            migrated.write(empty)
            break
        except IntegrityError:
            # The application of an earlier test has just counted its last calls, for a project that
            # was being deleted: its counts go with the next attempt.
            if attempt == 9:
                raise
    return migrated
