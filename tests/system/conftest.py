"""The training scripts, each run once in a process of its own, and Studio in a browser."""

from __future__ import annotations

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from conftest import Stack
from content import done, new_experiment, new_run, new_version
from people import PASSWORD
from preloaded import start_python
from processes import ROOT, Program, studio_program

SCRIPTS = Path(__file__).parent / "scripts"
SECONDS = 200
# Milliseconds, a bound for a hang: three servers, a browser and much else may share two cores.
PATIENT = 90_000
# What a test expects of a page is waited for, however busy the machine is; only "never" takes long.
expect.set_options(timeout=PATIENT)

OLD = "2.22"
# Kept from one run of the tests to the next; git ignores it.
CACHE = ROOT / ".cache" / f"mlflow-{OLD}"
INSTALL_SECONDS = 600
# OpenTelemetry of that time: with today's, the old client leaves each trace unfinished, silently.
PACKAGES = (f"mlflow-skinny=={OLD}.*", "opentelemetry-sdk==1.33.*")


@dataclass(frozen=True)
class Script:
    """A script that ran to its end."""

    slug: str
    code: int
    said: str
    complained: str

    @property
    def seen(self) -> Any:
        """What it printed last; the client prints links before."""
        assert self.code == 0, self.complained[-3000:]
        return json.loads(self.said.splitlines()[-1])


class Running:
    """A script that runs with nothing set but what its person was told to set."""

    def __init__(self, slug: str, name: str, folder: Path, **settings: str) -> None:
        self.slug = slug
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "STUDIO_"))}
        folder.mkdir(parents=True, exist_ok=True)
        quiet = {"GIT_PYTHON_REFRESH": "quiet"}
        environment = {**clean, **quiet, "HOME": str(folder), **settings}
        self._process = start_python([SCRIPTS / name], environment, folder)

    def end(self) -> Script:
        """Wait for its end."""
        said, complained = self._process.communicate(timeout=SECONDS)
        return Script(self.slug, self._process.wait(), said, complained)


@pytest.fixture(scope="session")
def old_python() -> Path:
    """A Python with mlflow 2.22 in a virtual environment of its own, made when it is missing."""
    python, ready = CACHE / "bin" / "python", CACHE / ".ready"
    CACHE.mkdir(parents=True, exist_ok=True)
    # Two workers of the tests may come here at once; the second finds it ready.
    with (CACHE.parent / f"mlflow-{OLD}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ready.exists():
            pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
            for command in (
                [sys.executable, "-m", "venv", "--clear", str(CACHE)],
                [*pip, *PACKAGES],
            ):
                made = subprocess.run(
                    command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=False
                )
                assert made.returncode == 0, made.stderr[-2000:]
            ready.touch()
    return python


@pytest.fixture(scope="session")
def scripts(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Script]:
    """Every script with every way to sign in, by what is special about it."""
    folder = tmp_path_factory.mktemp("scripts")
    here = stack.uac.url
    slugs = [stack.new_project() for _ in range(5)]
    bearer = {name: stack.with_token(name).credential.split()[1] for name in ("alice", "bob")}
    alice, name = stack.person("alice"), "taken"
    run = new_run(alice, slugs[4], new_experiment(alice, slugs[4]))["info"]["run_id"]
    done(alice.mlflow(slugs[4], "POST", "registered-models/create", {"name": name}))
    done(new_version(alice, slugs[4], name, source=f"runs:/{run}/model", run_id=run))
    champion = {"name": name, "alias": "champion", "version": "1"}
    done(alice.mlflow(slugs[4], "POST", "registered-models/alias", champion))

    def address(slug: str) -> str:
        return f"{here}/projects/{slug}"

    told = {
        "prefix": ("train.py", {"MLFLOW_TRACKING_URI": address(slugs[0])}),
        "header": ("log_one.py", {"MLFLOW_TRACKING_URI": here, "MLFLOW_WORKSPACE": slugs[1]}),
        "password": ("log_one.py", {"MLFLOW_TRACKING_URI": address(slugs[2])}),
        "token as password": ("log_one.py", {"MLFLOW_TRACKING_URI": address(slugs[3])}),
        "promote": ("promote.py", {"MLFLOW_TRACKING_URI": address(slugs[4]), "MODEL_NAME": name}),
    }
    credentials = {
        "prefix": {"MLFLOW_TRACKING_TOKEN": bearer["alice"]},
        "header": {"MLFLOW_TRACKING_TOKEN": bearer["bob"]},
        "password": {"MLFLOW_TRACKING_USERNAME": "bob", "MLFLOW_TRACKING_PASSWORD": PASSWORD},
        "token as password": {
            "MLFLOW_TRACKING_USERNAME": "bob",
            "MLFLOW_TRACKING_PASSWORD": bearer["bob"],
        },
        "promote": {"MLFLOW_TRACKING_TOKEN": bearer["bob"]},
    }
    running = {
        kind: Running(slug, script, folder / slug, **settings, **credentials[kind])
        for slug, (kind, (script, settings)) in zip(slugs, told.items(), strict=True)
    }
    return {kind: one.end() for kind, one in running.items()}


@pytest.fixture(scope="module")
def studio(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Program]:
    """Studio as the Procfile starts it."""
    program = studio_program(tmp_path_factory.mktemp("studio"), stack.uac.url)
    program.start()
    yield program
    program.stop()


Visit = Callable[[str, str], Page]


@pytest.fixture(scope="module")
def contexts() -> Iterator[dict[str, BrowserContext]]:
    """The browser of everybody who has signed in at this Studio.

    It is kept for the tests of a file, as what it has loaded of Streamlit once it need not load and
    compile again: half of what the first page of a new one takes.
    """
    made: dict[str, BrowserContext] = {}
    yield made
    for context in made.values():
        context.close()


@pytest.fixture
def visit(
    browser: Browser, studio: Program, contexts: dict[str, BrowserContext]
) -> Iterator[Visit]:
    """Opens an address of Studio as somebody who signs in there, if they did not before."""
    pages = []

    def opened(username: str, path: str) -> Page:
        if username not in contexts:
            contexts[username] = browser.new_context(viewport={"width": 1440, "height": 900})
        page = contexts[username].new_page()
        pages.append(page)
        page.goto(studio.url + path)
        inside, form = page.get_by_test_id("stSidebar"), page.get_by_label("Username")
        expect(inside.or_(form).first).to_be_visible(timeout=PATIENT)
        # An earlier test may have ended the session.
        if form.is_visible():
            form.fill(username)
            page.get_by_role("textbox", name="Password").fill(PASSWORD)
            page.get_by_role("button", name="Sign in", exact=True).click()
            expect(inside).to_be_visible(timeout=PATIENT)
        return page

    yield opened
    for page in pages:
        page.close()
