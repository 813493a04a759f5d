"""A project of the drill's own, with tokens, and a run for each of its workers."""

from __future__ import annotations

import json
import ssl
import time
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

from ops.demo.client import Client, DemoError, Refused
from ops.demo.target import Target, sign_in
from ops.run.settings import read_environment

SLUG = "drill"
SECONDS = 30.0
# Fewer calls at once with one token than STUDIO_MAX_PARALLEL_CALLS.
WORKERS_OF_A_TOKEN = 8


@dataclass(frozen=True)
class Desk:
    """What one worker needs: where, with which token, and which run is its own."""

    number: int
    address: str
    ca_file: str | None
    token: str = field(repr=False)
    run_id: str = ""

    def connect(self) -> HTTPConnection:
        """A new connection; it opens with the first request."""
        parts = urlsplit(self.address)
        host = parts.hostname or ""
        if parts.scheme == "http":
            return HTTPConnection(host, parts.port, timeout=SECONDS)
        trust = ssl.create_default_context(cafile=self.ca_file)
        return HTTPSConnection(host, parts.port, timeout=SECONDS, context=trust)

    def send(
        self, connection: HTTPConnection, method: str, path: str, body: object = None
    ) -> tuple[int, bytes]:
        """Status and body of one call of MLflow's REST. Raises OSError or HTTPException."""
        connection.request(
            method,
            f"/projects/{SLUG}/api/2.0/mlflow/{path}",
            body=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        return answer.status, answer.read()


class Stage:
    """Signs in, makes what is missing, and takes the tokens away at the end."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._door = Client(target.address)
        self._tokens: list[str] = []

    def __enter__(self) -> Stage:
        sign_in(self._door, self._target, read_environment())
        try:
            self._door.ask("POST", "/projects", {"slug": SLUG, "name": "Drill"})
        except Refused as refused:
            if refused.status != 409:
                raise
        return self

    def __exit__(self, *_: object) -> None:
        for token_id in self._tokens:
            self._door.ask("DELETE", f"/tokens/{token_id}")
        self._door.close()

    def desks(self, workers: int) -> list[Desk]:
        """A place for each worker."""
        name = f"drill {time.strftime('%Y-%m-%d %H:%M:%S')}"
        made: list[Desk] = []
        experiment = ""
        for number in range(workers):
            if number % WORKERS_OF_A_TOKEN == 0:
                token = self._token(name)
            desk = Desk(number, self._target.address, self._target.ca_file, token)
            if not experiment:
                experiment = _made(desk, "experiments/create", {"name": name})["experiment_id"]
            body = {"experiment_id": experiment, "run_name": f"worker {number}"}
            run = _made(desk, "runs/create", body)["run"]["info"]["run_id"]
            made.append(Desk(number, desk.address, desk.ca_file, token, run))
        return made

    def _token(self, name: str) -> str:
        body = {"name": name, "project": SLUG, "expires_in_days": 1}
        made = self._door.ask("POST", "/tokens", body)
        self._tokens.append(made["id"])
        return str(made["token"])


def _made(desk: Desk, path: str, body: object) -> dict[str, Any]:
    connection = desk.connect()
    status, content = desk.send(connection, "POST", path, body)
    connection.close()
    if status != 200:
        raise DemoError(f"{path} answered {status}: {content[:300].decode(errors='replace')}")
    found: dict[str, Any] = json.loads(content)
    return found
