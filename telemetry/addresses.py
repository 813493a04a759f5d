"""Which client a request comes from, when proxies stand before the service.

Each proxy adds the address that it was called from at the right end of X-Forwarded-For. So the list
is read from there: the first address that is no trusted proxy's is the client's, and whatever
stands to the left of it was written by the client.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class TrustedProxies:
    """The networks whose X-Forwarded-For is believed."""

    def __init__(self, networks: Iterable[Network]) -> None:
        self._networks = tuple(networks)

    @classmethod
    def listed(cls, text: str) -> TrustedProxies:
        """Out of a list with commas. Raises ValueError for what is no address or network."""
        names = (name.strip() for name in text.split(","))
        return cls(ip_network(name) for name in names if name)

    def client(self, peer: str, forwarded: str = "") -> str:
        """The client's address, given that of the other end of the connection and the header."""
        if not forwarded:
            return peer
        nearest = address_in(peer)
        for hop in reversed(forwarded.split(",")):
            if nearest is None or not self._trusts(nearest):
                break
            further = address_in(hop)
            if further is None:
                break
            nearest = further
        return peer if nearest is None else str(nearest)

    def trusts(self, peer: str) -> bool:
        """Whether an address is one of those."""
        found = address_in(peer)
        return found is not None and self._trusts(found)

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def address_in(text: str) -> Address | None:
    """The address in one part of the header, which may carry a port."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def address_key(address: str) -> str:
    """How an address is counted: an IPv6 one by its network, as one line has 2**64 of them."""
    try:
        found = ip_address(address)
    except ValueError:
        return "unknown"
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return str(found.ipv4_mapped)
        return str(IPv6Network((int(found), 64), strict=False))
    return str(found)
