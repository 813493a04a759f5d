"""`make run` turns a few settings and the defaults into the environment of each process."""

import getpass
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dotenv import dotenv_values
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from ops.run.terminal import Form
from ops.server.secret_files import secret_file_variables, secret_values

ROOT = Path(__file__).resolve().parents[2]
PORTS = {"MLFLOW_PORT": 5000, "UAC_PORT": 5001, "STUDIO_PORT": 8501}
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


class SettingsError(Exception):
    """Settings nobody can start with; every line of it is one mistake."""


@dataclass(frozen=True)
class Settings:
    """Where the data is, which ports are used, and the environment of the processes.

    `log_format` is None where the terminal decides: text if there is one, else JSON.
    """

    data_dir: Path
    ports: Mapping[str, int]
    admin_username: str
    admin_password: str | None
    log_format: Form | None
    environment: Mapping[str, str]

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
    return (root / Path(environment.get("STUDIO_DATA_DIR", "data")).expanduser()).resolve()


def read_ports(environment: Mapping[str, str]) -> dict[str, int]:
    """The three ports. Raises SettingsError if one is no port or two are the same."""
    ports, mistakes = {}, []
    for name, default in PORTS.items():
        value = environment.get(name, str(default))
        if value.isascii() and value.isdigit() and 1 <= int(value) <= 65535:
            ports[name] = int(value)
        else:
            mistakes.append(f"{name} is {value!r}. Use a whole number from 1 to 65535.")
    if len(set(ports.values())) < len(ports):
        mistakes.append(f"{', '.join(PORTS)} must be three different ports.")
    if mistakes:
        raise SettingsError("\n".join(mistakes))
    return ports


def build(environment: Mapping[str, str], root: Path = ROOT) -> Settings:
    """Everything `make run` needs; generates the secrets that are missing in the data folder.

    Raises SettingsError naming all mistakes.
    """
    ports = read_ports(environment)
    for name in DATABASES:
        try:
            make_url(environment.get(name, "sqlite://"))
        except ArgumentError:
            raise SettingsError(f"{name} is not the URL of a SQL database.") from None
    data_dir = data_folder(environment, root)
    local = {name: f"http://127.0.0.1:{port}" for name, port in ports.items()}
    api = environment.get("STUDIO_API_URL", local["UAC_PORT"])
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
        if f"{name}_FILE" in environment:
            del derived[name]
    return Settings(
        data_dir=data_dir,
        ports=ports,
        admin_username=environment.get("STUDIO_ADMIN_USERNAME", "admin"),
        admin_password=_admin_password(environment),
        log_format=_log_format(environment),
        environment={**derived, **environment, "PYTHONUNBUFFERED": "1"},
    )


def _log_format(environment: Mapping[str, str]) -> Form | None:
    value = environment.get("STUDIO_LOG_FORMAT")
    if value is None:
        return None
    try:
        return Form(value)
    except ValueError:
        raise SettingsError(
            f"STUDIO_LOG_FORMAT is {value!r}. Use {' or '.join(Form)}, or leave it out."
        ) from None


def _admin_password(environment: Mapping[str, str]) -> str | None:
    path = environment.get("STUDIO_ADMIN_PASSWORD_FILE")
    if path is None:
        return environment.get("STUDIO_ADMIN_PASSWORD")
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except OSError as error:
        raise SettingsError(
            f"STUDIO_ADMIN_PASSWORD_FILE names {path}, which {getpass.getuser()} cannot read: "
            f"{error.strerror}."
        ) from error
