"""An unmodified mlflow 2.22 and the current one run the same script, and see the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conftest import Stack
from people import Person
from system.conftest import INSTALL_SECONDS, OLD

# The first that needs an old client makes its Python.
pytestmark = pytest.mark.timeout(INSTALL_SECONDS + 300)

SCRIPT = Path(__file__).parent / "scripts" / "everything.py"


@dataclass(frozen=True)
class Ran:
    """The script, run to its end by one client in one project."""

    slug: str
    code: int
    said: str
    complained: str

    @property
    def seen(self) -> Any:
        """What it printed last; the client prints links before."""
        assert self.code == 0, self.complained[-3000:]
        return json.loads(self.said.splitlines()[-1])


@pytest.fixture(scope="session")
def ran(stack: Stack, old_python: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Ran]:
    """The script by both clients, and by the old one with a token that is made for one project."""
    slugs = {name: stack.new_project() for name in ("old", "new", "old by token")}
    everywhere = stack.with_token("dave").credential.split()[1]
    made = stack.person("dave").studio(
        "POST", "/tokens", {"name": "old", "project": slugs["old by token"]}
    )
    assert made.status == 201, made.body
    prefix = f"{stack.uac.url}/projects"
    told = {
        "old": (old_python, f"{prefix}/{slugs['old']}", everywhere),
        "new": (Path(sys.executable), f"{prefix}/{slugs['new']}", everywhere),
        "old by token": (old_python, stack.uac.url, made.json["token"]),
    }

    def run(name: str) -> Ran:
        python, address, token = told[name]
        folder = tmp_path_factory.mktemp(name.replace(" ", "-"))
        clean = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "STUDIO_"))}
        settings = {"MLFLOW_TRACKING_URI": address, "MLFLOW_TRACKING_TOKEN": token}
        quiet = {"PYTHONWARNINGS": "ignore", "GIT_PYTHON_REFRESH": "quiet", "HOME": str(folder)}
        ended = subprocess.run(
            [str(python), str(SCRIPT)],
            cwd=folder,
            env={**clean, **quiet, **settings},
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        return Ran(slugs[name], ended.returncode, ended.stdout, ended.stderr)

    with ThreadPoolExecutor() as pool:
        return dict(zip(told, pool.map(run, told), strict=True))


def test_the_old_client_is_old(old_python: Path) -> None:
    command = [str(old_python), "-c", "import mlflow; print(mlflow.__version__)"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"{OLD}.")


def test_the_old_client_sees_what_the_current_one_sees(ran: dict[str, Ran]) -> None:
    assert ran["old"].seen == ran["new"].seen


def test_a_token_made_for_one_project_is_all_that_the_old_client_needs(
    ran: dict[str, Ran],
) -> None:
    assert ran["old by token"].seen == ran["old"].seen


@pytest.mark.parametrize("client", ["old", "new", "old by token"])
def test_everything_the_script_does_has_its_effect(ran: dict[str, Ran], client: str) -> None:
    seen = ran[client].seen
    run = seen["run"]
    assert run["params"] == {"depth": "3", "optimiser": "adam", "width": "7"}
    assert (run["history"], run["metrics"]["m19"]) == ([1.0, 0.5, 1 / 3], 19.0)
    assert run["tags"] == {"purpose": "comparison", "batch": "yes", "mlflow.user": "dave"}
    assert (run["user"], run["status"], run["stage"]) == ("dave", "FINISHED", "active")
    assert seen["files"] == {"data.json": False, "notes": True}
    assert (seen["files below"], seen["downloaded"]) == (["notes/report.txt"], "what was done")
    assert (seen["found"], seen["after delete"]) == (["first"], ["second"])
    assert seen["after restore"] == "active"
    assert seen["registry"] == {
        "version": "1",
        "status": "READY",
        "run": True,
        "tags": {"checked": "yes"},
        "models": ["both-models"],
        "versions": 1,
    }
    assert seen["traces"] == [{"spans": ["answer"], "outputs": "three"}]
    assert seen["a run that is not there"] == "RESOURCE_DOES_NOT_EXIST"


@pytest.mark.parametrize("client", ["old", "new", "old by token"])
def test_what_a_client_logged_is_for_members_only(
    ran: dict[str, Ran], carol: Person, mallory: Person, client: str
) -> None:
    slug = ran[client].slug
    listed = carol.studio("GET", f"/experiments?project={slug}").json["experiments"]
    assert "both-clients" in [experiment["name"] for experiment in listed]
    refused = mallory.mlflow(slug, "POST", "experiments/search", {"max_results": 10})
    assert (refused.status, b"both" in refused.body) == (404, False)


def test_the_old_client_shows_our_sentence_to_a_stranger(
    stack: Stack, ran: dict[str, Ran], old_python: Path, tmp_path: Path
) -> None:
    address = f"{stack.uac.url}/projects/{ran['old'].slug}"
    token = stack.with_token("mallory").credential.split()[1]
    ended = subprocess.run(
        [str(old_python), str(SCRIPT)],
        cwd=tmp_path,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "MLFLOW_TRACKING_URI": address,
            "MLFLOW_TRACKING_TOKEN": token,
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ended.returncode != 0
    assert f"There is no project '{ran['old'].slug}' that you may read" in ended.stderr
