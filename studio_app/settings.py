"""Studio's settings, all from the environment.

Its secrets are the key that seals its cookies, and what an identity provider knows Studio by.
"""

import math
import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from telemetry import log_lines, spans

# What the API does before and after it waits for MLflow: a turn at MLflow, a connection to it
# and one to the UAC database, 5 seconds each at most (uac_api/mlflow/upstream.py,
# uac_api/access/database.py), and its own work. nginx adds as much (deploy/nginx/start.sh).
API_SECONDS_BESIDES_MLFLOW = 20.0
COOKIE_KEY_SHORTEST = 32


class SettingsError(RuntimeError):
    """The environment does not describe a Studio that can start; the text lists every mistake."""


@dataclass(frozen=True)
class SingleSignOn:
    """The identity provider: where it is, what Studio is to it, and how people call it."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    name: str
    scopes: str


@dataclass(frozen=True)
class Share:
    """How many sockets may be open at once, and how many messages a second may come on them."""

    sockets: int
    per_second: float


@dataclass(frozen=True)
class Settings:
    """Addresses: where the API answers, where programs find it, where browsers find Studio.

    `cookie_key` seals the cookies; all replicas have the same. `session_share` is what the sockets
    of one session may use, `address_share` those of one address that belong to no session, and
    `signed_out_share` all of these together; each process counts for itself.

    `single_sign_on` is None unless an identity provider is set up. `traces` is whether spans go to
    a collector. `api_seconds` is how long the API may be silent: longer than MLflow may be, so that
    people see the API's 504, which is true, and not an outage of the API.
    """

    api_url: str
    public_api_url: str
    public_url: str
    cookie_key: str = field(repr=False)
    single_sign_on: SingleSignOn | None = None
    session_share: Share = Share(32, 5)
    address_share: Share = Share(32, 4)
    signed_out_share: Share = Share(200, 10)
    log_level: str = "INFO"
    traces: bool = False
    api_seconds: float = 120 + API_SECONDS_BESIDES_MLFLOW

    @property
    def public_origin(self) -> str:
        """Scheme, host and port of Studio as the browser's Origin header spells them."""
        return origin(self.public_url)

    @property
    def secure_cookie(self) -> bool:
        """True when browsers reach Studio by https, so that its cookie is sent only there."""
        return self.public_url.startswith("https://")


def origin(url: str) -> str:
    """Scheme and host of a URL, with the port only where it is not the scheme's own."""
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def read(environment: dict[str, str]) -> Settings:
    """Settings out of an environment.

    Raises SettingsError naming every value that is not an http or https address, the key of the
    cookies that is missing or short, what is missing for single sign-on, or a number that is none.
    """
    api = environment.get("STUDIO_API_URL") or (
        f"http://127.0.0.1:{environment.get('UAC_PORT') or '5001'}"
    )
    values = {
        "STUDIO_API_URL": api,
        "STUDIO_PUBLIC_API_URL": environment.get("STUDIO_PUBLIC_API_URL") or api,
        "STUDIO_PUBLIC_URL": environment.get("STUDIO_PUBLIC_URL")
        or f"http://127.0.0.1:{environment.get('STUDIO_PORT') or '8501'}",
    }
    wrong = [f"{name}={value!r}" for name, value in values.items() if not _is_address(value)]
    if wrong:
        raise SettingsError(
            "These settings must be addresses such as http://127.0.0.1:5001: " + ", ".join(wrong)
        )
    api_url, public_api_url, public_url = (value.rstrip("/") for value in values.values())
    level = environment.get("STUDIO_LOG_LEVEL") or "INFO"
    if level not in log_lines.LEVELS:
        raise SettingsError(
            f"STUDIO_LOG_LEVEL={level!r} must be one of {', '.join(log_lines.LEVELS)}."
        )
    return Settings(
        api_url,
        public_api_url,
        public_url,
        _cookie_key(environment),
        _provider(environment),
        session_share=_share(environment, "SESSION", Settings.session_share),
        address_share=_share(environment, "ADDRESS", Settings.address_share),
        signed_out_share=_share(environment, "SIGNED_OUT", Settings.signed_out_share),
        log_level=level,
        traces=spans.wanted(environment),
        api_seconds=_upstream_seconds(environment) + API_SECONDS_BESIDES_MLFLOW,
    )


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return read(dict(os.environ))


def _provider(environment: dict[str, str]) -> SingleSignOn | None:
    """The identity provider; None where no issuer is set."""
    issuer = environment.get("STUDIO_OIDC_ISSUER", "")
    if not issuer:
        return None
    client_id = environment.get("STUDIO_OIDC_CLIENT_ID", "")
    client_secret = _secret(environment, "STUDIO_OIDC_CLIENT_SECRET")
    if not (client_id and client_secret):
        raise SettingsError(
            "STUDIO_OIDC_ISSUER also needs STUDIO_OIDC_CLIENT_ID and STUDIO_OIDC_CLIENT_SECRET."
        )
    return SingleSignOn(
        issuer,
        client_id,
        client_secret,
        name=environment.get("STUDIO_OIDC_NAME") or "single sign-on",
        scopes=environment.get("STUDIO_OIDC_SCOPES") or "openid email profile",
    )


def _cookie_key(environment: dict[str, str]) -> str:
    key = _secret(environment, "STUDIO_COOKIE_KEY")
    if len(key) < COOKIE_KEY_SHORTEST:
        raise SettingsError(
            f"STUDIO_COOKIE_KEY must have at least {COOKIE_KEY_SHORTEST} random characters, the "
            "same on each replica of Studio. `make run` and `make up` make one."
        )
    return key


def _share(environment: dict[str, str], whose: str, usual: Share) -> Share:
    sockets = _number(environment, f"STUDIO_{whose}_SOCKETS", usual.sockets, most=10_000)
    pace = f"STUDIO_{whose}_MESSAGES_PER_SECOND"
    return Share(math.ceil(sockets), _number(environment, pace, usual.per_second, most=10_000))


def _upstream_seconds(environment: dict[str, str]) -> float:
    """How long the API waits for MLflow, by the same setting and the same bounds as there."""
    return _number(environment, "STUDIO_UPSTREAM_TIMEOUT_SECONDS", 120, most=3600)


def _number(environment: dict[str, str], name: str, usual: float, *, most: float) -> float:
    value = environment.get(name) or str(usual)
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number <= most:
        raise SettingsError(f"{name}={value!r} must be a number from 0 to {most:.0f}.")
    return number


def _secret(environment: dict[str, str], name: str) -> str:
    """The value, or the content of the file that `<name>_FILE` names; empty where neither is."""
    path = environment.get(f"{name}_FILE", "")
    if environment.get(name) or not path:
        return environment.get(name, "")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"{name}_FILE: {error.strerror}") from error


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
