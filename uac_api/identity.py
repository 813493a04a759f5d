"""Who a request speaks as: bearer token or session, basic with password or token, a cookie."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from datetime import timedelta
from functools import partial

from sqlalchemy.orm import Session

from .access.audit.recorder import AuditRecorder
from .access.credentials import authenticate, sessions, tokens
from .access.credentials.origins import Origin
from .access.credentials.secrets import PasswordCheck, hash_password, is_outdated, nobody, split
from .access.credentials.throttle import Throttle
from .access.database import Database
from .access.decisions.principals import Principal
from .access.errors import WrongCredentials
from .access.models import now
from .access.people import users
from .concurrency import ConcurrencyLimit
from .errors import StudioError, TooMany
from .oidc import SingleSignOn
from .oidc.tokens import looks_like_one
from .provider_principals import Provided

# Each check of a password takes 64 MiB for a tenth of a second. It also bounds how many wrong ones
# can be looked at before the first of them is counted.
CHECKS_AT_ONCE = 4
# Whoever waits for a check holds a thread: so many, so long. The others are told to come again, so
# that somebody who tries passwords by the thousand leaves threads for tokens and sessions.
CHECKS_WAITING = 4
CHECK_SECONDS = 2.0


class Identity:
    """Recognises principals; the first scheme that fits decides.

    Every failure is the same WrongCredentials, and takes the same time for a wrong password as
    for an unknown or disabled person, or one without a password.
    """

    def __init__(
        self,
        database: Database,
        trail: AuditRecorder,
        throttle: Throttle,
        *,
        idle: timedelta,
        single_sign_on: SingleSignOn | None = None,
    ) -> None:
        self._database = database
        self._trail = trail
        self._throttle = throttle
        self._idle = idle
        self._provided = Provided(database, single_sign_on) if single_sign_on else None
        self._password_is_right = PasswordCheck()
        # Made now, so that the first unknown name takes no longer than the next.
        nobody()
        self._checks = ConcurrencyLimit(
            CHECKS_AT_ONCE, queue=CHECKS_WAITING, seconds=CHECK_SECONDS, refusal=_too_many_checks
        )

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

    def by_interface(self, text: str) -> Principal:
        """The principal of what a browser shows to MLflow's interface; raises WrongCredentials."""
        return self._session(text, sessions.INTERFACE_KIND)

    def by_password(self, username: str, password: str, origin: Origin) -> Principal:
        """The principal of a name and a password.

        Raises WrongCredentials or TooManyAttempts, and TooMany while too many others are looked at.
        """
        typed = username.strip().lower()
        account = authenticate.by_username(self._database, typed, origin.address)
        kept = account.password_hash if account and account.principal else ""
        if (
            account is not None
            and account.principal is not None
            and (account.delayed_until is None or account.delayed_until <= now())
            and self._password_is_right.remembers(password, kept)
        ):
            return account.principal
        place = self._throttle.place(typed, account.username if account else "", origin.address)
        with self._checks.hold():
            standing = self._throttle.check(place)
            right = self._password_is_right(password, kept or nobody())
            if account is None or account.principal is None or not kept or not right:
                self._throttle.failed(place)
                self._later("sweep of delays", "", self._throttle.sweep)
                raise WrongCredentials(target=place.username)
        if standing.failed or not standing.usual:
            self._later("usual", place.pair, partial(self._throttle.succeeded, place, now()))
        if is_outdated(kept):
            self._later("hash", place.account, partial(self._rehash, account, password))
        return account.principal

    def _rehash(self, account: authenticate.Account, password: str) -> None:
        fresh = hash_password(password)

        def work(session: Session) -> None:
            users.renew_hash(session, account.username, account.password_hash, fresh)

        self._database.write(work)

    def _session(self, text: str, kind: str) -> Principal:
        if parts := split(text, kind):
            principal = authenticate.by_session(
                self._database,
                *parts,
                idle=self._idle,
                interface=kind == sessions.INTERFACE_KIND,
            )
            if principal is not None:
                self._session_seen(principal)
                return principal
        raise WrongCredentials

    def _session_seen(self, principal: Principal) -> None:
        if sessions.is_seen_lately(principal.seen_at):
            return

        def note() -> None:
            self._database.write(
                lambda session: sessions.mark_seen(session, principal.credential_id)
            )

        self._later("session", principal.credential_id, note)

    def _later(self, what: str, whose: str, work: Callable[[], object]) -> None:
        self._trail.later((what, whose), work)

    def _bearer(self, credential: str, origin: Origin) -> Principal:
        if parts := split(credential, tokens.KIND):
            return self._token(*parts, origin)
        if self._provided is not None and looks_like_one(credential):
            return self._provided.principal(credential, origin)
        return self._session(credential, sessions.KIND)

    def _token(self, token_id: str, secret: str, origin: Origin) -> Principal:
        principal = authenticate.by_token(self._database, token_id, secret)
        if principal is None:
            raise WrongCredentials
        self._trail.token_used(token_id, origin)
        return principal

    def _token_of(self, username: str, text: str, origin: Origin) -> Principal:
        principal = self._bearer(text, origin)
        # A token names its person already; another name beside it is a mix-up worth refusing.
        if username.strip().lower() not in ("", principal.username):
            raise WrongCredentials
        return principal


def _too_many_checks() -> StudioError:
    return TooMany(
        "Too many passwords are being checked just now. Try again in a moment. A token needs no "
        "such check.",
        reason="too_many_sign_ins",
    )


def _decoded(credential: str) -> tuple[str, str]:
    try:
        text = base64.b64decode(credential, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        raise WrongCredentials from None
    username, colon, password = text.partition(":")
    if not colon or "\0" in text:
        raise WrongCredentials
    return username, password
