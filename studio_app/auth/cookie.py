"""The cookies that Studio sets, and the seal that makes their values useless to others.

A cookie knows no ports: a browser sends it to every server of Studio's host. What such a server is
sent of the session and of an invitation is sealed (Fernet: AES-128-CBC and HMAC-SHA256, keyed from
STUDIO_COOKIE_KEY, which only the servers of Studio have), so it is no credential at the UAC API.
The cookie for MLflow's interface is one of its own, which the API takes from a browser's page of
MLflow and for nothing else (uac_api/proxy/browser.py).
"""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from hashlib import blake2b
from typing import Literal

from cryptography.fernet import Fernet, InvalidToken
from starlette.requests import Request
from starlette.responses import Response

from studio_app.settings import settings


@dataclass(frozen=True)
class Cookie:
    """A cookie that no script can read; `path` is the part of the host to which it is sent."""

    label: str
    samesite: Literal["lax", "strict"] = "lax"
    path: str = "/"
    sealed: bool = False

    @property
    def name(self) -> str:
        """What it is called; on https by a prefix that no other host and no plain http may set."""
        if not settings().secure_cookie:
            return self.label
        return f"{'__Host' if self.path == '/' else '__Secure'}-{self.label}"

    def read(self, cookies: Mapping[str, str]) -> str | None:
        """The value, opened; None where there is none, or one that is not ours or has ended."""
        value = cookies.get(self.name)
        if not value:
            return None
        return self._opened(value) if self.sealed else value

    def seal(self, value: str, ends: datetime) -> str:
        """What the browser gets to hold."""
        sealed = _fernet(self.label).encrypt(f"{int(ends.timestamp())} {value}".encode())
        # A cookie with = in its value would stand in quotes.
        return sealed.decode().rstrip("=")

    def put(self, request: Request, answer: Response, value: str, ends: datetime) -> None:
        """Has the browser keep the value until then."""
        answer.set_cookie(
            self.name,
            self.seal(value, ends) if self.sealed else value,
            max_age=max(0, int((ends - datetime.now(UTC)).total_seconds())),
            path=self.path,
            httponly=True,
            samesite=self.samesite,
            secure=_secure(request),
        )

    def drop(self, request: Request, answer: Response) -> None:
        """Has the browser forget the value."""
        answer.delete_cookie(
            self.name,
            path=self.path,
            httponly=True,
            samesite=self.samesite,
            secure=_secure(request),
        )

    def _opened(self, sealed: str) -> str | None:
        padding = "=" * (-len(sealed) % 4)
        try:
            opened = _fernet(self.label).decrypt(sealed + padding).decode()
        except (InvalidToken, ValueError):
            # Whoever sends it may write anything; letters beyond ASCII are a ValueError.
            return None
        ends, _, value = opened.partition(" ")
        return value if float(ends) > datetime.now(UTC).timestamp() else None


SESSION = Cookie("mlstudio_session", sealed=True)
INVITATION = Cookie("mlstudio_invitation", samesite="strict", sealed=True)
# Opened by the API, which has not the key, and sent to MLflow's interface only.
INTERFACE = Cookie("mlstudio_interface", path="/projects/")
# Says that this browser's session began at the identity provider, so that it should end there too.
SINGLE_SIGN_ON = Cookie("mlstudio_single_sign_on")


def session_id(token: str) -> str:
    """The part of a session token that names the session and is no secret."""
    return token.partition("_")[2].partition("_")[0]


def _secure(request: Request) -> bool:
    return settings().secure_cookie or request.url.scheme == "https"


@cache
def _fernet(label: str) -> Fernet:
    """The key of one kind of cookie, so that none can be shown as another."""
    secret = settings().cookie_key.get_secret_value().encode()
    key = blake2b(secret, digest_size=32, person=label.encode()[-16:]).digest()
    return Fernet(base64.urlsafe_b64encode(key))
