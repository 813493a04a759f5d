"""`make run` turns a few settings and the defaults into the environment of each process."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Self

from dotenv import dotenv_values
from pydantic import AfterValidator, Field, SecretStr, model_validator
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from configuration.secret_files import BothSet, file_variable
from configuration.settings import EnvironmentSettings, Port, Secret
from ops.run.terminal import Form
from ops.server.secret_files import secret_file_variables, secret_values

ROOT = Path(__file__).resolve().parents[2]
DATABASES = ("STUDIO_DATABASE_URL", "MLFLOW_BACKEND_STORE_URI")
MLFLOW_ONLY = ("MLFLOW_", "AWS_", "GOOGLE_", "AZURE_")

# No process is given what it has no use for: a secret it does not know, it cannot tell.
WITHHELD = {
    "mlflow": (
        "STUDIO_SECRET_KEY",
        "STUDIO_COOKIE_KEY",
        "STUDIO_AUDIT_KEY",
        "STUDIO_DATABASE_",
        "STUDIO_METRICS_TOKEN",
        "STUDIO_ADMIN_",
        "STUDIO_OIDC_",
        "STUDIO_BACKUP_",
        "STUDIO_DRILL_",
        "STUDIO_ADOPT_",
    ),
    "uac": (
        *MLFLOW_ONLY,
        "STUDIO_COOKIE_KEY",
        "STUDIO_ADMIN_",
        "STUDIO_BACKUP_",
        "STUDIO_DRILL_",
        "STUDIO_ADOPT_",
        "STUDIO_UPSTREAM_SECRET_PREVIOUS",
        "STUDIO_OIDC_CLIENT_SECRET",
    ),
    "backup": ("STUDIO_ADMIN_", "STUDIO_OIDC_", "STUDIO_COOKIE_KEY"),
    "jobs": ("STUDIO_ADMIN_", "STUDIO_OIDC_", "STUDIO_METRICS_TOKEN", "STUDIO_COOKIE_KEY"),
    "studio": (
        *MLFLOW_ONLY,
        "STUDIO_ADMIN_",
        "STUDIO_BACKUP_",
        "STUDIO_DRILL_",
        "STUDIO_ADOPT_",
        "STUDIO_UPSTREAM_",
        "STUDIO_SECRET_KEY",
        "STUDIO_AUDIT_KEY",
        "STUDIO_METRICS_TOKEN",
        "STUDIO_DATABASE_",
    ),
}


def _require_sql(url: str) -> str:
    try:
        make_url(url)
    except ArgumentError:
        raise ValueError("is not the URL of a SQL database") from None
    return url


DatabaseUrl = Annotated[str, AfterValidator(_require_sql), Field(repr=False)]


class Ports(EnvironmentSettings):
    """Where the three services listen."""

    mlflow_port: Port = Field(5000, validation_alias="MLFLOW_PORT")
    uac_port: Port = Field(5001, validation_alias="UAC_PORT")
    studio_port: Port = Field(8501, validation_alias="STUDIO_PORT")

    @model_validator(mode="after")
    def _different(self) -> Self:
        if len(set(self.numbers.values())) < len(PORTS):
            raise ValueError(f"{', '.join(PORTS)} must be three different ports.")
        return self

    @property
    def numbers(self) -> dict[str, int]:
        """Each port by its variable."""
        return {Ports.variable(name): getattr(self, name) for name in Ports.model_fields}


PORTS = Ports.variables()


class LocalSettings(Ports):
    """What `make run` itself goes by; everything else is for the processes."""

    both_set = BothSet.FILE_WINS

    admin_username: str = "admin"
    admin_password: Secret = SecretStr("")
    # None is text if there is a terminal, else JSON.
    log_format: Form | None = None
    api_url: str = ""
    database_url: DatabaseUrl = "sqlite://"
    mlflow_database_url: DatabaseUrl = Field(
        "sqlite://", validation_alias="MLFLOW_BACKEND_STORE_URI"
    )


@dataclass(frozen=True)
class Settings:
    """Where the data is, which ports are used, and the environment of the processes.

    `log_format` is None where the terminal decides: text if there is one, else JSON.
    """

    data_dir: Path
    ports: Mapping[str, int]
    admin_username: str
    admin_password: str | None = field(repr=False)
    log_format: Form | None
    environment: Mapping[str, str] = field(repr=False)

    @property
    def password_file(self) -> Path:
        """Where the first administrator's random password is kept."""
        return self.data_dir / "initial-admin-password"

    def environment_of(self, process: str) -> dict[str, str]:
        """What one process of the Procfile is given."""
        withheld = WITHHELD.get(process, ())
        return {
            name: value
            for name, value in self.environment.items()
            if not name.startswith(withheld) or name in PORTS
        }

    def secrets(self) -> list[str]:
        """Every text that must not appear on the terminal."""
        found = secret_values(self.environment)
        for name in DATABASES:
            if name in self.environment:
                password = make_url(self.environment[name]).password
                found += [password] if password else []
        return found


def read_environment(root: Path = ROOT) -> dict[str, str]:
    """The environment over the file `.env` in the root. A value left empty counts as not set."""
    file = dotenv_values(root / ".env", interpolate=False)
    merged = {**{name: value or "" for name, value in file.items()}, **_set(os.environ)}
    return _set(merged)


def _set(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value.strip()}


def data_folder(environment: Mapping[str, str], root: Path = ROOT) -> Path:
    """`STUDIO_DATA_DIR` as an absolute path; a relative one counts from the root."""
    # Looked at alone: who asks for it does not need a `make run` without mistakes.
    given = environment.get("STUDIO_DATA_DIR", "data")
    return (root / Path(given).expanduser()).resolve()


def read_ports(environment: Mapping[str, str]) -> dict[str, int]:
    """The three ports. Raises SettingsError if one is no port or two are the same."""
    return Ports.load(environment).numbers


def build(environment: Mapping[str, str], root: Path = ROOT) -> Settings:
    """Everything `make run` needs; generates the secrets that are missing in the data folder.

    Raises SettingsError naming all mistakes.
    """
    said = LocalSettings.load(environment)
    data_dir = data_folder(environment, root)
    ports = said.numbers
    local = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    api = said.api_url or local["UAC_PORT"]
    derived = {
        "STUDIO_DATABASE_URL": f"sqlite:///{data_dir / 'uac.db'}",
        "STUDIO_UPSTREAM_URL": local["MLFLOW_PORT"],
        "STUDIO_API_URL": api,
        "STUDIO_PUBLIC_API_URL": api,
        "STUDIO_PUBLIC_URL": local["STUDIO_PORT"],
        "MLFLOW_BACKEND_STORE_URI": f"sqlite:///{data_dir / 'mlflow.db'}",
        "MLFLOW_ARTIFACTS_DESTINATION": str(data_dir / "artifacts"),
        **{name: str(port) for name, port in ports.items()},
        **secret_file_variables(data_dir / "secrets", environment),
    }
    for name in DATABASES:
        if file_variable(name) in environment:
            del derived[name]
    return Settings(
        data_dir=data_dir,
        ports=ports,
        admin_username=said.admin_username,
        admin_password=said.admin_password.get_secret_value() or None,
        log_format=said.log_format,
        environment={**derived, **environment, "PYTHONUNBUFFERED": "1"},
    )
