"""MLflow: the only module that speaks to it, with the credential it accepts."""

from __future__ import annotations

import json
import re
import time
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from copy import copy
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from telemetry import hops

from ..concurrency import ConcurrencyLimit
from ..errors import BadUpstream, StoreFailed, StudioError, TooSlow, Unavailable, Unsent
from .wire import Broken, Silent, Unreached, Wire, WireError

# For MLflow's log alone, which would otherwise name us as the client of every request.
CLIENT_HEADER = "X-MLStudio-Client"
SECRET_HEADER = "X-MLStudio-Upstream"  # noqa: S105 (a header's name)
WORKSPACE_HEADER = "X-MLFLOW-WORKSPACE"
CONNECT_SECONDS = 5.0
# MLflow closes what rests for 75 s (mlflow_server/defaults.env).
REST_SECONDS = 60.0
# How often a change that waits for MLflow to come back looks whether it has.
PROBE_SECONDS = 0.25
# When to come again while MLflow is away. The clients come seven times more and take this for the
# pause between two times: a restart may take a minute.
AWAY_SECONDS = 10
IDEMPOTENT = ("GET", "HEAD")
# An address in MLflow's artifact store, which its messages name when the store refuses.
STORE_ADDRESS = re.compile(r"\b(s3|gs|wasbs?|abfss?|hdfs|r2|b2)://")


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
        except WireError as error:
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
        self._wait = wait
        self._waiters = ConcurrencyLimit(waiters, queue=0, seconds=0.0, refusal=Unreached)
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
        waits: bool = False,
    ) -> Answer:
        """MLflow's answer to one request; `workspace` None only where no project is touched.

        `resources` owns the slot and the connection, and must be closed once the answer was read
        or is not wanted any more. What only `reads` may be sent twice, as GET is anyway. What
        `waits` is sent when MLflow can be reached again; raises Unsent if that takes too long.
        """
        outgoing = {**(headers or {}), SECRET_HEADER: self._secret}
        if (hop := hops.current()) is not None:
            outgoing["X-Request-ID"] = hop.request_id
            outgoing[CLIENT_HEADER] = hop.address
        if workspace is not None:
            outgoing[WORKSPACE_HEADER] = workspace
        seconds = self._timeout if timeout is None else timeout
        if self._limit is not None:
            resources.enter_context(self._limit.hold(seconds))
        with hops.call("MLflow") as traceparent:
            outgoing["traceparent"] = traceparent
            again = (reads or method in IDEMPOTENT) and isinstance(body, bytes | None)
            asked = method, self._prefix + target, outgoing, body, seconds
            answer = self._exchange(resources, *asked, again=again, waits=waits)
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
    ) -> tuple[int, dict[str, Any]]:
        """(status, document) of a question of our own; raises BadUpstream unless it is JSON."""
        status, content = self.fetch(
            method,
            target,
            workspace=workspace,
            headers={"Content-Type": "application/json"} if body is not None else None,
            body=json.dumps(body).encode() if body is not None else None,
            timeout=timeout,
        )
        try:
            document = json.loads(content or b"{}")
        except ValueError:
            document = None
        if not isinstance(document, dict):
            raise BadUpstream("MLflow answered something that is not JSON. Try again in a moment.")
        return status, document

    @property
    def is_awaited(self) -> bool:
        """Whether calls wait just now for MLflow to come back."""
        return self._waiters.held > 0

    def within(self, limit: ConcurrencyLimit | None) -> Upstream:
        """The same MLflow and the same connections, with another limit on calls under way."""
        other = copy(self)
        other._limit = limit
        return other

    def close(self) -> None:
        """End all connections that rest."""
        while self._resting:
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
        waits: bool,
    ) -> Answer:
        patience = min(CONNECT_SECONDS, seconds)
        try:
            lease = resources.enter_context(self._connection(patience, waits=waits))
            try:
                return self._call(lease, method, target, headers, body, seconds)
            except Broken:
                # A kept-alive connection may close just when a request goes out on it. A read does
                # no harm when it is sent again; a write might be carried out twice.
                if lease.wire.calls == 1 or not again:
                    raise
            lease.wire.close()
            lease.wire = Wire(self._address, patience)
            return self._call(lease, method, target, headers, body, seconds)
        except WireError as error:
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
        except Broken:
            # MLflow may have refused a large body before it was all there: that answer counts.
            whole = False
            if body is None:
                raise
        head = wire.head()
        pieces = wire.body(method, head)
        # After a failure of its application uvicorn closes the connection without having said so.
        failed = head.status >= 500
        last = not whole or failed or "close" in head.get("connection").lower()
        return Answer(head.status, head.combined(), Body(lease, pieces, last=last))

    @contextmanager
    def _connection(self, seconds: float, *, waits: bool) -> Iterator[_Lease]:
        """A connection that rested, or a new one; afterwards it rests, or ends."""
        lease = _Lease(self._rested() or self._connect(seconds, waits=waits))
        rests = False
        try:
            yield lease
            rests = lease.reusable and lease.wire.rest()
        finally:
            if rests:
                self._resting.append(lease.wire)
            else:
                lease.wire.close()

    def _connect(self, seconds: float, *, waits: bool) -> Wire:
        """A new connection; raises Unreached, after having waited for MLflow if it may."""
        try:
            return Wire(self._address, seconds)
        except Unreached:
            if not waits:
                raise
        until = time.monotonic() + self._wait
        with self._waiters.hold():
            while (left := until - time.monotonic()) > 0:
                time.sleep(min(PROBE_SECONDS, left))
                with suppress(Unreached):
                    return Wire(self._address, seconds)
        raise Unreached

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


def _trouble(error: WireError) -> StudioError:
    match error:
        case Unreached():
            sentence = "MLflow cannot be reached. Try again in a moment."
            return Unsent(sentence, retry_after=AWAY_SECONDS)
        case Silent():
            return TooSlow("MLflow did not answer in time. Try again, or ask for less at once.")
    return BadUpstream("MLflow broke off its answer. Try again in a moment.")
