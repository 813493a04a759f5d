"""The scripts of docs/tutorial.md do what it says, with a token of the project's owner."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from conftest import Stack
from content import done
from people import Person

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial.md"
BLOCK = re.compile(r"^<!-- tutorial: ([a-z]+) -->\n```python\n(.*?)^```$", re.DOTALL | re.MULTILINE)


def test_the_scripts_of_the_tutorial_train_compare_and_promote(
    stack: Stack, alice: Person, project: str, tmp_path: Path
) -> None:
    blocks = dict(BLOCK.findall(TUTORIAL.read_text()))
    assert list(blocks) == ["train", "register", "trace", "prompt"]
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "STUDIO_"))}
    settings = {
        "MLFLOW_TRACKING_URI": f"{stack.uac.url}/projects/{project}",
        "MLFLOW_TRACKING_TOKEN": stack.with_token("alice").credential.split()[1],
        "GIT_PYTHON_REFRESH": "quiet",
    }
    for name, script in blocks.items():
        ended = subprocess.run(
            [sys.executable, "-c", script],
            cwd=tmp_path,
            env=clean | settings,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, (name, ended.stderr[-3000:])
    by_name = "experiments/get-by-name?experiment_name=decay"
    experiment = done(alice.mlflow(project, "GET", by_name))["experiment"]["experiment_id"]
    body = {"experiment_ids": [experiment], "order_by": ["metrics.loss ASC"]}
    runs = done(alice.mlflow(project, "POST", "runs/search", body))["runs"]
    assert [run["info"]["run_name"] for run in runs] == ["rate-0.5", "rate-0.1", "rate-0.01"]
    champion = "registered-models/alias?name=doubler&alias=champion"
    version = done(alice.mlflow(project, "GET", champion))["model_version"]
    assert version["run_id"] == runs[0]["info"]["run_id"]
    asked = f"/traces?project={project}&query=question"
    [used] = done(alice.studio("GET", asked))["traces"]
    assert used["tags"]["mlflow.linkedPrompts"] == '[{"name": "explain-word", "version": "2"}]'
    [trace] = done(alice.studio("GET", f"/traces?project={project}&query=answer"))["traces"]
    assert trace["response_preview"] == '"machine learning in daily operation"'
