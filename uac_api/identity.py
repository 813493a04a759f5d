"""Who a request speaks as: bearer token or session, basic with password or token, a cookie."""

from __future__ import annotations

import base64
import binascii

from .access import principals, sessions, tokens
from .access.database import Database
from .access.errors import WrongCredentials
from .access.origins import Origin
from .access.principals import Principal
from .access.secrets import PasswordCheck, nobody, split
from .access.trail import Trail


class Identity:
    """Recognises principals; the first scheme that fits decides.

    Every failure is the same WrongCredentials, and takes the same time for a wrong password as
    for an unknown or disabled person.
    """

    def __init__(self, database: Database, trail: Trail) -> None:
        self._database = database
        self._trail = trail
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
            raise WrongCredentials(about="" if principal is None else principal.username)
        return principal

    def _bearer(self, credential: str, origin: Origin) -> Principal:
        if parts := split(credential, tokens.KIND):
            return self._token(*parts, origin)
        return self.by_session(credential, origin)

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
