"""What one address may have: a share of the threads, and of the connections when all are taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from threading import Lock

from telemetry.addresses import Network, TrustedProxies, address_key

from .connection import Connection, Phase
from .framing import Arrival

# Nothing of these is being answered by a thread.
SPARE = frozenset(Phase) - {Phase.SERVED, Phase.CLOSED}
# How many large bodies of one address may begin in a second, in one process, without being read.
UNREAD_EACH_SECOND = 20
REMEMBERED = 4096
LONGEST = 200


class ThreadShares:
    """At most `most` requests of one address are in threads at once; the others wait their turn.

    A trusted proxy's address is many people's: what comes through one counts for the address that
    it names.
    """

    def __init__(self, most: int, trusted: Iterable[Network]) -> None:
        self._most = most
        self._proxies = TrustedProxies(trusted)
        self._held: Counter[str] = Counter()
        self._lock = Lock()
        # The same few clients come again and again.
        self._known = lru_cache(REMEMBERED)(self._look_up)

    def whose(self, connection: Connection) -> str:
        """The address for which the request of a connection counts; empty if for none."""
        peer, forwarded = connection.address, connection.framing.forwarded
        if not forwarded or not self.is_proxy(peer):
            return self._known(peer, "")
        # What a client writes there is not kept at any length.
        look_up = self._known if len(forwarded) <= LONGEST else self._look_up
        return look_up(peer, forwarded)

    def take(self, connection: Connection) -> bool:
        """Count a request for its address, unless that has its share already."""
        sharer = self.whose(connection)
        if not sharer:
            return True
        with self._lock:
            if self._held[sharer] >= self._most:
                return False
            self._held[sharer] += 1
        connection.sharer = sharer
        return True

    def give_back(self, connection: Connection) -> None:
        """Its request is answered."""
        sharer, connection.sharer = connection.sharer, ""
        if not sharer:
            return
        with self._lock:
            self._held[sharer] -= 1
            if not self._held[sharer]:
                del self._held[sharer]

    def is_proxy(self, address: str) -> bool:
        """Whether an address is a trusted proxy's, or none: a socket of this machine."""
        return not self._known(address, "")

    def spare(
        self, connections: Iterable[Connection], size: Callable[[Connection], int]
    ) -> list[Connection]:
        """Those that may be closed of the address whose sizes make up most, the oldest first.

        A trusted proxy's are among them only where nobody else has any.
        """
        found = [one for one in connections if one.phase in SPARE and size(one)]
        found = [one for one in found if not self.is_proxy(one.address)] or found
        if not found:
            return []
        sizes: Counter[str] = Counter()
        for one in found:
            sizes[address_key(one.address)] += size(one)
        [(greediest, _)] = sizes.most_common(1)
        theirs = [one for one in found if address_key(one.address) == greediest]
        return sorted(theirs, key=lambda one: one.since)

    def _look_up(self, peer: str, forwarded: str) -> str:
        address = self._proxies.client(peer, forwarded)
        return "" if not address or self._proxies.trusts(address) else address_key(address)


class LargeBodyPace:
    """Large bodies of one address begin at a pace, unless they are read: then they are free.

    A refusal (401, 429) leaves a body unread. It costs its sender nothing and the interpreter a
    millisecond, so 140 connections that come again at once took it from everybody (measured:
    docs/explanation/decisions.md). A body that was read gives its place back.

    For the event loop's thread alone.
    """

    def __init__(self, shares: ThreadShares, most: int = UNREAD_EACH_SECOND) -> None:
        self._shares = shares
        self._most = most
        self._begun: Counter[str] = Counter()
        self._second = 0

    def begin(self, connection: Connection) -> bool:
        """Let the request of a connection begin, unless its address must wait for a place."""
        if connection.paced or connection.framing.arrival is not Arrival.LARGE:
            return True
        sharer = self._shares.whose(connection)
        if not sharer:
            return True
        if self._begun[sharer] >= self._most:
            return False
        self._begun[sharer] += 1
        connection.paced = sharer, self._second
        return True

    def end(self, connection: Connection) -> str:
        """Its request is answered: the address of which another may begin now, or an empty text."""
        paced, connection.paced = connection.paced, None
        # Who has left before the answer has not had the body read either.
        if paced is None or connection.unread or connection.gone:
            return ""
        sharer, second = paced
        if second != self._second:
            return ""
        self._begun[sharer] -= 1
        return sharer

    def restart(self) -> None:
        """A second is over."""
        self._second += 1
        self._begun.clear()
