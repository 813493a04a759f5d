"""What the management API needs of MLflow besides lists: its health, and opening projects."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

import structlog

from ..errors import AlreadyExists, BadUpstream
from . import server_info, server_version
from .upstream import Upstream
from .versions import VERSIONS

_log = structlog.get_logger("uac.catalog")

OPEN_SECONDS = 10.0
WORKSPACES = "/api/3.0/mlflow/workspaces"
EXPERIMENTS_PATH = "/api/2.0/mlflow/experiments/search"
MODELS_PATH = "/api/2.0/mlflow/registered-models/search"
RUN_PATH = "/api/2.0/mlflow/runs/get"


class Catalog:
    """MLflow as the REST for people sees it."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream
        self._told_version = ""

    def ping(self) -> None:
        """Raise Unavailable, TooSlow or BadUpstream unless MLflow answers us behind its gate."""
        status, content = self._upstream.fetch(
            "GET",
            server_info.TARGET,
            workspace=None,
            headers=self._upstream.probe_headers,
            timeout=server_version.PROBE_SECONDS,
        )
        if status != HTTPStatus.OK or b'"workspaces_enabled":true' not in content.replace(
            b" ", b""
        ):
            raise BadUpstream(
                "MLflow answers, but not as ours. Start it by mlflow_server.start.",
                reason="mlflow_unfit",
            )

    @property
    def table_versions(self) -> tuple[str, ...]:
        """The versions of MLflow that the table was made for, oldest first."""
        return VERSIONS

    def version(self) -> str:
        """MLflow's version as it says itself; `unknown` if what it says is none."""
        return server_version.ask(self._upstream)

    def check_version(self) -> None:
        """Raise BadUpstream unless MLflow is of a version that the table was made for."""
        found = self.version()
        if found in VERSIONS:
            return
        known = " and ".join(VERSIONS)
        if found != self._told_version:
            self._told_version = found
            _log.warning("mlflow_version", found=found, table=known)
        raise BadUpstream(
            f"MLflow's version is {found}; the table of rules was made for {known}. What is new in "
            "it stays refused, and what changed is judged by the old rules. Install the mlflow "
            "that requirements.txt pins.",
            reason="mlflow_version",
        )

    def open_project(self, slug: str) -> None:
        """Make MLflow's side of a new project; raises AlreadyExists if it holds something.

        An empty one is taken over: it is what a creation leaves that was cut off half way.
        """
        status, document = self._upstream.ask(
            "POST",
            WORKSPACES,
            workspace=None,
            body={"name": slug, "description": "A project of ML Studio"},
            timeout=OPEN_SECONDS,
        )
        if status in (200, 201):
            return
        if document.get("error_code") != "RESOURCE_ALREADY_EXISTS":
            raise BadUpstream("MLflow would not open the project. Try again in a moment.")
        for path, rows in ((EXPERIMENTS_PATH, "experiments"), (MODELS_PATH, "registered_models")):
            if self._holds(slug, path, rows):
                raise AlreadyExists(
                    f"MLflow already holds content under '{slug}'. Choose another slug."
                )

    def run_id(self, slug: str, asked: str) -> str | None:
        """The id of a run of the project as MLflow writes it, or None when there is none."""
        target = f"{RUN_PATH}?{urlencode({'run_id': asked})}"
        status, document = self._upstream.ask("GET", target, workspace=slug, timeout=OPEN_SECONDS)
        found = field_of(document, "run.info.run_id")
        if status == HTTPStatus.OK and isinstance(found, str):
            return found
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST):
            return None
        raise BadUpstream("MLflow did not say whether there is such a run. Try again in a moment.")

    def _holds(self, slug: str, path: str, rows: str) -> bool:
        status, document = self._upstream.ask(
            "GET",
            f"{path}?{urlencode({'max_results': 1})}",
            workspace=slug,
            timeout=OPEN_SECONDS,
        )
        if status != 200:
            raise BadUpstream("MLflow would not open the project. Try again in a moment.")
        return bool(document.get(rows))


def field_of(row: Mapping[str, Any], name: str) -> Any:
    """A field of a row, `info.run_id` inside `info`; None where there is none."""
    value: Any = row
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
