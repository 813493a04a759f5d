"""`python -m mlflow_server.health <address> [--once]` asks whether MLflow works behind its gate.

Exit code 0 if it does, 1 with a sentence if not. `GET /health` would say yes with the database gone
and the gate open. With --once a search must have worked once, then the shut gate is enough: where
the unhealthy are ended, MLflow is not ended because its database is away.
"""

import http.client
import sys
import tempfile
import urllib.error
import urllib.request
from pathlib import Path

from mlflow_server.gate import PROBE_HEADER, SECRET_HEADER
from mlflow_server.secret import probe_token
from mlflow_server.settings import GateSettings

# It reads MLflow's database. The workspace `default` is always there and always empty.
SEARCH = "/api/2.0/mlflow/experiments/search?max_results=1"
SECONDS = 8.0
# In memory, so that a new container does not have it.
WAS_WELL = Path(tempfile.gettempdir()) / "mlflow-was-well"


def problem(address: str, secret: str, was_well: Path | None = None) -> str:
    """What is wrong with the server, in a sentence; empty if it is fit, or was once."""
    only_alive = was_well is not None and was_well.exists()
    # So that it leaves no line in the log; the gate lets nobody in for it.
    probe = {PROBE_HEADER.decode(): probe_token(secret)}
    try:
        stranger = _status(address, probe)
        ours = 200 if only_alive else _status(address, {**probe, SECRET_HEADER.decode(): secret})
    except (OSError, http.client.HTTPException) as error:
        return f"MLflow does not answer at {address}: {error}"
    if stranger != 401:
        return f"The gate does not refuse strangers: without the secret the answer is {stranger}."
    if ours != 200:
        return f"MLflow answers {ours} to a search. Its log says why."
    if was_well is not None:
        was_well.touch()
    return ""


def _status(address: str, headers: dict[str, str]) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    request = urllib.request.Request(f"{address}{SEARCH}", headers=headers)  # noqa: S310 - our own
    try:
        with opener.open(request, timeout=SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


if __name__ == "__main__":
    once = WAS_WELL if "--once" in sys.argv[2:] else None
    found = problem(sys.argv[1], GateSettings.load().accepted_secrets[0], once)
    if found:
        sys.stderr.write(f"{found}\n")
    sys.exit(1 if found else 0)
