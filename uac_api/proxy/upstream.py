"""The only module that speaks to MLflow: our credential in, their answer out."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import urllib3
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
)

from ..errors import BadUpstream, StudioError, TooSlow, Unavailable

SECRET_HEADER = "X-MLStudio-Upstream"  # noqa: S105 (a header's name)
WORKSPACE_HEADER = "X-MLFLOW-WORKSPACE"
CONNECT_SECONDS = 5
CHUNK = 256 * 1024


@dataclass(slots=True)
class Answer:
    """What MLflow said; `body` yields the bytes as they came and must be closed."""

    status: int
    headers: dict[str, str]
    body: _Body


class _Body:
    """The bytes of an answer; closing gives the connection back, or drops it if unread."""

    def __init__(self, response: urllib3.BaseHTTPResponse) -> None:
        self._response = response
        self._complete = False

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._response.stream(CHUNK, decode_content=False)
            self._complete = True
        except HTTPError as error:
            raise _trouble(error) from error
        finally:
            self.close()

    def read(self) -> bytes:
        """Everything at once."""
        return b"".join(self)

    def close(self) -> None:
        """Give the connection back to the pool; one with unread bytes cannot be used again."""
        if not self._complete:
            self._response.close()
        self._response.release_conn()


class Upstream:
    """MLflow behind its gate. Raises Unavailable, TooSlow or BadUpstream, never urllib3's own."""

    def __init__(self, url: str, secret: str, *, timeout: float, connections: int = 64) -> None:
        self._secret = secret
        self._timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=timeout)
        # No automatic retry: a write that went out may have been carried out.
        self._pool = urllib3.connectionpool.connection_from_url(
            url, maxsize=connections, block=False, retries=False
        )
        self._prefix = urllib3.util.parse_url(url).path or ""

    def send(
        self,
        method: str,
        target: str,
        *,
        workspace: str | None,
        headers: dict[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
        timeout: float | None = None,
    ) -> Answer:
        """MLflow's answer to one request; `workspace` None only where no project is touched."""
        outgoing = {**(headers or {}), SECRET_HEADER: self._secret}
        if workspace is not None:
            outgoing[WORKSPACE_HEADER] = workspace
        limit = self._timeout
        if timeout is not None:
            limit = urllib3.Timeout(connect=min(timeout, CONNECT_SECONDS), read=timeout)
        try:
            response = self._open(method, target, body=body, headers=outgoing, timeout=limit)
        except HTTPError as error:
            raise _trouble(error) from error
        if response.status == 401:
            response.drain_conn()
            raise Unavailable(
                "MLflow refuses ML Studio's secret. An operator must give both the same one.",
                reason="mlflow_secret",
            )
        lowered = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, lowered, _Body(response))

    def ask(
        self,
        method: str,
        target: str,
        *,
        workspace: str | None,
        body: object = None,
        timeout: float | None = None,
    ) -> tuple[int, dict[str, Any]]:
        """(status, document) of a question of our own; raises BadUpstream unless it is JSON."""
        answer = self.send(
            method,
            target,
            workspace=workspace,
            headers={"Content-Type": "application/json"} if body is not None else None,
            body=json.dumps(body).encode() if body is not None else None,
            timeout=timeout,
        )
        content = answer.body.read()
        try:
            document = json.loads(content or b"{}")
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise BadUpstream("MLflow answered something that is not JSON. Try again in a moment.")
        return answer.status, document

    def _open(self, method: str, target: str, **more: Any) -> urllib3.BaseHTTPResponse:
        def once() -> urllib3.BaseHTTPResponse:
            return self._pool.urlopen(
                method,
                self._prefix + target,
                redirect=False,
                preload_content=False,
                decode_content=False,
                **more,
            )

        # A kept-alive connection may close just when a request goes out on it. A read does no
        # harm when it is sent again; a write might be carried out twice.
        try:
            return once()
        except ProtocolError:
            if method not in ("GET", "HEAD"):
                raise
            return once()

    def close(self) -> None:
        """Drop all connections."""
        self._pool.close()


def _trouble(error: Exception) -> StudioError:
    cause: Any = error.reason if isinstance(error, MaxRetryError) else error
    if isinstance(cause, NewConnectionError | ConnectTimeoutError):
        return Unavailable("MLflow cannot be reached. Try again in a moment.")
    if isinstance(cause, ReadTimeoutError):
        return TooSlow("MLflow did not answer in time. Try again, or ask for less at once.")
    return BadUpstream("MLflow broke off its answer. Try again in a moment.")
