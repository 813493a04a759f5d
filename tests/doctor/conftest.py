"""A healthy ML Studio, and an MLflow for it whose answers a test chooses."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from patients import Patient
from processes import SECRET, Program
from served import Served


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mlflow: Program) -> Patient:
    """A healthy one."""
    return Patient(monkeypatch, tmp_path, mlflow)


@pytest.fixture
def stand_in(patient: Patient) -> Iterator[dict[str, tuple[int, bytes]]]:
    """An MLflow whose answers the test chooses, by method and the end of the path."""
    info = b'{"workspaces_enabled": true}'
    answers: dict[str, tuple[int, bytes]] = {
        "server-info": (200, info),
        "version": (200, b"3.17.2"),
        "reading": (200, b'{"revision": "x", "tested": true}'),
    }
    kept: dict[str, bytes] = {}

    def answer(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
        path, method = environ["PATH_INFO"], environ["REQUEST_METHOD"]
        known = environ.get("HTTP_X_MLSTUDIO_UPSTREAM") == SECRET or "open" in answers
        status, body = (200, b"{}") if known else (401, b"{}")
        size = int(environ.get("CONTENT_LENGTH") or 0)
        if method == "PUT":
            kept[path] = environ["wsgi.input"].read(size)
        elif method == "GET" and path in kept:
            body = kept[path]
        for name in (method, path.rsplit("/", 1)[1]):
            if known and name in answers and (name != "GET" or path in kept):
                status, body = answers[name]
        start(
            f"{status} x",
            [("Content-Type", "application/json"), ("Content-Length", str(len(body)))],
        )
        return [body]

    served = Served(answer)
    served.start()
    patient.set("STUDIO_UPSTREAM_URL", served.url)
    yield answers
    served.stop()
