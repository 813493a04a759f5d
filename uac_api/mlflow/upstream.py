"""MLflow: the only module that speaks to it, with the credential it accepts."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from copy import copy
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from telemetry import request_spans

from ..concurrency import ConcurrencyLimit
from ..errors import BadUpstream, StoreFailed, StudioError, TooSlow, Unavailable, Unsent
from .http import ConnectError, ConnectionClosed, ReadTimeout, TransportError, Wire

# For MLflow's log alone, which would otherwise name us as the client of every request.
CLIENT_HEADER = "X-MLStudio-Client"
# What only reads has a time limit in MLflow's database (mlflow_server/deadlines.py).
READS_HEADER = "X-MLStudio-Reads"
SECRET_HEADER = "X-MLStudio-Upstream"  # noqa: S105 (a header's name)
# MLflow is about to end and has begun nothing (mlflow_server/draining.py); in lower case, as read.
RESTARTING_HEADER = "x-mlstudio-restarting"
HEALTH_PATH = "/health"
WORKSPACE_HEADER = "X-MLFLOW-WORKSPACE"
# A health check, which leaves no line in MLflow's log; mlflow_server/secret.py has the same words.
PROBE_HEADER = "X-MLStudio-Probe"
PROBE = b"ML Studio, health check"
CONNECT_SECONDS = 5.0
# MLflow closes what rests for 75 s (mlflow_server/defaults.env).
REST_SECONDS = 60.0
# How often a change that waits for MLflow to come back looks whether it has.
PROBE_SECONDS = 0.25
# What an MLflow that has just come back may take to say that it is well.
LEAST_PROOF_SECONDS = 1.0
# When to come again while MLflow is away. The clients come seven times more and take this for the
# pause between two times: a restart may take a minute.
AWAY_SECONDS = 10
IDEMPOTENT = ("GET", "HEAD")
# An address in MLflow's artifact store, which its messages name when the store refuses.
STORE_ADDRESS = re.compile(r"\b(s3|gs|wasbs?|abfss?|hdfs|r2|b2)://")


class Restarting(ConnectError):
    """MLflow is about to end, and has begun nothing of the request: it may be sent again."""


@dataclass(slots=True)
class Answer:
    """What MLflow said; `body` yields the bytes as they came, once."""

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


class Body:
    """The bytes of an answer. Only one that was read to its end leaves a connection to use again.

    It owns nothing: slot and connection belong to the `ExitStack` that was given to `send`.
    """

    def __init__(self, lease: _Lease, pieces: Iterator[bytes], *, last: bool) -> None:
        self._lease = lease
        self._pieces = pieces
        self._last = last

    def __iter__(self) -> Iterator[bytes]:
        try:
            yield from self._pieces
        except TransportError as error:
            raise _trouble(error) from error
        self._lease.reusable = not self._last

    def read(self) -> bytes:
        """Everything at once."""
        return b"".join(self)


@dataclass(slots=True)
class _Lease:
    """The connection that one call has; not `reusable` before its answer was read to the end."""

    wire: Wire
    reusable: bool = False


class Upstream:
    """MLflow behind its gate. Raises Unavailable, TooSlow or BadUpstream.

    At most as many calls as the `limit` says are under way at once, so that an MLflow that hangs
    leaves threads for everything else. While MLflow cannot be reached, `waiters` calls at most wait
    for it, each for `wait` seconds: those hold threads, too.
    """

    def __init__(
        self,
        url: str,
        secret: str,
        *,
        timeout: float,
        limit: ConcurrencyLimit | None = None,
        wait: float = 0.0,
        waiters: int = 1,
    ) -> None:
        self._address = urlsplit(url)
        self._prefix = self._address.path
        self._secret = secret
        self._timeout = timeout
        self._limit = limit
        self._is_patient = False
        self._wait = wait
        self._waiters = ConcurrencyLimit(waiters, queue=0, seconds=0.0, refusal=ConnectError)
        # The one that rested last goes first: the others grow old and are closed.
        self._resting: deque[Wire] = deque()

    def send(
        self,
        method: str,
        target: str,
        *,
        resources: ExitStack,
        workspace: str | None,
        headers: dict[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
        timeout: float | None = None,
        reads: bool = False,
    ) -> Answer:
        """MLflow's answer to one request; `workspace` None only where no project is touched.

        `resources` owns the slot and the connection, and must be closed once the answer was read
        or is not wanted any more. What only `reads` may be sent twice, as GET is anyway, and is
        ended by MLflow's database when it takes too long. Raises Unsent while MLflow cannot be
        reached: at once, or after a wait where this is `patient`.
        """
        outgoing = {**(headers or {}), SECRET_HEADER: self._secret}
        if reads:
            outgoing[READS_HEADER] = "1"
        if (hop := request_spans.current()) is not None:
            outgoing["X-Request-ID"] = hop.request_id
            outgoing[CLIENT_HEADER] = hop.address
        if workspace is not None:
            outgoing[WORKSPACE_HEADER] = workspace
        seconds = self._timeout if timeout is None else timeout
        if self._limit is not None:
            resources.enter_context(self._limit.hold(seconds))
        with request_spans.call("MLflow") as traceparent:
            outgoing["traceparent"] = traceparent
            again = (reads or method in IDEMPOTENT) and isinstance(body, bytes | None)
            asked = method, self._prefix + target, outgoing, body, seconds
            answer = self._exchange(resources, *asked, again=again)
        if answer.status == 401:
            if names_store(answer.body.read().decode(errors="replace")):
                raise StoreFailed
            raise Unavailable(
                "MLflow refuses ML Studio's secret. An operator must give both the same one.",
                reason="mlflow_secret",
            )
        return answer

    def fetch(
        self,
        method: str,
        target: str,
        *,
        workspace: str | None,
        headers: dict[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
        timeout: float | None = None,
        reads: bool = False,
    ) -> tuple[int, bytes]:
        """(status, content) of a small answer, read at once; nothing is held afterwards."""
        with ExitStack() as resources:
            answer = self.send(
                method,
                target,
                resources=resources,
                workspace=workspace,
                headers=headers,
                body=body,
                timeout=timeout,
                reads=reads,
            )
            return answer.status, answer.body.read()

    def ask(
        self,
        method: str,
        target: str,
        *,
        workspace: str | None,
        body: object = None,
        timeout: float | None = None,
        reads: bool = False,
        probe: bool = False,
    ) -> tuple[int, dict[str, Any]]:
        """(status, document) of a question of our own; raises BadUpstream unless it is JSON.

        `probe` says that it is a health check, which leaves no line in MLflow's log.
        """
        headers = {} if body is None else {"Content-Type": "application/json"}
        status, content = self.fetch(
            method,
            target,
            workspace=workspace,
            headers={**headers, **(self.probe_headers if probe else {})},
            body=json.dumps(body).encode() if body is not None else None,
            timeout=timeout,
            reads=reads,
        )
        try:
            document = json.loads(content or b"{}")
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise BadUpstream("MLflow answered something that is not JSON. Try again in a moment.")
        return status, document

    @property
    def probe_headers(self) -> dict[str, str]:
        """What says of a request that it is a health check of ours."""
        token = hmac.new(self._secret.encode(), PROBE, hashlib.sha256)
        return {PROBE_HEADER: token.hexdigest()}

    @property
    def is_awaited(self) -> bool:
        """Whether calls wait just now for MLflow to come back."""
        return self._waiters.held > 0

    def within(self, limit: ConcurrencyLimit | None) -> Upstream:
        """The same MLflow and the same connections, with another limit on calls under way."""
        other = copy(self)
        other._limit = limit
        return other

    def patient(self) -> Upstream:
        """The same MLflow for a change: it, and what is asked before it, waits for a restart."""
        other = copy(self)
        other._is_patient = True
        return other

    def close(self) -> None:
        """End all connections that rest."""
        # Requests may take the last one meanwhile.
        with suppress(IndexError):
            while True:
                self._resting.pop().close()

    def _exchange(
        self,
        resources: ExitStack,
        method: str,
        target: str,
        headers: dict[str, str],
        body: bytes | Iterable[bytes] | None,
        seconds: float,
        *,
        again: bool,
    ) -> Answer:
        patience = min(CONNECT_SECONDS, seconds)
        try:
            lease = resources.enter_context(self._connection(patience))
            try:
                return self._call(lease, method, target, headers, body, seconds)
            except Restarting:
                # What was sent in pieces is not here any more.
                if not isinstance(body, bytes | None):
                    raise
                # They lead to the process that ends, and would be closed under a call.
                self.close()
            except ConnectionClosed:
                # A kept-alive connection may close just when a request goes out on it. A read does
                # no harm when it is sent again; a write might be carried out twice.
                if lease.wire.calls == 1 or not again:
                    raise
            lease.wire.close()
            lease.wire = self._connect(patience)
            return self._call(lease, method, target, headers, body, seconds)
        except TransportError as error:
            raise _trouble(error) from error

    def _call(
        self,
        lease: _Lease,
        method: str,
        target: str,
        headers: dict[str, str],
        body: bytes | Iterable[bytes] | None,
        seconds: float,
    ) -> Answer:
        wire, whole = lease.wire, True
        try:
            wire.send(method, target, headers, body, seconds)
        except ConnectionClosed:
            # MLflow may have refused a large body before it was all there: that answer counts.
            whole = False
            if body is None:
                raise
        head = wire.head()
        if head.get(RESTARTING_HEADER):
            raise Restarting
        pieces = wire.body(method, head)
        # After a failure of its application uvicorn closes the connection without having said so.
        failed = head.status >= 500
        last = not whole or failed or "close" in head.get("connection").lower()
        return Answer(head.status, head.combined(), Body(lease, pieces, last=last))

    @contextmanager
    def _connection(self, seconds: float) -> Iterator[_Lease]:
        """A connection that rested, or a new one; afterwards it rests, or ends."""
        lease = _Lease(self._rested() or self._connect(seconds))
        rests = False
        try:
            yield lease
            rests = lease.reusable and lease.wire.rest()
        finally:
            if rests:
                self._resting.append(lease.wire)
            else:
                lease.wire.close()

    def _connect(self, seconds: float) -> Wire:
        """A new connection; raises ConnectError, after having waited for MLflow if it may."""
        if not self._is_patient:
            return Wire(self._address, seconds)
        # An MLflow that ends may accept a connection and then close it without a word: a change
        # goes out on one that has proven to lead to somebody.
        with suppress(TransportError):
            return self._proven(seconds)
        return self._await(seconds)

    def _await(self, seconds: float) -> Wire:
        """A connection to an MLflow that has proven to be well; raises ConnectError at the end."""
        until = time.monotonic() + self._wait
        with self._waiters.hold():
            while (left := until - time.monotonic()) > 0:
                time.sleep(min(PROBE_SECONDS, left))
                with suppress(TransportError):
                    return self._proven(min(seconds, max(LEAST_PROOF_SECONDS, left)))
        raise ConnectError

    def _proven(self, seconds: float) -> Wire:
        """A new connection on which MLflow has said that it is well; raises TransportError."""
        wire = Wire(self._address, seconds)
        try:
            wire.send("GET", self._prefix + HEALTH_PATH, self.probe_headers, None, seconds)
            head = wire.head()
            for _ in wire.body("GET", head):
                pass
            if head.status == HTTPStatus.OK and wire.rest():
                return wire
            raise ConnectError
        except TransportError:
            wire.close()
            raise

    def _rested(self) -> Wire | None:
        while self._resting:
            try:
                wire = self._resting.pop()
            except IndexError:  # another thread was faster
                break
            fresh = False
            try:
                fresh = wire.is_fresh(REST_SECONDS)
            finally:
                if not fresh:
                    wire.close()
            if fresh:
                return wire
        return None


def names_store(message: str) -> bool:
    """Whether a message of MLflow is about its artifact store."""
    return STORE_ADDRESS.search(message) is not None


def _trouble(error: TransportError) -> StudioError:
    match error:
        case ConnectError():
            sentence = "MLflow cannot be reached. Try again in a moment."
            return Unsent(sentence, retry_after=AWAY_SECONDS)
        case ReadTimeout():
            return TooSlow("MLflow did not answer in time. Try again, or ask for less at once.")
    return BadUpstream("MLflow broke off its answer. Try again in a moment.")
