"""What MLflow says that it can do, remembered for the time in which it does not answer.

A client with MLFLOW_WORKSPACE set asks for it first, once and for 3 seconds (mlflow/utils/
server_info.py of 3.17 and 3.18), and ends without an answer: a script that began during a restart
of MLflow would be over before its first change could wait for it. It changes only by an upgrade of
MLflow and is nobody's secret.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from ..errors import BadUpstream, TooSlow, Unavailable
from .upstream import Upstream

TARGET = "/api/3.0/mlflow/server-info"
# Less than the clients wait.
PATIENCE_SECONDS = 2.0


class ServerInfo:
    """MLflow's own document; while MLflow does not answer, the one it said last to this process."""

    def __init__(self) -> None:
        self._last: dict[str, Any] | None = None

    def ask(self, upstream: Upstream) -> dict[str, Any]:
        """The document; raises Unavailable, TooSlow or BadUpstream if there never was one."""
        patience = None if self._last is None else PATIENCE_SECONDS
        try:
            status, document = upstream.ask("GET", TARGET, workspace=None, timeout=patience)
            if status != HTTPStatus.OK:
                raise BadUpstream("MLflow did not say what it can do. Try again in a moment.")
        except (Unavailable, TooSlow, BadUpstream):
            if self._last is None:
                raise
            return self._last
        self._last = document
        return document
