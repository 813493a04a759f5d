"""The settings of uac_api: frozen, from the environment, every mistake reported at once."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AliasChoices,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

PREFIX = "STUDIO_"
SECRETS = (
    "STUDIO_SECRET_KEY",
    "STUDIO_UPSTREAM_SECRET",
    "STUDIO_DATABASE_URL",
    "STUDIO_DATABASE_PASSWORD",
)
# Parts of MLflow that stay closed unless an operator switches them on.
MlflowFeature = Literal["gateway", "jobs"]
DATABASES = ("sqlite", "mysql", "mariadb", "postgresql")


class SettingsError(Exception):
    """The environment is not fit to start with; the text has one line for each mistake."""


class Settings(BaseSettings):
    """What an operator may set; `.env.example` explains each."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    database_url: str
    database_password: SecretStr = SecretStr("")
    secret_key: SecretStr = Field(min_length=32)
    upstream_url: str = "http://127.0.0.1:5000"
    upstream_secret: SecretStr = Field(min_length=32)
    upstream_timeout_seconds: float = Field(120, gt=0, le=3600)
    public_url: str = "http://127.0.0.1:8501"
    public_api_url: str = "http://127.0.0.1:5001"
    session_hours: int = Field(12, ge=1, le=24 * 30)
    max_request_mb: int = Field(32, ge=1, le=1024)
    max_artifact_mb: int = Field(10240, ge=1)
    client_seconds: int = Field(30, ge=1, le=3600)
    max_parallel_calls: int = Field(24, ge=1)
    project_creation: Literal["everyone", "administrators"] = "everyone"
    mlflow_features: Annotated[frozenset[MlflowFeature], NoDecode] = frozenset()
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    threads: int = Field(32, ge=2, validation_alias=AliasChoices("UAC_THREADS", "threads"))
    port: int = Field(5001, ge=1, le=65535, validation_alias=AliasChoices("UAC_PORT", "port"))

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
        return frozenset(name.strip() for name in value.split(",") if name.strip())

    @property
    def max_request_bytes(self) -> int:
        """The largest body of a call that is not an artifact, in bytes."""
        return self.max_request_mb * 1024 * 1024

    @property
    def max_artifact_bytes(self) -> int:
        """The largest artifact, in bytes."""
        return self.max_artifact_mb * 1024 * 1024


def load() -> Settings:
    """The settings of this process's environment; raises SettingsError with every mistake."""
    files, mistakes = _secrets_from_files(os.environ)
    try:
        settings = Settings(**files)  # type: ignore[arg-type]  # pydantic converts and checks
    except ValidationError as error:
        mistakes += [_line(dict(problem)) for problem in error.errors()]
        raise SettingsError("\n".join(mistakes)) from None
    if mistakes:
        raise SettingsError("\n".join(mistakes))
    return settings


def _secrets_from_files(environ: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    found: dict[str, str] = {}
    mistakes: list[str] = []
    for name in SECRETS:
        path = environ.get(f"{name}_FILE")
        if not path or environ.get(name):
            continue
        try:
            found[name.removeprefix(PREFIX).lower()] = Path(path).read_text().strip()
        except OSError as error:
            mistakes.append(f"{name}_FILE: {error.strerror}")
    return found, mistakes


def _line(problem: Mapping[str, object]) -> str:
    location = problem["loc"]
    field = str(location[0]) if isinstance(location, tuple) else str(location)
    shared = {"port": "UAC_PORT", "threads": "UAC_THREADS"}
    name = shared.get(field, field if field in shared.values() else f"{PREFIX}{field.upper()}")
    return f"{name}: {problem['msg']}"
