"""The identity provider's tokens: which signatures count, for whom, when, and for what.

An *identity token* says who has just signed in and is exchanged for a session, once. An *access
token* is what scripts send as bearer. One is never taken for the other: see `_is_access`.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from typing import Any

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jws import extract_compact

from ..access.errors import WrongCredentials
from .claims import SUBJECT_MAX, Claims, moment
from .provider import Provider

SKEW_SECONDS = 60.0
# An identity token is exchanged right after the sign-in; an older one has been lying about.
IDENTITY_SECONDS = 600.0
LONGEST = 16 * 1024
ACCESS_TYPES = ("at+jwt", "application/at+jwt")


def looks_like_one(credential: str) -> bool:
    """Whether a bearer credential is a signed token: three parts with dots between them."""
    return credential.count(".") == 2


class Tokens:
    """Reads tokens that were made for us. Raises WrongCredentials or Unavailable.

    Of a token that the provider did not sign nothing is told; of one that it did, what is wrong.
    """

    def __init__(
        self,
        provider: Provider,
        *,
        client_id: str,
        audience: str,
        algorithms: frozenset[str],
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._provider = provider
        self._client_id = client_id
        self._audience = audience
        self._algorithms = algorithms
        self._clock = clock

    def identity(self, text: str, nonce: str | None = None) -> Claims:
        """What an identity token says; with `nonce` only the one of that sign-in."""
        kind, values = self._signed(text)
        if _is_access(kind, values) or kind != "jwt" or "events" in values:
            raise _wrong("This is no identity token.", "token_kind")
        self._check(values, self._client_id)
        issued = moment(values, "iat")
        if issued is None or issued < self._clock() - IDENTITY_SECONDS:
            raise _wrong("The identity token is too old. Sign in again.", "token_expired")
        if nonce is not None and values.get("nonce") != nonce:
            raise _wrong("The identity token is of another sign-in.", "token_nonce")
        several = isinstance(values["aud"], list) and len(values["aud"]) > 1
        if (several or "azp" in values) and values.get("azp") != self._client_id:
            raise _wrong("The token was made for another client.", "token_audience")
        return self._claims(text, values)

    def access(self, text: str) -> Claims:
        """What an access token says."""
        kind, values = self._signed(text)
        # An identity token names the client as its audience: under an audience of their own access
        # tokens need no further mark. The scopes that it gives are a mark too (Entra, Okta).
        marked = _is_access(kind, values) or "scope" in values or "scp" in values
        marked = marked or self._audience != self._client_id
        if _is_identity(kind, values) or not marked:
            raise _wrong(
                "This is no access token. Send the access token of the identity provider, not the "
                "identity token; see docs/how-to/single-sign-on.md.",
                "token_kind",
            )
        self._check(values, self._audience)
        return self._claims(text, values)

    def _signed(self, text: str) -> tuple[str, Mapping[str, Any]]:
        """(kind, claims) of a token with a right signature of the provider."""
        if len(text) > LONGEST or not text.isascii() or not looks_like_one(text):
            raise WrongCredentials
        try:
            header = extract_compact(text.encode()).headers()
            algorithm, key_id = header.get("alg"), header.get("kid")
            if algorithm not in self._algorithms or not isinstance(key_id, str | None):
                raise WrongCredentials
            key = self._provider.key(key_id, algorithm)
            if key is None:
                raise WrongCredentials
            values = jwt.decode(text, key, algorithms=[algorithm]).claims
        except (JoseError, ValueError, TypeError, RecursionError):
            raise WrongCredentials from None
        return str(header.get("typ", "JWT")).lower(), values

    def _check(self, values: Mapping[str, Any], audience: str) -> None:
        """Raise WrongCredentials unless the token is ours, for us, for somebody, and for now."""
        if values.get("iss") != self._provider.issuer:
            raise WrongCredentials
        named = values.get("aud")
        if audience not in (named if isinstance(named, list) else [named]):
            raise _wrong(f"The token was not made for the audience '{audience}'.", "token_audience")
        subject = values.get("sub")
        if not isinstance(subject, str) or not 0 < len(subject) <= SUBJECT_MAX or "\0" in subject:
            raise _wrong("The token does not say whose it is.", "token_subject")
        present, ends = self._clock(), moment(values, "exp")
        if ends is None or ends <= present - SKEW_SECONDS:
            raise _wrong("The token has expired. Get a new one.", "token_expired")
        for name in ("nbf", "iat"):
            begins = moment(values, name)
            if name in values and (begins is None or begins > present + SKEW_SECONDS):
                raise _wrong("The token is not valid yet. Check the clocks.", "token_early")

    def _claims(self, text: str, values: Mapping[str, Any]) -> Claims:
        digest = hashlib.sha256(text.rpartition(".")[0].encode()).hexdigest()
        ends = float(values["exp"]) + SKEW_SECONDS
        return Claims(self._provider.issuer, values["sub"], values, ends, digest)


def _is_access(kind: str, values: Mapping[str, Any]) -> bool:
    """Whether a token says that it is an access token.

    In its header (RFC 9068), by `token_use` (Cognito) or by `typ` (Keycloak).
    """
    return (
        kind in ACCESS_TYPES
        or values.get("token_use") == "access"
        or _type(values) in ("bearer", "at+jwt")
    )


def _is_identity(kind: str, values: Mapping[str, Any]) -> bool:
    """Whether a token says that it is an identity token, or some other thing than for access."""
    return (
        kind not in ("jwt", *ACCESS_TYPES)
        or values.get("token_use", "access") != "access"
        or _type(values) not in ("", "bearer", "jwt", "at+jwt")
        or any(name in values for name in ("nonce", "at_hash", "c_hash", "events"))
    )


def _type(values: Mapping[str, Any]) -> str:
    return str(values.get("typ", "")).lower()


def _wrong(message: str, reason: str) -> WrongCredentials:
    return WrongCredentials(message, reason=reason)
