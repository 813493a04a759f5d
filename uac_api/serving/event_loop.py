"""The thread that has all connections of which no request is being answered.

A connection costs a thread only from the moment at which its request is here: the whole head, and
the whole body if that is small. What comes is put together here, without waiting; so is what goes
out slowly, and the end of a connection whose client still sends. So a client that is slow, or an
attacker who is so on purpose, holds some kilobytes and a descriptor, and each phase has its end.
"""

from __future__ import annotations

import errno
import os
import selectors
import socket
import struct
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

import structlog

from .. import errors, metrics
from .connection import PIECE, Connection, Phase
from .framing import MOST_HEAD, Arrival
from .request import address_too_long, headers_too_large, no_request
from .shares import LargeBodyPace, ThreadShares

TICK_SECONDS = 1.0
# How long an idle connection stays while the process ends.
LINGER_SECONDS = 1.0
# How long a request waits for its turn when its address has all its share of the threads.
TURN_SECONDS = 5.0
# How much of what nobody reads is taken in, so that the answer before it reaches its client.
DRAIN_SECONDS = 5.0
DRAIN_BYTES = 256 * 1024 * 1024
# What all connections of a process may hold of requests and answers.
MOST_MEMORY = 64 * 1024 * 1024
# Of the connections of the address that has most, when there is no room: one in so many goes.
PART = 8
OUT_OF_ROOM = (errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM)
INVITATION = b"HTTP/1.1 100 Continue\r\n\r\n"
# Drop what has not been sent when closing: otherwise the kernel holds it for who does not read.
RESET = struct.pack("ii", 1, 0)
ADDRESSES_TOLD = 3

_log = structlog.get_logger("uac.serving")


@dataclass(frozen=True, slots=True)
class Limits:
    """How many connections a process has, how long each may take, and the least speed of a client.

    `line` is the longest request line in bytes; `speed` is in bytes a second.
    """

    connections: int
    idle_seconds: float
    head_seconds: float
    body_seconds: float
    speed: float
    line: int


class EventLoop:
    """All connections of a process but those in threads; `submit` hands one to a thread.

    Everything here runs in one thread, except `give_back`, which the others call.
    """

    def __init__(
        self,
        listeners: Sequence[Any],
        limits: Limits,
        shares: ThreadShares,
        submit: Callable[[Connection], None],
    ) -> None:
        self._listeners = listeners
        self._limits = limits
        self._shares = shares
        self._submit = submit
        self._selector = selectors.DefaultSelector()
        self._connections: set[Connection] = set()
        self._waiting: dict[str, deque[Connection]] = {}
        self._pace = LargeBodyPace(shares)
        self._paced: dict[str, deque[Connection]] = {}
        self._returned: SimpleQueue[Connection] = SimpleQueue()
        self._refused: Counter[tuple[str, str]] = Counter()
        self._accepts = False
        self._ending = False
        self._next_look = 0.0
        self._bell_out, self._bell_in = os.pipe()
        for end in (self._bell_out, self._bell_in):
            os.set_blocking(end, False)
        self._selector.register(self._bell_out, selectors.EVENT_READ, self._take_back)

    @property
    def is_empty(self) -> bool:
        """Whether no connection is left."""
        return not self._connections

    @property
    def has_waiting(self) -> bool:
        """Whether requests wait for the turn of their address; threads may ask, too."""
        return bool(self._waiting)

    def watch(self, pipe: int) -> None:
        """Wake up when bytes come on a pipe, as they do on gunicorn's with a signal."""

        def empty(_: object) -> None:
            with suppress(BlockingIOError):
                os.read(pipe, 4096)

        self._selector.register(pipe, selectors.EVENT_READ, empty)

    def accept(self, *, wanted: bool) -> None:
        """Accept new connections from now on, or none."""
        if wanted == self._accepts:
            return
        self._accepts = wanted
        for listener in self._listeners:
            if wanted:
                listener.setblocking(False)
                self._selector.register(listener, selectors.EVENT_READ, self._accept)
            else:
                self._selector.unregister(listener)

    def end(self) -> None:
        """Accept nothing more, and let go what is idle in a second."""
        self.accept(wanted=False)
        # Who comes now is refused at once, and may go to another replica.
        for listener in self._listeners:
            listener.close()
        self._ending = True
        soon = time.monotonic() + LINGER_SECONDS
        for connection in self._connections:
            if connection.phase is Phase.IDLE:
                connection.deadline = min(connection.deadline, soon)

    def close(self) -> None:
        """Close what is left, but for what threads still have."""
        for connection in list(self._connections):
            if connection.phase is not Phase.SERVED:
                self._close(connection)
        self._selector.close()

    def step(self, seconds: float) -> None:
        """Wait for something to happen, so long at most, and do what is to be done."""
        for key, _ in self._selector.select(min(seconds, TICK_SECONDS)):
            if isinstance(key.data, Connection):
                self._on_event(key.data)
            else:
                key.data(key.fileobj)
        now = time.monotonic()
        if now >= self._next_look:
            self._next_look = now + TICK_SECONDS
            self._look_at_clock(now)

    def give_back(self, connection: Connection) -> None:
        """Take a connection back from the thread that calls this."""
        self._returned.put(connection)
        # A pipe that is full wakes the loop as well.
        with suppress(BlockingIOError):
            os.write(self._bell_in, b"\0")

    # --- new connections ---

    def _accept(self, listener: Any) -> None:
        if len(self._connections) >= self._limits.connections and not self._make_room():
            return
        try:
            sock, client = listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as error:
            if error.errno not in OUT_OF_ROOM:
                raise
            self._make_room()
            return
        limits = self._limits
        try:
            connection = Connection(
                sock,
                client,
                listener.getsockname(),
                seconds=limits.body_seconds,
                speed=limits.speed,
            )
        except OSError:
            sock.close()
            return
        self._connections.add(connection)
        connection.enter(Phase.IDLE, limits.idle_seconds)
        self._await(connection, selectors.EVENT_READ)

    def _make_room(self) -> bool:
        """Close some connections of the address that has most; if threads have all, accept none."""
        victims = self._shares.spare(self._connections, lambda _: 1)
        for victim in victims[: max(1, len(victims) // PART)]:
            self._give_up(victim, "no_room")
        if not victims:
            self.accept(wanted=False)
        return bool(victims)

    def _accept_again(self) -> None:
        """Accept connections again, once there is room or could be made."""
        if self._accepts or self._ending:
            return
        full = len(self._connections) >= self._limits.connections
        if not full or any(one.phase is not Phase.SERVED for one in self._connections):
            self.accept(wanted=True)

    # --- what comes ---

    def _on_event(self, connection: Connection) -> None:
        match connection.phase:
            case Phase.IDLE | Phase.HEAD | Phase.BODY:
                self._on_input(connection)
            case Phase.SENDING:
                self._on_room(connection)
            case Phase.LINGERING:
                self._on_rest(connection)

    def _on_input(self, connection: Connection) -> None:
        try:
            count = connection.take()
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self._close(connection)
            return
        if count:
            self._look(connection)
        elif connection.phase is Phase.BODY:
            self._refuse(connection, errors.IncompleteBody())
        elif connection.phase is Phase.HEAD:
            self._refuse(connection, no_request())
        else:
            self._close(connection)

    def _look(self, connection: Connection) -> None:
        """See whether the request is here, and what to wait for if not."""
        received, line = connection.received, self._limits.line
        match connection.framing.look(received):
            case Arrival.WHOLE | Arrival.LARGE:
                self._dispatch(connection)
                return
            case Arrival.BODY_COMES:
                if connection.phase is not Phase.BODY:
                    connection.enter(Phase.BODY, self._limits.body_seconds)
                    self._invite(connection)
            case Arrival.HEAD_COMES:
                if connection.phase is not Phase.HEAD:
                    connection.enter(Phase.HEAD, self._limits.head_seconds)
                if len(received) > line + 2 and received.find(b"\r\n", 0, line + 2) < 0:
                    self._refuse(connection, address_too_long(), "address_too_long")
                    return
                if len(received) > MOST_HEAD:
                    self._refuse(connection, headers_too_large(), "headers_too_large")
                    return
        self._await(connection, selectors.EVENT_READ)

    def _invite(self, connection: Connection) -> None:
        if connection.framing.expects_continue:
            connection.output.add(INVITATION)
            # A client that cannot even take this is found out by its deadline.
            with suppress(OSError):
                connection.output.push()

    def _dispatch(self, connection: Connection) -> None:
        """Hand a request to a thread, or let it wait for the turn of its address."""
        self._await(connection, 0)
        may_begin = self._pace.begin(connection)
        if may_begin and self._shares.take(connection):
            connection.enter(Phase.SERVED, 0)
            self._submit(connection)
            return
        if connection.phase is not Phase.TURN:
            connection.enter(Phase.TURN, TURN_SECONDS)
        queues = self._waiting if may_begin else self._paced
        queues.setdefault(self._shares.whose(connection), deque()).append(connection)

    # --- what goes out ---

    def _take_back(self, bell: int) -> None:
        with suppress(BlockingIOError):
            os.read(bell, 4096)
        while True:
            try:
                connection = self._returned.get_nowait()
            except Empty:
                break
            address = connection.sharer
            freed = self._pace.end(connection)
            self._shares.give_back(connection)
            self._go_on(connection)
            if address in self._waiting:
                self._take_turn(self._waiting, address)
            if freed in self._paced:
                self._take_turn(self._paced, freed)
        self._accept_again()

    def _begin_paced(self) -> None:
        """Hand on those whose address had begun as many large bodies in a second as it may."""
        self._pace.restart()
        paced, self._paced = self._paced, {}
        for address in list(paced):
            while address in paced:
                self._take_turn(paced, address)

    def _take_turn(self, queues: dict[str, deque[Connection]], address: str) -> None:
        """Hand the next request of an address to a thread, of those that wait for it."""
        waiting = queues[address]
        while waiting:
            connection = waiting.popleft()
            # It may have been given up meanwhile.
            if connection.phase is Phase.TURN:
                self._dispatch(connection)
                break
        if not waiting:
            del queues[address]

    def _go_on(self, connection: Connection) -> None:
        """Send what is left of an answer; then wait for the next request, or end."""
        if connection.gone:
            self._reset(connection)
        elif connection.output.held:
            connection.enter(Phase.SENDING, connection.pace.left)
            self._await(connection, selectors.EVENT_WRITE)
        elif connection.unread:
            self._linger(connection)
        elif connection.closing:
            self._close(connection)
        else:
            idle = LINGER_SECONDS if self._ending else self._limits.idle_seconds
            connection.enter(Phase.IDLE, idle)
            if connection.received:
                self._look(connection)
            else:
                self._await(connection, selectors.EVENT_READ)

    def _on_room(self, connection: Connection) -> None:
        try:
            sent = connection.output.push()
        except OSError:
            self._close(connection)
            return
        connection.pace.count(time.monotonic() - connection.since, sent)
        self._go_on(connection)

    def _refuse(self, connection: Connection, error: errors.StudioError, why: str = "") -> None:
        """Answer what never became a request, and end the connection."""
        if why:
            self._count(connection, why)
        connection.refuse(error, uuid.uuid4().hex)
        try:
            connection.output.push()
        except OSError:
            connection.gone = True
        self._go_on(connection)

    # --- the end ---

    def _linger(self, connection: Connection) -> None:
        """Take in what is still being sent: closing now would reset, and the answer be lost."""
        try:
            connection.sock.shutdown(socket.SHUT_WR)
        except OSError:
            self._close(connection)
            return
        connection.received = bytearray()
        connection.enter(Phase.LINGERING, DRAIN_SECONDS)
        self._await(connection, selectors.EVENT_READ)

    def _on_rest(self, connection: Connection) -> None:
        try:
            count = len(connection.sock.recv(PIECE, socket.MSG_DONTWAIT))
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            count = 0
        connection.drained += count
        if not count or connection.drained > DRAIN_BYTES:
            self._close(connection)

    def _close(self, connection: Connection) -> None:
        self._await(connection, 0)
        connection.phase = Phase.CLOSED
        self._connections.discard(connection)
        connection.sock.close()

    def _reset(self, connection: Connection) -> None:
        with suppress(OSError):
            connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self._close(connection)

    def _give_up(self, connection: Connection, why: str) -> None:
        self._count(connection, why)
        self._reset(connection)

    def _await(self, connection: Connection, events: int) -> None:
        """Have the selector look for these events of a connection; 0 for none."""
        if events == connection.watched:
            return
        if not connection.watched:
            self._selector.register(connection.sock, events, connection)
        elif events:
            self._selector.modify(connection.sock, events, connection)
        else:
            self._selector.unregister(connection.sock)
        connection.watched = events

    # --- the clock ---

    def _look_at_clock(self, now: float) -> None:
        self._begin_paced()
        memory = 0
        for connection in list(self._connections):
            if connection.phase is Phase.SERVED:
                continue
            if connection.deadline <= now:
                self._expire(connection)
            memory += connection.memory
        while memory > MOST_MEMORY:
            victims = self._shares.spare(self._connections, lambda one: one.memory)
            if not victims:
                break
            for victim in victims:
                memory -= victim.memory
                self._give_up(victim, "no_memory")
                if memory <= MOST_MEMORY:
                    break
        self._accept_again()
        self._tell()

    def _expire(self, connection: Connection) -> None:
        match connection.phase:
            case Phase.HEAD:
                self._refuse(connection, errors.TooSlowToSend(), "slow_head")
            case Phase.BODY:
                self._refuse(connection, errors.TooSlowToSend(), "slow_body")
            case Phase.TURN:
                self._refuse(connection, _too_many(), "no_turn")
            case Phase.SENDING:
                self._give_up(connection, "slow_reader")
            case _:
                self._close(connection)

    def _count(self, connection: Connection, why: str) -> None:
        metrics.REFUSED_CONNECTIONS.labels(why).inc()
        self._refused[connection.address, why] += 1

    def _tell(self) -> None:
        """One line a second at most: whose connections were refused, so that they can be found."""
        if not self._refused:
            return
        refused, self._refused = self._refused, Counter()
        for (address, why), count in refused.most_common(ADDRESSES_TOLD):
            _log.warning("connections_refused", address=address, reason=why, connections=count)


def _too_many() -> errors.StudioError:
    return errors.TooMany(
        "Too many requests from your address are under way. Wait for some to end.",
        reason="too_many_of_address",
    )
