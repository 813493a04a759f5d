"""Principals of the identity provider's access tokens, and the groups that their claims name."""

from __future__ import annotations

from collections import OrderedDict
from contextlib import suppress
from time import monotonic

from sqlalchemy.orm import Session

from .access.audit import events
from .access.credentials import authenticate
from .access.credentials.origins import Origin
from .access.database import Database
from .access.decisions.principals import Principal
from .access.errors import WrongCredentials
from .access.people import claim_rules, users
from .oidc import Claims, SingleSignOn

# How often the claims of one access token are looked at for groups, and of how many tokens.
CLAIMS_SECONDS = 3600.0
CLAIMS_KEPT = 10_000


class Provided:
    """Recognises who sends an access token of the identity provider."""

    def __init__(self, database: Database, single_sign_on: SingleSignOn) -> None:
        self._database = database
        self._single_sign_on = single_sign_on
        self._claims_seen: OrderedDict[str, float] = OrderedDict()

    def principal(self, credential: str, origin: Origin) -> Principal:
        """The principal of an access token; raises WrongCredentials or Unavailable."""
        claims = self._single_sign_on.tokens.access(credential)
        found = self._linked(claims)
        if self._claims_are_news(claims.digest):
            if self._put_into_groups(found.username, claims, origin):
                found = self._linked(claims)
            self._claims_seen[claims.digest] = monotonic()
        return found

    def _linked(self, claims: Claims) -> Principal:
        known = claims.issuer, claims.subject
        principal = authenticate.by_identity(self._database, *known, claims.digest[:16])
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
                told = events.Entry(
                    operation="groups.claims",
                    outcome=events.ALLOWED,
                    user=username,
                    target=f"{username}: {moved}",
                    address=origin.address,
                )
                events.write(session, [told])
            return bool(moved.into or moved.out_of)

        return self._database.write(work)
