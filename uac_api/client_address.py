"""Where a request comes from, read from its WSGI environment."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from telemetry.addresses import Network, TrustedProxies

from .access.credentials.origins import Origin


class ClientAddresses:
    """Tells origins, believing X-Forwarded-For as far as trusted proxies wrote it."""

    def __init__(self, trusted: Iterable[Network]) -> None:
        self._trusted = TrustedProxies(trusted)

    def of(self, environ: dict[str, Any]) -> Origin:
        """The caller's address and what it calls itself."""
        peer = str(environ.get("REMOTE_ADDR") or "")
        forwarded = str(environ.get("HTTP_X_FORWARDED_FOR") or "")
        address = self._trusted.client(peer, forwarded)
        return Origin(address, str(environ.get("HTTP_USER_AGENT", "")))
