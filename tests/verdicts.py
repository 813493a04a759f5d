"""The verdicts on MLflow's operations, written by hand in tests/proxy/verdicts/*.txt.

A line is: verdict, method, path with its query, and after two spaces the JSON body. The verdict is
an action, `signed-in` (no project is touched) or `closed`; `+gateway` or `+jobs` behind it names
the feature that must be on, `+here` says that ML Studio answers itself, `+trash` that it deletes
itself, so that it can come back. A `*` behind it says that
a token which is for one run only may do it, to that run (`run-1` in all requests). Whoever reads
MLflow decides them, not the code that is tested.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "proxy" / "verdicts"
LINE = re.compile(
    r"(?P<verdict>[a-z-]+)(\+(?P<mark>[a-z]+))?(?P<one>\*)? +(?P<method>[A-Z]+) +(?P<rest>.+)"
)
VARIABLE = re.compile(r"\{(\w+)(:path)?\}")

# What stands in a path; what is not named here is called "x".
NAMED = {
    "artifact_path": "7/run-1/artifacts/model.pkl",
    "model_id": "m-1",
    "trace_id": "tr-1",
    "request_id": "tr-1",
    "assessment_id": "a-1",
    "dataset_id": "d-1",
    "issue_id": "iss-1",
    "webhook_id": "w-1",
    "job_id": "j-1",
    "endpoint_name": "chat",
    "workspace_name": "fraud",
}


@dataclass(frozen=True)
class Operation:
    """One operation of MLflow: what it needs, and a small honest request for it."""

    verdict: str
    mark: str
    one_run: bool
    method: str
    path: str
    query: str
    body: bytes

    @property
    def target(self) -> str:
        """The address of the request."""
        path = VARIABLE.sub(lambda found: NAMED.get(found[1], "x"), self.path)
        return f"{path}?{self.query}".rstrip("?")

    @property
    def headers(self) -> dict[str, str]:
        """What the request carries beside its credential."""
        headers = {"Content-Type": "application/json"} if self.body else {}
        return headers | ({"X-Mlflow-Experiment-Id": "7"} if self.path == "/v1/traces" else {})

    @property
    def shape(self) -> tuple[str, str]:
        """The operation whatever the names of its variables."""
        return shape(self.method, self.path)


def shape(method: str, path: str) -> tuple[str, str]:
    """Method and path, without the names of the path's variables."""
    return method, VARIABLE.sub("{}", path)


def read() -> list[Operation]:
    """Every line of every file; fails on a line that is none, and on an operation that stands
    twice."""
    found = [_operation(line) for file in sorted(FOLDER.glob("*.txt")) for line in _lines(file)]
    shapes = [one.shape for one in found]
    twice = {one for one in shapes if shapes.count(one) > 1}
    assert not twice, twice
    return found


def _lines(file: Path) -> list[str]:
    return [line for line in file.read_text().splitlines() if line and not line.startswith("#")]


def _operation(line: str) -> Operation:
    match = LINE.fullmatch(line)
    assert match is not None, line
    address, _, body = match["rest"].partition("  ")
    path, _, query = address.partition("?")
    mark = match["mark"] or ""
    one_run = match["one"] is not None
    return Operation(match["verdict"], mark, one_run, match["method"], path, query, body.encode())
