"""The identity provider: where its endpoints are, and which keys it signs with now."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any, Protocol
from urllib.parse import urlsplit

import structlog

from ..errors import Unavailable
from .documents import DocumentUnavailable
from .keys import Key, PublicKey, fitting, published

DISCOVERY = "/.well-known/openid-configuration"
# How long the keys count as fresh: for that long a key that was withdrawn still opens the proxy.
FRESH_SECONDS = 600.0
# How long an answer tells the sign-in form that the provider is there.
HEALTHY_SECONDS = 30.0
# For that long known keys stay in use while the provider does not answer.
KEPT_SECONDS = 24 * 3600.0
# Whoever invents key ids makes us ask the provider once in this time, not more.
AGAIN_SECONDS = 10.0
# How long a call waits for another one that asks the provider just now.
PATIENCE_SECONDS = 1.0

_log = structlog.get_logger("uac.oidc")


class Reader(Protocol):
    """Somebody who reads the provider's documents."""

    def read(self, address: str) -> dict[str, Any]:
        """The JSON object at an address; raises DocumentUnavailable."""


@dataclass(frozen=True, slots=True)
class Known:
    """What the provider said of itself, and when."""

    keys: Sequence[PublicKey]
    sign_out_address: str
    at: float


@dataclass(frozen=True, slots=True)
class Health:
    """Whether the provider answered when it was asked last."""

    ok: bool
    message: str
    sign_out_address: str


class Provider:
    """The provider's keys, kept for a while and fetched again when an unknown one is named."""

    def __init__(
        self, issuer: str, documents: Reader, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.issuer = issuer
        self._documents = documents
        self._clock = clock
        self._lock = Lock()
        self._known: Known | None = None
        self._asked_at: float | None = None
        self._trouble = ""

    def key(self, key_id: str | None, algorithm: str) -> Key | None:
        """The key of a signature, None if the provider has no such key.

        Raises Unavailable when the key is not known here and the provider does not answer.
        """
        if self._known is not None and not self._younger_than(FRESH_SECONDS):
            # Whoever comes while somebody asks already goes on with the keys we have.
            self._ask(patience=0)
        found = self._find(key_id, algorithm)
        if found is None:
            self._ask(patience=PATIENCE_SECONDS)
            found = self._find(key_id, algorithm)
        if found is None and (self._trouble or self._known is None):
            raise self.unavailable()
        return found

    def health(self) -> Health:
        """Whether the provider answers, asked at most once in some seconds."""
        if self._trouble or not self._younger_than(HEALTHY_SECONDS):
            self._ask(patience=PATIENCE_SECONDS)
        known = self._known
        ok = known is not None and not self._trouble
        message = "" if ok else self.unavailable().message
        return Health(ok, message, known.sign_out_address if known else "")

    def unavailable(self) -> Unavailable:
        """The answer to what needs the provider while it does not answer."""
        return Unavailable(
            f"The identity provider {self.issuer} does not answer. Try again in a moment, or sign "
            "in with a password or a token of ML Studio.",
            reason="identity_provider_unavailable",
        )

    def _find(self, key_id: str | None, algorithm: str) -> Key | None:
        if self._known is None or not self._younger_than(KEPT_SECONDS):
            return None
        return fitting(self._known.keys, key_id, algorithm)

    def _younger_than(self, seconds: float) -> bool:
        return self._known is not None and self._clock() - self._known.at < seconds

    def _ask(self, *, patience: float) -> None:
        if not self._lock.acquire(timeout=patience):
            return
        try:
            moment = self._clock()
            if self._asked_at is not None and moment - self._asked_at < AGAIN_SECONDS:
                return
            self._asked_at = moment
            # The old keys go as a whole: one that the provider withdrew is trusted no longer.
            self._known = self._fetched(moment)
            self._trouble = ""
        except DocumentUnavailable as error:
            self._trouble = str(error)
            _log.warning("identity_provider_unavailable", issuer=self.issuer, why=str(error))
        finally:
            self._lock.release()

    def _fetched(self, moment: float) -> Known:
        discovery = self._documents.read(self.issuer.rstrip("/") + DISCOVERY)
        if discovery.get("issuer") != self.issuer:
            raise DocumentUnavailable(
                f"its discovery document is of the issuer {discovery.get('issuer')!r}"
            )
        keys = published(self._documents.read(self._address(discovery, "jwks_uri")).get("keys"))
        if not keys:
            raise DocumentUnavailable("it publishes no key that can be used")
        ends = discovery.get("end_session_endpoint")
        address = self._address(discovery, "end_session_endpoint") if ends else ""
        return Known(keys, address, moment)

    def _address(self, discovery: dict[str, Any], name: str) -> str:
        """An address in the discovery document, which must be as secure as the issuer's."""
        address = discovery.get(name)
        scheme = urlsplit(self.issuer).scheme
        if not isinstance(address, str) or urlsplit(address).scheme not in (scheme, "https"):
            raise DocumentUnavailable(f"its discovery document has no good {name}")
        return address
