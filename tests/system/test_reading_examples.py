"""Every block of Python and every curl of reading.md does what it says, on the real stack."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from conftest import Stack
from content import done, new_experiment
from people import Person
from system.test_api_examples import SHELL, examples
from tools.documents.operations import DOCS

PAGE = DOCS / "reference" / "reading.md"
# The page's own project is made, and deleted for good, by the examples of api.md.
NAMED, SLUG = "churn", "churn-reading"
PYTHON = re.compile(r"^```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# What the blocks have read, said by the last line that they print.
SEEN = """
import json
print(json.dumps({
    "best": frame["metrics.loss"].tolist(),
    "everything": sorted(everything["metrics.loss"]),
    "paged": sorted(paged["run_id"].to_pylist()),
    "groups": dict(zip(groups["params.opt"], groups["count"], strict=True)),
    "curves": sorted(curves.groupby("run_id").size().tolist()),
}))
"""


@dataclass(frozen=True)
class Reader:
    """Somebody who tries the examples, in a folder of their own."""

    folder: Path
    environment: dict[str, str]
    runs: list[str]

    def run(self, *command: str) -> str:
        """What a command says."""
        ended = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert ended.returncode == 0, (command, ended.stdout, ended.stderr)
        return ended.stdout


@pytest.fixture
def reader(stack: Stack, tmp_path: Path) -> Reader:
    """A viewer of a project called `churn`, in which three runs were logged."""
    alice = stack.person("alice")
    # Another test here may have made it.
    assert alice.studio("POST", "/projects", {"slug": SLUG}).status in (201, 409)
    experiment = new_experiment(alice, SLUG)
    runs = [
        log(alice, experiment, "adam", [0.75, 0.5, 0.25]),
        log(alice, experiment, "adam", [0.5, 0.125]),
        log(alice, experiment, "sgd", [1.0, 0.75]),
    ]
    token = stack.with_token("alice", actions=["read"]).credential.split()[1]
    environment = {"PATH": os.environ["PATH"], "API": stack.uac.url, "TOKEN": token}
    return Reader(tmp_path, {**environment, "PYTHONWARNINGS": "ignore"}, runs)


def log(person: Person, experiment: str, opt: str, losses: list[float]) -> str:
    """A run with a curve."""
    made = done(
        person.mlflow(SLUG, "POST", "runs/create", {"experiment_id": experiment, "start_time": 1})
    )
    run_id = str(made["run"]["info"]["run_id"])
    points = [
        {"key": "loss", "value": loss, "timestamp": 1000 + step, "step": step}
        for step, loss in enumerate(losses)
    ]
    params = [{"key": "opt", "value": opt}, {"key": "lr", "value": "0.1"}]
    body = {"run_id": run_id, "metrics": points, "params": params}
    done(person.mlflow(SLUG, "POST", "runs/log-batch", body))
    return run_id


def test_the_examples_in_python_and_by_curl_do_what_the_page_says(reader: Reader) -> None:
    blocks = PYTHON.findall(PAGE.read_text().replace(NAMED, SLUG))
    assert len(blocks) >= 5
    said = reader.run(sys.executable, "-c", "\n".join(blocks) + SEEN)
    seen = json.loads(said.splitlines()[-1])
    assert seen == {
        "best": [0.125, 0.25],
        "everything": [0.125, 0.25, 0.75],
        "paged": sorted(reader.runs),
        "groups": {"adam": 2, "sgd": 1},
        "curves": [2, 3],
    }

    wrong = []
    found = examples(PAGE.read_text().replace(NAMED, SLUG))
    assert len(found) == PAGE.read_text().replace(NAMED, SLUG).count("\n    curl ") >= 5
    for example in found:
        body, _, status = reader.run("bash", "-euc", SHELL + example.command).rpartition("\n")
        document = json.loads(body) if body else {}
        if int(status) != example.status:
            wrong.append(f"line {example.line}: {status} {document}, not {example.status}")
        elif missing := example.fields - set(document):
            wrong.append(f"line {example.line}: the answer has no {sorted(missing)}")
        elif not example.refusal.items() <= document.items():
            wrong.append(f"line {example.line}: {document}, not {example.refusal}")
    assert wrong == []
    assert (reader.folder / "runs.csv").read_text().count("\n") == 4
