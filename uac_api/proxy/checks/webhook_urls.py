"""Addresses that MLflow calls on a project's behalf: on the public internet, over https.

MLflow looks at them again, when it keeps one and on the open connection when it calls. Here the
refusal comes first, and it is the same for an address of our own network and for none at all, so
that nobody learns our names and numbers from it.
"""

from __future__ import annotations

import ipaddress
import re
import socket
from threading import BoundedSemaphore, Thread
from urllib.parse import urlsplit

from ...errors import BadRequest, TooMany

RESOLVE_SECONDS = 3.0
# A resolver that hangs keeps its thread, whoever still waits for it: so many at once.
RESOLVING_AT_ONCE = 4
_resolving = BoundedSemaphore(RESOLVING_AT_ONCE)
# RFC 6052: what a network without IPv4 puts before an IPv4 address.
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
PLAIN = re.compile(r"[!-\[\]-~]+")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(url: str) -> bool:
    """Whether the address is https and its host resolves to public ones only.

    Raises TooMany, whatever the address is, while as many others are being resolved as may be.
    """
    host = _host(url)
    addresses = _resolve(host) if host else []
    return bool(addresses) and all(_is_public(one) for one in addresses)


def require_public(url: str) -> None:
    """Raise BadRequest unless the address `is_public`, which raises TooMany."""
    if not is_public(url):
        raise BadRequest(
            "A webhook calls an address of the public internet: https://<host>/..., without a "
            "user name in it, whose host resolves to public addresses only. Name such a one.",
            reason="webhook_target",
        )


def _host(url: str) -> str:
    if not PLAIN.fullmatch(url):
        return ""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return ""
    if parts.scheme != "https" or "@" in parts.netloc:
        return ""
    return parts.hostname or ""


def _resolve(host: str) -> list[Address]:
    found: list[Address] = []
    resolving = _resolving

    def ask() -> None:
        try:
            answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
            found.extend(ipaddress.ip_address(str(answer[4][0])) for answer in answers)
        except (OSError, ValueError):
            found.clear()
        finally:
            resolving.release()

    if not resolving.acquire(blocking=False):
        raise TooMany("Too many addresses are being looked up just now. Try again in a moment.")
    # The system's resolver knows no time limit of its own; a request must not wait for it longer.
    thread = Thread(target=ask, name="resolve", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # the system has no thread left
        resolving.release()
        raise
    thread.join(RESOLVE_SECONDS)
    return [] if thread.is_alive() else found


def _is_public(address: Address) -> bool:
    inner = _embedded(address)
    return inner.is_global and not inner.is_multicast


def _embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 one of a transition leads to."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address
