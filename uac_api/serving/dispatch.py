"""Which application answers a request: the management API, or the proxy to MLflow."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from ..access_log import StartResponse, Wsgi

PEOPLE = re.compile(r"/studio/v1(/.*)?|/healthz|/readyz|/metrics|/|/projects/[^/]+")


class Dispatcher:
    """WSGI wrapper: a path of ours is Flask's, everything else is a request for MLflow."""

    def __init__(self, people: Wsgi, mlflow: Wsgi) -> None:
        self._people = people
        self._mlflow = mlflow

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """Answer by one of the two."""
        ours = PEOPLE.fullmatch(str(environ.get("PATH_INFO", "")))
        return (self._people if ours else self._mlflow)(environ, start_response)
