"""The settings of uac_api: frozen, from the environment, every mistake reported at once."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator
from pydantic_settings import SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from configuration.settings import FROM_FILE, EnvironmentSettings, Secret
from telemetry import spans

PREFIX = "STUDIO_"
AUDIT_KEY_SHORTEST = 32
# Parts of MLflow that stay closed unless an operator switches them on.
MlflowFeature = Literal["gateway", "jobs"]
DATABASES = ("sqlite", "mysql", "mariadb", "postgresql")
# Signatures that only the holder of a private key can make; HS256 and none are no such thing.
OIDC_ALGORITHMS = frozenset(
    f"{kind}{bits}" for kind in ("RS", "PS", "ES") for bits in (256, 384, 512)
)
# The largest limits of a project that can be set; more is a slip of the finger.
MOST_STORAGE_MB = 1_000_000_000_000
MOST_RUNS = MOST_REQUESTS = 1_000_000_000
HERE = ("localhost", "127.0.0.1", "::1")


class Settings(EnvironmentSettings):
    """What an operator may set; `.env.example` explains each."""

    # What is empty is meant so: with no trusted proxies nobody's X-Forwarded-For is believed.
    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=False)

    database_url: Annotated[str, FROM_FILE] = Field(repr=False)
    database_password: Secret = SecretStr("")
    secret_key: Secret = Field(min_length=32)
    upstream_url: str = "http://127.0.0.1:5000"
    upstream_secret: Secret = Field(min_length=32)
    upstream_timeout_seconds: float = Field(120, gt=0, le=3600)
    upstream_wait_seconds: float = Field(15, ge=0, le=120)
    public_url: str = "http://127.0.0.1:8501"
    public_api_url: str = "http://127.0.0.1:5001"
    session_hours: int = Field(12, ge=1, le=24 * 30)
    session_idle_hours: int = Field(8, ge=1, le=24 * 30)
    trusted_proxies: str = "127.0.0.0/8,::1"
    token_default_days: int = Field(90, ge=1, le=3650)
    token_max_days: int = Field(365, ge=1, le=3650)
    max_request_mb: int = Field(32, ge=1, le=1024)
    max_artifact_mb: int = Field(10240, ge=1)
    client_seconds: int = Field(30, ge=1, le=3600)
    least_kib_per_second: float = Field(16, gt=0, le=1_000_000)
    max_parallel_calls: int = Field(16, ge=1)
    # 0 is a share of the threads (traffic.py).
    max_script_calls: int = Field(0, ge=0, le=10_000)
    max_page_calls: int = Field(0, ge=0, le=10_000)
    max_lists: int = Field(0, ge=0, le=10_000)
    max_readings: int = Field(0, ge=0, le=10_000)
    quota_storage_mb: int = Field(0, ge=0, le=MOST_STORAGE_MB)
    quota_runs_per_day: int = Field(0, ge=0, le=MOST_RUNS)
    quota_requests_per_minute: int = Field(0, ge=0, le=MOST_REQUESTS)
    project_creation: Literal["everyone", "administrators"] = "everyone"
    audit_key: Secret = SecretStr("")
    audit_keys_before: Secret = SecretStr("")
    audit_required: bool = False
    audit_retention_days: int = Field(0, ge=0, le=36500)
    trash_days: int = Field(30, ge=0, le=3650)
    mlflow_features: frozenset[MlflowFeature] = frozenset()
    oidc_issuer: str = ""
    oidc_client_id: str = Field("", validate_default=True)
    oidc_audience: str = ""
    oidc_algorithms: str = "RS256,ES256"
    oidc_username_claim: str = Field("preferred_username", min_length=1)
    oidc_groups_claim: str = Field("groups", min_length=1, max_length=100)
    oidc_administrators: str = ""
    oidc_create_people: bool = True
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    threads: int = Field(64, ge=2, validation_alias="UAC_THREADS")
    metrics_token: Secret = SecretStr("")
    # OpenTelemetry's own name; its SDK reads the others of that beginning by itself.
    collector: str = Field("", validation_alias=spans.ENDPOINT)
    traces_collector: str = Field("", validation_alias=spans.TRACES_ENDPOINT)
    port: int = Field(5001, ge=1, le=65535, validation_alias="UAC_PORT")

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        try:
            kind = make_url(value).get_backend_name()
        except ArgumentError:
            raise ValueError("is no database URL, such as sqlite:///data/uac.db") from None
        if kind not in DATABASES:
            raise ValueError("must name SQLite, MySQL, MariaDB or PostgreSQL")
        return value

    @field_validator("audit_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if 0 < len(value.get_secret_value()) < AUDIT_KEY_SHORTEST:
            raise ValueError(f"must have at least {AUDIT_KEY_SHORTEST} characters")
        return value

    @model_validator(mode="before")
    @classmethod
    def _with_password(cls, given: Any) -> Any:
        url, password = given.get("database_url"), given.get("database_password")
        if not (url and password):
            return given
        try:
            joined = make_url(url).set(password=password)
        except ArgumentError:
            return given  # which `_known_database` says in words
        return {**given, "database_url": joined.render_as_string(hide_password=False)}

    @field_validator("upstream_url", "public_url", "public_api_url")
    @classmethod
    def _http(cls, value: str) -> str:
        if not re.fullmatch(r"https?://[^\s\"'<>]+", value):
            raise ValueError("must be an address that starts with http:// or https://")
        return value.rstrip("/")

    @field_validator("mlflow_features", mode="before")
    @classmethod
    def _listed(cls, value: object) -> object:
        if not isinstance(value, str):
            return value
        return frozenset(names_in(value))

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        for name in names_in(value):
            try:
                ip_network(name)
            except ValueError:
                raise ValueError("must list addresses or networks, such as 10.0.0.0/8") from None
        return value

    @property
    def traces(self) -> bool:
        """Whether spans go to a collector."""
        named = {spans.ENDPOINT: self.collector, spans.TRACES_ENDPOINT: self.traces_collector}
        return spans.wanted(named)

    @property
    def trusted_networks(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks whose X-Forwarded-For is believed."""
        return tuple(ip_network(name) for name in names_in(self.trusted_proxies))

    @property
    def session_idle(self) -> timedelta:
        """How long a session may rest before it is over."""
        return timedelta(hours=self.session_idle_hours)

    @property
    def token_days(self) -> int:
        """How long a token lives for which nothing is said; never over the maximum."""
        return min(self.token_default_days, self.token_max_days)

    @property
    def mark_keys(self) -> tuple[str, ...]:
        """The keys of the audit trail's marks: the one to write with, then all to read with."""
        own = self.audit_key.get_secret_value()
        # By commas in a variable, a line each in a file.
        before = re.split(r"[,\n]", self.audit_keys_before.get_secret_value())
        # Without a key of its own the trail is marked with one derived from this secret.
        keys = [own, self.secret_key.get_secret_value(), *(key.strip() for key in before)]
        return tuple(key for key in keys if key)

    @field_validator("oidc_issuer")
    @classmethod
    def _secure_issuer(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and not (
            parts.hostname
            and not parts.query
            and (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in HERE))
        ):
            raise ValueError("must start with https:// (http:// only on this machine)")
        return value

    @field_validator("oidc_client_id")
    @classmethod
    def _named_client(cls, value: str, others: ValidationInfo) -> str:
        if others.data.get("oidc_issuer") and not value:
            raise ValueError("is needed beside STUDIO_OIDC_ISSUER")
        return value

    @field_validator("oidc_algorithms")
    @classmethod
    def _asymmetric(cls, value: str) -> str:
        names = {name.strip() for name in value.split(",")}
        if not names <= OIDC_ALGORITHMS:
            raise ValueError(f"must name some of {', '.join(sorted(OIDC_ALGORITHMS))}")
        return value

    @field_validator("oidc_administrators")
    @classmethod
    def _claim_and_value(cls, value: str) -> str:
        claim, _, wanted = value.partition("=")
        if value and not (claim and wanted):
            raise ValueError("must be claim=value, such as groups=studio-administrators")
        return value

    @property
    def max_request_bytes(self) -> int:
        """The largest body of a call that is not an artifact, in bytes."""
        return self.max_request_mb * 1024 * 1024

    @property
    def least_speed(self) -> float:
        """The speed below which a client is given up, in bytes a second."""
        return self.least_kib_per_second * 1024

    @property
    def max_artifact_bytes(self) -> int:
        """The largest artifact, in bytes."""
        return self.max_artifact_mb * 1024 * 1024


def names_in(text: str) -> list[str]:
    """The names of a list that is separated by commas."""
    return [name.strip() for name in text.split(",") if name.strip()]


SECRETS = Settings.secrets()


def load() -> Settings:
    """The settings of this process's environment; raises SettingsError with every mistake."""
    return Settings.load()
