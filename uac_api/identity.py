"""Who a request speaks as: bearer token or session, basic with password or token, a cookie."""

from __future__ import annotations

import base64
import binascii
from collections import OrderedDict
from contextlib import suppress
from time import monotonic

from sqlalchemy.orm import Session

from .access import audit, claim_rules, principals, sessions, tokens, users
from .access.database import Database
from .access.errors import WrongCredentials
from .access.origins import Origin
from .access.principals import Principal
from .access.secrets import PasswordCheck, nobody, split
from .access.trail import Trail
from .oidc import Claims, SingleSignOn
from .oidc.tokens import looks_like_one

# How often the claims of one access token are looked at for groups, and of how many tokens.
CLAIMS_SECONDS = 3600.0
CLAIMS_KEPT = 10_000


class Identity:
    """Recognises principals; the first scheme that fits decides.

    Every failure is the same WrongCredentials, and takes the same time for a wrong password as
    for an unknown or disabled person.
    """

    def __init__(
        self, database: Database, trail: Trail, single_sign_on: SingleSignOn | None = None
    ) -> None:
        self._database = database
        self._trail = trail
        self._single_sign_on = single_sign_on
        self._claims_seen: OrderedDict[str, float] = OrderedDict()
        self._password_is_right = PasswordCheck()

    def identify(self, authorization: str | None, origin: Origin) -> Principal:
        """The principal of an Authorization header; raises WrongCredentials."""
        scheme, _, credential = (authorization or "").partition(" ")
        credential = credential.strip()
        match scheme.lower():
            case "bearer":
                return self._bearer(credential, origin)
            case "basic":
                username, password = _decoded(credential)
                if split(password, tokens.KIND):
                    return self._token_of(username, password, origin)
                return self.by_password(username, password, origin)
        raise WrongCredentials

    def by_session(self, text: str, origin: Origin) -> Principal:  # noqa: ARG002
        """The principal of a browser's session; raises WrongCredentials."""
        if parts := split(text, sessions.KIND):
            session_id, secret = parts
            principal = principals.by_session(self._database, session_id, secret)
            if principal is not None:
                return principal
        raise WrongCredentials

    def by_password(self, username: str, password: str, origin: Origin) -> Principal:  # noqa: ARG002
        """The principal of a name and a password; raises WrongCredentials."""
        name = username.strip().lower()
        found = principals.by_username(self._database, name)
        principal, kept = found or (None, nobody())
        right = self._password_is_right(password, kept)
        if principal is None or not right:
            raise WrongCredentials
        return principal

    def _bearer(self, credential: str, origin: Origin) -> Principal:
        if parts := split(credential, tokens.KIND):
            return self._token(*parts, origin)
        if self._single_sign_on is not None and looks_like_one(credential):
            return self._provided(self._single_sign_on.tokens.access(credential), origin)
        return self.by_session(credential, origin)

    def _provided(self, claims: Claims, origin: Origin) -> Principal:
        """The principal of an access token of the identity provider."""
        found = self._linked(claims)
        if self._claims_are_news(claims.digest):
            if self._put_into_groups(found.username, claims, origin):
                found = self._linked(claims)
            self._claims_seen[claims.digest] = monotonic()
        return found

    def _linked(self, claims: Claims) -> Principal:
        known = claims.issuer, claims.subject
        principal = principals.by_identity(self._database, *known, claims.digest[:16])
        if principal is None:
            raise WrongCredentials(
                "No account here is linked to this token's subject, or it is disabled. Sign in to "
                "ML Studio once by the identity provider, or ask an administrator.",
                reason="unknown_identity",
            )
        return principal

    def _claims_are_news(self, digest: str) -> bool:
        seen = self._claims_seen.pop(digest, None)
        if seen is not None and monotonic() - seen < CLAIMS_SECONDS:
            self._claims_seen[digest] = seen
            return False
        while len(self._claims_seen) >= CLAIMS_KEPT:
            with suppress(KeyError):
                self._claims_seen.popitem(last=False)
        return True

    def _put_into_groups(self, username: str, claims: Claims, origin: Origin) -> bool:
        def work(session: Session) -> bool:
            moved = claim_rules.apply(session, users.get(session, username), claims, partly=True)
            if moved.into or moved.out_of:
                told = audit.Entry(
                    operation="groups.claims",
                    outcome=audit.ALLOWED,
                    user=username,
                    target=f"{username}: {moved}",
                    address=origin.address,
                )
                audit.write(session, [told])
            return bool(moved.into or moved.out_of)

        return self._database.write(work)

    def _token(self, token_id: str, secret: str, origin: Origin) -> Principal:  # noqa: ARG002
        principal = principals.by_token(self._database, token_id, secret)
        if principal is None:
            raise WrongCredentials
        self._trail.token_used(token_id)
        return principal

    def _token_of(self, username: str, text: str, origin: Origin) -> Principal:
        principal = self._bearer(text, origin)
        # A token names its person already; another name beside it is a mix-up worth refusing.
        if username.strip().lower() not in ("", principal.username):
            raise WrongCredentials
        return principal


def _decoded(credential: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(credential, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise WrongCredentials from None
    username, colon, password = text.partition(":")
    if not colon or "\0" in text:
        raise WrongCredentials
    return username, password
