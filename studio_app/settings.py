"""Studio reads five settings, all from the environment, and holds no secret."""

import os
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit


class SettingsError(RuntimeError):
    """The environment does not describe a Studio that can start; the text lists every mistake."""


@dataclass(frozen=True)
class Settings:
    """Addresses: where the API answers, where programs find it, where browsers find Studio."""

    api_url: str
    public_api_url: str
    public_url: str

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

    Raises SettingsError naming every value that is not an http or https address.
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
    return Settings(*(value.rstrip("/") for value in values.values()))


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return read(dict(os.environ))


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
