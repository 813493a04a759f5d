"""Fixtures for Studio's science pages: a project with real runs, and pages without a browser.

PYTEST_DONT_REWRITE: test modules import from here before they name it as their plugin.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from streamlit.testing.v1 import AppTest

import components
from people import Person
from processes import COOKIE_KEY, ROOT
from serving import without_browser
from studio_app.api import transport
from studio_app.api.client import Client
from studio_app.settings import settings

if TYPE_CHECKING:
    from conftest import Stack

T0 = 1_700_000_000_000
PIXEL = bytes.fromhex(
    "89504e470d0a1a0a0000000d494844520000000100000001080600000"
    "01f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
)
HOSTILE = "<h1>Report</h1><script>parent.document.title='taken'</script>"
FILES = {
    "plots/pixel.png": PIXEL,
    "reports/report.html": HOSTILE.encode(),
    "reports/notes.md": b"# Notes\nAll *well*.",
    "config/net.json": json.dumps({"layers": [64, 32]}).encode(),
    "tables/eval.json": json.dumps({"columns": ["q", "ok"], "data": [["a", 1]]}).encode(),
    "tables/history.csv": b"epoch,loss\n0,1.0\n1,0.5\n",
    "train.log": b"step 1 ok\nstep 2 ok\n",
    "weights.bin": bytes(range(256)) * 8,
}


@dataclass(frozen=True)
class Lab:
    """A project of alice's in which bob has logged runs and registered a model."""

    stack: Stack
    project: str
    experiment_id: str
    best: str
    parent: str
    child: str
    diverged: str
    model: str

    def client(self, username: str) -> Client:
        """A client that speaks as a person of the cast."""
        return Client(self.stack.uac.url, token(self.stack.person(username)))


Open = Callable[..., AppTest]

# What the fixture `asked` has noted.
_listening: list[list[str]] = []


def token(person: Person) -> str:
    """The session token of a person."""
    return person.credential.removeprefix("Bearer ")


@pytest.fixture
def open_page(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Opens a page of Studio as a person, or signed out."""
    monkeypatch.setenv("STUDIO_API_URL", stack.uac.url)
    monkeypatch.setenv("STUDIO_COOKIE_KEY", COOKIE_KEY)
    without_browser(monkeypatch)
    components.install(monkeypatch)
    settings.cache_clear()

    def opened(page: str, username: str | None = None, **params: str) -> AppTest:
        at = AppTest.from_file(str(ROOT / "studio_app" / "app" / "main.py"), default_timeout=60)
        if username:
            at.session_state["studio_token"] = token(stack.person(username))
        at.query_params.update(params)
        at.run()
        # Home has asked for what it shows: that is not what a test of another page is about.
        for paths in _listening:
            paths.clear()
        at.switch_page(f"../../pages/{page}.py")
        at.query_params.update(params)
        return at.run()

    yield opened
    settings.cache_clear()


@pytest.fixture
def lab(stack: Stack, project: str) -> Lab:
    """A project with an experiment of four runs, files, and a registered model."""
    bob = stack.person("bob")
    experiment = _ask(bob, project, "experiments/create", {"name": "Grid"})["experiment_id"]
    parent = _run(bob, project, experiment, "search", {"strategy": "grid"}, {})
    child = _run(bob, project, experiment, "forest", {"lr": "0.1"}, {"loss": 0.4}, parent=parent)
    best = _run(bob, project, experiment, "sgd", {"lr": "0.3"}, {"loss": 0.1, "test/auc": 0.9})
    for step in range(5):
        metric = {"run_id": best, "key": "acc", "value": step / 5, "timestamp": T0, "step": step}
        _ask(bob, project, "runs/log-metric", metric)
    diverged = _run(bob, project, experiment, "diverged", {"lr": "30"}, {"loss": "NaN"}, "FAILED")
    for path, content in FILES.items():
        put_file(bob, project, f"{experiment}/{best}/artifacts/{path}", content)
    model = f"{project}-model"
    _ask(bob, project, "registered-models/create", {"name": model, "description": "Scores."})
    for _ in range(2):
        _ask(bob, project, "model-versions/create", _version(model, best))
    alias = {"name": model, "alias": "champion", "version": "1"}
    _ask(stack.person("alice"), project, "registered-models/alias", alias)
    return Lab(stack, project, experiment, best, parent, child, diverged, model)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The paths that the page which is opened asks the API for, without who the person is."""
    paths: list[str] = []
    _listening[:] = [paths]
    answer = transport._answer

    def noted(method: str, url: str, *rest: Any, **given: Any) -> Any:
        path = urlsplit(url).path.removeprefix("/studio/v1/")
        if path != "me":
            paths.append(path)
        return answer(method, url, *rest, **given)

    monkeypatch.setattr(transport, "_answer", noted)
    return paths


def log_run(
    person: Person, lab: Lab, name: str, *, metrics: dict[str, object], params: dict[str, str]
) -> str:
    """The id of one more run in the experiment of the lab."""
    return _run(person, lab.project, lab.experiment_id, name, params, metrics)


def begin(person: Person, lab: Lab, name: str, status: str, hours_ago: float = 0) -> str:
    """The id of a run that began some hours ago and has this status."""
    start = int((time.time() - hours_ago * 3600) * 1000)
    body = {"experiment_id": lab.experiment_id, "run_name": name, "start_time": start}
    run_id = str(_ask(person, lab.project, "runs/create", body)["run"]["info"]["run_id"])
    if status != "RUNNING":
        change = {"run_id": run_id, "status": status, "end_time": start + 1000}
        _ask(person, lab.project, "runs/update", change)
    return run_id


def put_file(person: Person, project: str, path: str, content: bytes) -> None:
    """Stores a file in a project's artifact store."""
    where = f"/projects/{project}/api/2.0/mlflow-artifacts/artifacts/{path}"
    reply = person.ask("PUT", where, raw=content)
    assert reply.status == 200, reply.body


def put_model(lab: Lab) -> None:
    """Gives the versions of the lab the files of a model."""
    folder = f"{lab.experiment_id}/{lab.best}/artifacts/model"
    fields = [{"type": "double", "name": "age", "required": True}]
    document = {
        "flavors": {"sklearn": {}},
        "signature": {"inputs": json.dumps(fields)},
        "saved_input_example_info": {"artifact_path": "input_example.json"},
    }
    bob = lab.stack.person("bob")
    put_file(bob, lab.project, f"{folder}/MLmodel", json.dumps(document).encode())
    put_file(bob, lab.project, f"{folder}/requirements.txt", b"scikit-learn==1.8\n")
    put_file(bob, lab.project, f"{folder}/input_example.json", b'{"data": [[41.50]]}')


def said(at: AppTest) -> str:
    """Everything that a page says, in one string."""
    shown = [*at.title, *at.header, *at.subheader, *at.markdown, *at.caption, *at.toast, *at.error]
    shown += [*at.warning, *at.info, *at.success, *at.code]
    links = [str(link.proto.label) for link in at.get("page_link")]
    return "\n".join([*(str(element.value) for element in shown), *links])


def links(at: AppTest) -> list[tuple[str, str]]:
    """Where the links of a page lead: page and query string."""
    return [(str(link.proto.page), str(link.proto.query_string)) for link in at.get("page_link")]


def mlflow_links(at: AppTest) -> list[str]:
    """Where a page leads in MLflow's own interface."""
    return [str(link.proto.url) for link in at.get("link_button")]


def _version(model: str, run_id: str) -> dict[str, str]:
    return {"name": model, "source": f"runs:/{run_id}/model", "run_id": run_id}


def _ask(person: Person, project: str, path: str, body: object) -> Any:
    reply = person.mlflow(project, "POST", path, body)
    assert reply.status == 200, reply.body
    return reply.json


def _run(
    person: Person,
    project: str,
    experiment: str,
    name: str,
    params: dict[str, str],
    metrics: dict[str, object],
    status: str = "FINISHED",
    parent: str = "",
) -> str:
    tags = [{"key": "mlflow.parentRunId", "value": parent}] if parent else []
    body = {"experiment_id": experiment, "run_name": name, "start_time": T0, "tags": tags}
    run_id = str(_ask(person, project, "runs/create", body)["run"]["info"]["run_id"])
    logged = [
        {"key": key, "value": value, "timestamp": T0, "step": 0} for key, value in metrics.items()
    ]
    given = [{"key": key, "value": value} for key, value in params.items()]
    _ask(person, project, "runs/log-batch", {"run_id": run_id, "metrics": logged, "params": given})
    ended = {"run_id": run_id, "status": status, "end_time": T0 + 12_000}
    _ask(person, project, "runs/update", ended)
    return run_id
