"""Studio's settings, all from the environment.

Its secrets are the key that seals its cookies, and what an identity provider knows Studio by.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from configuration.settings import EnvironmentSettings, Secret
from telemetry import spans

# What the API does before and after it waits for MLflow: a turn at MLflow, a connection to it
# and one to the UAC database, 5 seconds each at most (uac_api/mlflow/upstream.py,
# uac_api/access/database.py), and its own work. nginx adds as much (deploy/nginx/start.sh).
API_SECONDS_BESIDES_MLFLOW = 20.0
COOKIE_KEY_SHORTEST = 32


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


def _require_address(value: str) -> str:
    try:
        parts = urlsplit(value)
        fit = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fit = False
    if not fit:
        raise ValueError(f"must be an address such as http://127.0.0.1:5001, not {value!r}")
    return value.rstrip("/")


Address = Annotated[str, AfterValidator(_require_address)]
# Half a socket is as good as one (`_share`).
Amount = Annotated[float, Field(gt=0, le=10_000, allow_inf_nan=False)]


class Settings(EnvironmentSettings):
    """What an operator may set; `.env.example` explains each.

    The addresses are where the API answers, where programs find it, and where browsers find
    Studio. `cookie_key` seals the cookies; all replicas have the same.
    """

    api_url: Address
    public_api_url: Address
    public_url: Address
    cookie_key: Secret = Field(
        min_length=COOKIE_KEY_SHORTEST,
        description="It must be random, and the same on each replica of Studio. `make run` and "
        "`make up` make one.",
    )
    oidc_issuer: str = ""
    oidc_client_id: str = Field("", validate_default=True)
    oidc_client_secret: Secret = Field(SecretStr(""), validate_default=True)
    oidc_name: str = "single sign-on"
    oidc_scopes: str = "openid email profile"
    session_sockets: Amount = 32
    session_messages_per_second: Amount = 5
    address_sockets: Amount = 32
    address_messages_per_second: Amount = 4
    signed_out_sockets: Amount = 200
    signed_out_messages_per_second: Amount = 10
    # The path of a file: studio_app/brand.py says what stands in it.
    brand: str = ""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    collector: str = Field("", validation_alias=spans.ENDPOINT)
    traces_collector: str = Field("", validation_alias=spans.TRACES_ENDPOINT)
    # By the same setting and the same bounds as the API.
    upstream_timeout_seconds: float = Field(120, gt=0, le=3600, allow_inf_nan=False)
    # Texts, as they are looked at only as a part of an address that is not set: a service of
    # Kubernetes that is called `studio` gives every container a STUDIO_PORT that is no number.
    port: str = "8501"
    uac_port: str = Field("5001", validation_alias="UAC_PORT")

    @model_validator(mode="before")
    @classmethod
    def _with_usual_addresses(cls, given: dict[str, Any]) -> dict[str, Any]:
        ports = {name: cls.model_fields[name].default for name in ("port", "uac_port")} | given
        api = given.get("api_url", f"http://127.0.0.1:{ports['uac_port']}")
        studio = f"http://127.0.0.1:{ports['port']}"
        return {"api_url": api, "public_api_url": api, "public_url": studio} | given

    @field_validator("oidc_client_id", "oidc_client_secret")
    @classmethod
    def _beside_the_issuer(cls, value: str | SecretStr, others: ValidationInfo) -> str | SecretStr:
        if others.data["oidc_issuer"] and not len(value):
            raise ValueError("is needed beside STUDIO_OIDC_ISSUER")
        return value

    @property
    def single_sign_on(self) -> SingleSignOn | None:
        """The identity provider; None where no issuer is set."""
        if not self.oidc_issuer:
            return None
        return SingleSignOn(
            self.oidc_issuer,
            self.oidc_client_id,
            self.oidc_client_secret.get_secret_value(),
            self.oidc_name,
            self.oidc_scopes,
        )

    @property
    def session_share(self) -> Share:
        """What the sockets of one session may use, in each process."""
        return _share(self.session_sockets, self.session_messages_per_second)

    @property
    def address_share(self) -> Share:
        """What the sockets of one address may use that belong to no session."""
        return _share(self.address_sockets, self.address_messages_per_second)

    @property
    def signed_out_share(self) -> Share:
        """What all sockets together may use that belong to no session."""
        return _share(self.signed_out_sockets, self.signed_out_messages_per_second)

    @property
    def traces(self) -> bool:
        """Whether spans go to a collector."""
        named = {spans.ENDPOINT: self.collector, spans.TRACES_ENDPOINT: self.traces_collector}
        return spans.wanted(named)

    @property
    def api_seconds(self) -> float:
        """How long the API may be silent.

        Longer than MLflow may be, so that people see the API's 504, which is true, and not an
        outage of the API.
        """
        return self.upstream_timeout_seconds + API_SECONDS_BESIDES_MLFLOW

    @property
    def public_origin(self) -> str:
        """Scheme, host and port of Studio as the browser's Origin header spells them."""
        return origin(self.public_url)

    @property
    def secure_cookie(self) -> bool:
        """True when browsers reach Studio by https, so that its cookie is sent only there."""
        return self.public_url.startswith("https://")


def _share(sockets: float, per_second: float) -> Share:
    return Share(math.ceil(sockets), per_second)


def origin(url: str) -> str:
    """Scheme and host of a URL, with the port only where it is not the scheme's own."""
    parts = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or ""
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}"


def read(environment: Mapping[str, str]) -> Settings:
    """Settings out of an environment; raises SettingsError with every mistake."""
    return Settings.load(environment)


@cache
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings.load()
