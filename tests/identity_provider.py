"""Identity providers for tests: a real one in a process of its own, and one that can be bent.

`oidc-provider-mock` is a real provider with its forms, codes and tokens. It has one key for ever
and signs nothing that is wrong; `Bendable` has keys that come and go and signs whatever it is told.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import urllib3
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from processes import Program, free_port
from served import Served

CLIENT = "ml-studio"
AUDIENCE = "ml-studio-api"
SECRET = "the-client-secret-of-ml-studio"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}

Key = RSAKey | ECKey


def rsa(key_id: str, bits: int = 2048) -> RSAKey:
    """A fresh RSA key."""
    return RSAKey.generate_key(bits, {"kid": key_id})


def elliptic(key_id: str) -> ECKey:
    """A fresh key on P-256."""
    return ECKey.generate_key("P-256", {"kid": key_id})


# Made once: two RSA keys take a second.
FIRST, SECOND, CURVE = rsa("first"), rsa("second"), elliptic("curve")


@dataclass
class Bendable:
    """A provider whose published keys and answers a test decides; it counts what it is asked."""

    keys: list[Key] = field(default_factory=lambda: [FIRST, CURVE])
    asked: list[str] = field(default_factory=list)
    discovery: dict[str, Any] = field(default_factory=dict)
    extra: dict[str, dict[str, Any]] = field(default_factory=dict)
    broken: bool = False
    served: Served = field(init=False)

    def __post_init__(self) -> None:
        self.served = Served(self._answer)

    @property
    def issuer(self) -> str:
        """Its address."""
        return self.served.url

    def straighten(self) -> None:
        """Be again as at the start."""
        self.keys, self.broken = [FIRST, CURVE], False
        for kept in (self.asked, self.discovery, self.extra):
            kept.clear()
        self.served.start()

    def id_token(self, key: Key = FIRST, header: dict[str, Any] | None = None, **more: Any) -> str:
        """An identity token as it should be, but for what is said here; None leaves a claim out."""
        claims = {"aud": CLIENT, "nonce": uuid.uuid4().hex, **more}
        return self.signed(key, header, claims)

    def access_token(
        self, key: Key = FIRST, header: dict[str, Any] | None = None, **more: Any
    ) -> str:
        """An access token as RFC 9068 has it, but for what is said here."""
        return self.signed(key, {"typ": "at+jwt", **(header or {})}, {"aud": AUDIENCE, **more})

    def signed(self, key: Key, header: dict[str, Any] | None, claims: dict[str, Any]) -> str:
        """A token for zoe."""
        algorithm = "ES256" if isinstance(key, ECKey) else "RS256"
        known = {"iss": self.issuer, "sub": "subject-of-zoe", "preferred_username": "zoe"}
        times = {"iat": time.time(), "exp": time.time() + 300}
        said = {**known, **times, **claims}
        return jwt.encode(
            {"alg": algorithm, "kid": key.kid, **(header or {})},
            {name: value for name, value in said.items() if value is not None},
            key,
            algorithms=["RS256", "RS512", "ES256"],
        )

    def _answer(self, environ: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        self.asked.append(path)
        document: dict[str, Any] = {
            "issuer": self.issuer,
            "jwks_uri": f"{self.issuer}/keys",
            **self.discovery,
        }
        if path == "/keys":
            public = [key.as_dict(private=False) for key in self.keys]
            published = [{**k, "use": "sig", **self.extra.get(str(k["kid"]), {})} for k in public]
            document = {"keys": published}
        start("500 Broken" if self.broken else "200 OK", [("Content-Type", "application/json")])
        return [json.dumps(document).encode()]


@contextmanager
def bendable() -> Iterator[Bendable]:
    """A provider of this process."""
    provider = Bendable()
    provider.served.start()
    try:
        yield provider
    finally:
        provider.served.stop()


@dataclass
class RealProvider:
    """`oidc-provider-mock` in a process of its own."""

    program: Program

    @property
    def issuer(self) -> str:
        """Its address."""
        return self.program.url

    def person(self, subject: str, **claims: Any) -> None:
        """Make somebody known there, or change what it says of them."""
        urllib3.request("PUT", f"{self.issuer}/users/{subject}", json=claims)

    def id_token(self, subject: str, nonce: str) -> str:
        """What the provider gives a client after this person has signed in there."""
        query = {"client_id": CLIENT, "response_type": "code", "scope": "openid profile email"}
        back = {"redirect_uri": "http://127.0.0.1/oauth2callback", "state": "s", "nonce": nonce}
        signed_in = urllib3.request(
            "POST",
            f"{self.issuer}/oauth2/authorize?{urlencode({**query, **back})}",
            body=urlencode({"sub": subject}),
            headers=FORM,
            redirect=False,
        )
        code = signed_in.headers["Location"].split("code=")[1].split("&")[0]
        answer = urllib3.request(
            "POST",
            f"{self.issuer}/oauth2/token",
            body=urlencode(
                {
                    "grant_type": "authorization_code",
                    "code": code,
                    "client_id": CLIENT,
                    "client_secret": SECRET,
                    "redirect_uri": back["redirect_uri"],
                }
            ),
            headers=FORM,
        )
        return str(answer.json()["id_token"])


@contextmanager
def real_provider(folder: Path) -> Iterator[RealProvider]:
    """A real provider on a free port."""
    port = free_port()
    program = Program(
        "identity provider",
        [sys.executable, "-W", "ignore", "-m", "oidc_provider_mock", "--port", str(port)],
        {"AUTHLIB_INSECURE_TRANSPORT": "1"},
        port,
        "/.well-known/openid-configuration",
        folder / "identity-provider.log",
    )
    program.start()
    try:
        yield RealProvider(program)
    finally:
        program.stop()
