"""MLflow: the only module that speaks to it, with the credential it accepts."""

from __future__ import annotations

import json
import re
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from telemetry import hops

from ..errors import BadUpstream, StoreFailed, StudioError, TooSlow, Unavailable
from .wire import Broken, Silent, Unreached, Wire, WireError

SECRET_HEADER = "X-MLStudio-Upstream"  # noqa: S105 (a header's name)
WORKSPACE_HEADER = "X-MLFLOW-WORKSPACE"
CONNECT_SECONDS = 5.0
# MLflow closes what rests for 75 s (mlflow_server/defaults.env).
REST_SECONDS = 60.0
# How long a call waits for its turn when MLflow is busy with as many as it may be.
TURN_SECONDS = 5.0
IDEMPOTENT = ("GET", "HEAD")
# An address in MLflow's artifact store, which its messages name when the store refuses.
STORE_ADDRESS = re.compile(r"\b(s3|gs|wasbs?|abfss?|hdfs|r2|b2)://")


@dataclass(slots=True)
class Answer:
    """What MLflow said; `body` yields the bytes as they came and must be closed."""

    status: int
    headers: dict[str, str]
    body: Body | Kept


class Kept:
    """A body that is here already."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        return iter((self._content,))

    def read(self) -> bytes:
        """Everything at once."""
        return self._content

    def close(self) -> None:
        """Nothing is held."""


class Body:
    """The bytes of an answer; closing gives the connection back, or ends it if unread."""

    def __init__(self, upstream: Upstream, wire: Wire, pieces: Iterator[bytes], *, last: bool):
        self._upstream = upstream
        self._wire: Wire | None = wire
        self._pieces = pieces
        self._last = last

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._pieces
        except WireError as error:
            raise _trouble(error) from error
        else:
            self._end(reusable=not self._last)
        finally:
            self.close()

    def read(self) -> bytes:
        """Everything at once."""
        return b"".join(self)

    def close(self) -> None:
        """Give the connection back; one with unread bytes cannot be used again."""
        self._end(reusable=False)

    def _end(self, *, reusable: bool) -> None:
        wire, self._wire = self._wire, None
        if wire is not None:
            self._upstream.give_back(wire, reusable=reusable)


class Upstream:
    """MLflow behind its gate. Raises Unavailable, TooSlow or BadUpstream.

    At most `connections` calls are under way at once, so that an MLflow that hangs leaves threads
    for everything else.
    """

    def __init__(self, url: str, secret: str, *, timeout: float, connections: int = 64) -> None:
        self._address = urlsplit(url)
        self._prefix = self._address.path
        self._secret = secret
        self._timeout = timeout
        self._turns = threading.BoundedSemaphore(connections)
        # The one that rested last goes first: the others grow old and are closed.
        self._resting: deque[Wire] = deque()

    def send(
        self,
        method: str,
        target: str,
        *,
        workspace: str | None,
        headers: dict[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
        timeout: float | None = None,
        reads: bool = False,
    ) -> Answer:
        """MLflow's answer to one request; `workspace` None only where no project is touched.

        What only `reads` may be sent twice, as GET is anyway.
        """
        outgoing = {**(headers or {}), SECRET_HEADER: self._secret}
        if (hop := hops.current()) is not None:
            outgoing["X-Request-ID"] = hop.request_id
        if workspace is not None:
            outgoing[WORKSPACE_HEADER] = workspace
        seconds = self._timeout if timeout is None else timeout
        if not self._turns.acquire(timeout=min(TURN_SECONDS, seconds)):
            raise Unavailable("MLflow has too much to do. Try again in a moment.")
        try:
            with hops.call("MLflow") as traceparent:
                outgoing["traceparent"] = traceparent
                again = (reads or method in IDEMPOTENT) and isinstance(body, bytes | None)
                asked = method, self._prefix + target, outgoing, body, seconds
                answer = self._exchange(*asked, again=again)
        except BaseException:
            self._turns.release()
            raise
        if answer.status == 401:
            if names_store(answer.body.read().decode(errors="replace")):
                raise StoreFailed
            raise Unavailable(
                "MLflow refuses ML Studio's secret. An operator must give both the same one.",
                reason="mlflow_secret",
            )
        return answer

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

    def give_back(self, wire: Wire, *, reusable: bool) -> None:
        """A call is over; its connection rests, or ends."""
        if reusable and wire.rest():
            self._resting.append(wire)
        else:
            wire.close()
        self._turns.release()

    def close(self) -> None:
        """End all connections that rest."""
        while self._resting:
            self._resting.pop().close()

    def _exchange(
        self,
        method: str,
        target: str,
        headers: dict[str, str],
        body: bytes | Iterable[bytes] | None,
        seconds: float,
        *,
        again: bool,
    ) -> Answer:
        patience = min(CONNECT_SECONDS, seconds)
        wire = self._wire(patience)
        try:
            try:
                return self._call(wire, method, target, headers, body, seconds)
            except Broken:
                # A kept-alive connection may close just when a request goes out on it. A read does
                # no harm when it is sent again; a write might be carried out twice.
                if wire.calls == 1 or not again:
                    raise
            wire.close()
            wire = self._new_wire(patience)
            return self._call(wire, method, target, headers, body, seconds)
        except WireError as error:
            wire.close()
            raise _trouble(error) from error
        except BaseException:
            wire.close()
            raise

    def _call(
        self,
        wire: Wire,
        method: str,
        target: str,
        headers: dict[str, str],
        body: bytes | Iterable[bytes] | None,
        seconds: float,
    ) -> Answer:
        whole = True
        try:
            wire.send(method, target, headers, body, seconds)
        except Broken:
            # MLflow may have refused a large body before it was all there: that answer counts.
            whole = False
            if body is None:
                raise
        head = wire.head()
        pieces = wire.body(method, head)
        # After a failure of its application uvicorn closes the connection without having said so.
        failed = head.status >= 500
        last = not whole or failed or head.get("connection").lower() == "close"
        return Answer(head.status, dict(head.headers), Body(self, wire, pieces, last=last))

    def _wire(self, seconds: float) -> Wire:
        while self._resting:
            try:
                wire = self._resting.pop()
            except IndexError:
                break
            if wire.is_fresh(REST_SECONDS):
                return wire
            wire.close()
        return self._new_wire(seconds)

    def _new_wire(self, seconds: float) -> Wire:
        try:
            return Wire(self._address, seconds)
        except Unreached as error:
            raise _trouble(error) from error


def names_store(message: str) -> bool:
    """Whether a message of MLflow is about its artifact store."""
    return STORE_ADDRESS.search(message) is not None


def _trouble(error: WireError) -> StudioError:
    match error:
        case Unreached():
            return Unavailable("MLflow cannot be reached. Try again in a moment.")
        case Silent():
            return TooSlow("MLflow did not answer in time. Try again, or ask for less at once.")
    return BadUpstream("MLflow broke off its answer. Try again in a moment.")
