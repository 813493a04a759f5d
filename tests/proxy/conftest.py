"""Fixtures of the tests of the proxy: a project with one of everything, and a stand-in for MLflow.

`proxy` is a real uac_api in front of the stand-in, with small limits and a short patience.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conftest import Stack
from content import Content, fill
from people import CAST, Person, add_people, session_of
from processes import mlflow_program, uac_program
from recording import SLUG, NarrowProxy, Recorder, Said
from uac_api.access.database import Database
from uac_api.migrations import upgrade
from uac_api.proxy.rules import NEWEST


@pytest.fixture(scope="module")
def filled(stack: Stack) -> Content:
    """A project of alice's (bob contributor, carol viewer, dave maintainer) with content."""
    return fill(stack.person("alice"), stack.new_project())


@pytest.fixture(scope="module")
def own(stack: Stack) -> Content:
    """A project of erin's, who has nothing to do with alice's."""
    erin = stack.person("erin")
    slug = stack.new_project().replace("p-", "e-")
    assert erin.studio("POST", "/projects", {"slug": slug, "name": slug}).status == 201
    return fill(erin, slug)


@pytest.fixture
def erin(stack: Stack) -> Person:
    """The owner of `own`, a stranger to `filled`."""
    return stack.person("erin")


@pytest.fixture(scope="session")
def narrow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NarrowProxy]:
    """uac_api in front of the stand-in: bodies to 2 MiB, artifacts to 2, patience of 1 s,
    12 calls of one person at once, 10 at MLflow of each kind."""
    folder = tmp_path_factory.mktemp("narrow")
    url = f"sqlite:///{folder}/uac.db"
    database = Database(url)
    upgrade(database)
    add_people(database, CAST)
    upstream = Recorder()
    upstream.version = NEWEST
    upstream.start()
    limits = {"STUDIO_MAX_REQUEST_MB": "2", "STUDIO_MAX_ARTIFACT_MB": "2"}
    limits |= {"UAC_THREADS": "30", "STUDIO_MAX_PARALLEL_CALLS": "12", "STUDIO_CLIENT_SECONDS": "2"}
    limits |= {"STUDIO_MAX_SCRIPT_CALLS": "10", "STUDIO_MAX_PAGE_CALLS": "10"}
    uac = uac_program(
        folder, url, upstream.url, UAC_WORKERS="1", STUDIO_UPSTREAM_TIMEOUT_SECONDS="1", **limits
    )
    uac.start()
    alice = session_of(database, "alice", uac.url)
    made = alice.studio("POST", "/projects", {"slug": SLUG, "name": "Fraud"})
    assert made.status == 201, made.body
    yield NarrowProxy(uac, upstream, alice)
    uac.stop()
    upstream.stop()
    database.close()


@pytest.fixture
def proxy(narrow: NarrowProxy) -> NarrowProxy:
    """The same, with a stand-in that saw nothing yet and answers `{}`."""
    narrow.upstream.seen.clear()
    narrow.upstream.said = Said()
    return narrow


@pytest.fixture(scope="session")
def switched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The stack with every feature on, whose MLflow may call this machine over http."""
    folder = tmp_path_factory.mktemp("switched")
    mlflow = mlflow_program(folder)
    mlflow.environment |= {
        "STUDIO_MLFLOW_FEATURES": "gateway,jobs",
        "MLFLOW_CRYPTO_KEK_PASSPHRASE": "a-passphrase-for-provider-keys-in-tests",
        **{
            name: value
            for kind in ("WEBHOOK", "GATEWAY_API_BASE")
            for name, value in (
                (f"MLFLOW_{kind}_ALLOWED_SCHEMES", "http,https"),
                (f"MLFLOW_{kind}_ALLOW_PRIVATE_IPS", "true"),
            )
        },
    }
    url = f"sqlite:///{folder}/uac.db"
    database = Database(url)
    upgrade(database)
    add_people(database, (*CAST, "dave", "erin"))
    mlflow.start()
    uac = uac_program(
        folder, url, mlflow.url, UAC_WORKERS="1", STUDIO_MLFLOW_FEATURES="gateway, jobs"
    )
    uac.start()
    yield Stack(mlflow, uac, database, folder)
    uac.stop()
    mlflow.stop()
    database.close()
