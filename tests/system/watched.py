"""The four services as they run on a server, in a folder with the log of each."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from collector import Collector
from conftest import stack_on
from processes import Program, free_port, mlflow_program, studio_program
from system.test_nginx import Front, start, stop
from uac_api.access.database import Database

Line = dict[str, Any]


@dataclass
class Watched:
    """Everything that runs, and what it says."""

    front: Front
    mlflow: Program
    studio: Program
    database: Database
    collector: Collector
    logs: dict[str, Path]

    def text(self, service: str) -> str:
        """The whole log of a service."""
        return self.logs[service].read_text()

    def lines(self, service: str) -> list[Line]:
        """The log of a service; fails if a line of it is no JSON document.

        MLflow's own start prints three before its log is set up.
        """
        said = self.text(service).splitlines()
        begun = next((n for n, line in enumerate(said) if line.startswith("{")), 0)
        assert begun <= (3 if service == "mlflow_server" else 0), said[:begun]
        return [dict(json.loads(line)) for line in said[begun:]]

    def line(self, service: str, **told: object) -> Line:
        """The one line of a service that tells this; it is written after the answer has left."""
        until = time.monotonic() + 15
        while True:
            found = [line for line in self.lines(service) if told.items() <= line.items()]
            if found or time.monotonic() > until:
                (one,) = found
                return one
            time.sleep(0.1)


@contextmanager
def watched(folder: Path, secret: str) -> Iterator[Watched]:
    """Starts all of it with this secret between the UAC API and MLflow, and a collector."""
    collector, port = Collector(), free_port()
    collector.served.start()
    here = f"https://localhost:{port}"
    more = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.served.url,
        "OTEL_BSP_SCHEDULE_DELAY": "300",
        "STUDIO_UPSTREAM_SECRET": secret,
    }
    with ExitStack() as running:
        running.callback(collector.served.stop)
        mlflow = mlflow_program(folder)
        mlflow.environment |= more
        mlflow.start()
        running.callback(mlflow.stop)
        public = {"STUDIO_PUBLIC_URL": here, "STUDIO_PUBLIC_API_URL": here}
        url = f"sqlite:///{folder}/uac.db"
        stack = running.enter_context(stack_on(url, mlflow, folder, **public, **more))
        studio = _studio(folder, stack.uac.url, public | more)
        running.callback(studio.stop)
        front = start(folder, f"127.0.0.1:{studio.port}", f"127.0.0.1:{stack.uac.port}", port)
        running.callback(stop, front)
        logs = {
            "nginx": folder / "access.log",
            "studio_app": studio.log,
            "uac_api": stack.uac.log,
            "mlflow_server": mlflow.log,
        }
        yield Watched(front, mlflow, studio, stack.database, collector, logs)


def _studio(folder: Path, api: str, settings: dict[str, str]) -> Program:
    del settings["STUDIO_UPSTREAM_SECRET"]
    program = studio_program(folder, api, **settings)
    program.start()
    return program
