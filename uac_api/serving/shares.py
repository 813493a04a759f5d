"""What one address may have: a share of the threads, and of the connections when all are taken."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from threading import Lock

from telemetry.addresses import Network, TrustedProxies, address_key

from .connection import Connection, Phase

# Nothing of these is being answered by a thread.
SPARE = frozenset(Phase) - {Phase.SERVED, Phase.CLOSED}
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
