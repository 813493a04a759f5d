"""Studio's settings, all from the environment.

The only secret among them is the one by which an identity provider knows Studio.
"""

import os
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

from telemetry import lines, spans

# What the API does before and after it waits for MLflow: a turn at MLflow, a connection to it
# and one to the UAC database, 5 seconds each at most (uac_api/proxy/upstream.py,
# uac_api/access/database.py), and its own work. nginx adds as much (nginx/start.sh).
API_SECONDS_BESIDES_MLFLOW = 20.0


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
class Settings:
    """Addresses: where the API answers, where programs find it, where browsers find Studio.

    `single_sign_on` is None unless an identity provider is set up. `traces` is whether spans go to
    a collector. `api_seconds` is how long the API may be silent: longer than MLflow may be, so that
    people see the API's 504, which is true, and not an outage of the API.
    """

    api_url: str
    public_api_url: str
    public_url: str
    single_sign_on: SingleSignOn | None = None
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

    Raises SettingsError naming every value that is not an http or https address, what is
    missing for single sign-on, or a wait that is none.
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
    if level not in lines.LEVELS:
        raise SettingsError(f"STUDIO_LOG_LEVEL={level!r} must be one of {', '.join(lines.LEVELS)}.")
    return Settings(
        api_url,
        public_api_url,
        public_url,
        _provider(environment),
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
    client_secret = environment.get("STUDIO_OIDC_CLIENT_SECRET", "") or _content(
        environment.get("STUDIO_OIDC_CLIENT_SECRET_FILE", "")
    )
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


def _upstream_seconds(environment: dict[str, str]) -> float:
    """How long the API waits for MLflow, by the same setting and the same bounds as there."""
    value = environment.get("STUDIO_UPSTREAM_TIMEOUT_SECONDS") or "120"
    try:
        seconds = float(value)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds <= 3600:
        raise SettingsError(
            f"STUDIO_UPSTREAM_TIMEOUT_SECONDS={value!r} must be a number from 0 to 3600."
        )
    return seconds


def _content(path: str) -> str:
    if not path:
        return ""
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(f"STUDIO_OIDC_CLIENT_SECRET_FILE: {error.strerror}") from error


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
