"""Where a request comes from, read from its WSGI environment."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Any

from .access.origins import Origin

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Origins:
    """Tells origins, believing X-Forwarded-For as far as trusted proxies wrote it.

    Each proxy adds the address that it was called from at the right end. So the list is read from
    there: the first address that is no trusted proxy's is the caller's, and whatever stands to the
    left of it was written by the caller.
    """

    def __init__(self, trusted: Iterable[Network]) -> None:
        self._trusted = tuple(trusted)

    def of(self, environ: dict[str, Any]) -> Origin:
        """The caller's address and what it calls itself."""
        address = str(environ.get("REMOTE_ADDR") or "")
        if forwarded := environ.get("HTTP_X_FORWARDED_FOR"):
            address = self._behind(address, str(forwarded))
        return Origin(address, str(environ.get("HTTP_USER_AGENT", "")))

    def _behind(self, peer: str, forwarded: str) -> str:
        nearest = _address(peer)
        for hop in reversed(forwarded.split(",")):
            if nearest is None or not self._trusts(nearest):
                break
            further = _address(hop)
            if further is None:
                break
            nearest = further
        return peer if nearest is None else str(nearest)

    def _trusts(self, address: Address) -> bool:
        return any(address in network for network in self._trusted)


def _address(text: str) -> Address | None:
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
