"""What a backup needs to know: both databases, where artifacts are, and the key."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from mlflow_server.secret import MINIMUM_LENGTH, read_secret
from mlflow_server.settings import S3_KEYS
from ops.backup.errors import BackupError

UAC = "STUDIO_DATABASE_URL"
MLFLOW = "MLFLOW_BACKEND_STORE_URI"
ARTIFACTS = "MLFLOW_ARTIFACTS_DESTINATION"
KEY = "STUDIO_BACKUP_KEY"
# Where backups go by themselves, and where they are looked for.
PLACE = "STUDIO_BACKUP_TO"
# The password of a database may stand apart from its URL.
PASSWORDS = {UAC: "STUDIO_DATABASE_PASSWORD", MLFLOW: "MLFLOW_BACKEND_STORE_PASSWORD"}
KINDS = ("sqlite", "mysql", "mariadb", "postgresql")
IN_MEMORY = (None, "", ":memory:")


@dataclass(frozen=True)
class Settings:
    """The settings of this environment."""

    uac: URL
    mlflow: URL
    artifacts: str
    key: str = field(repr=False)

    @property
    def databases(self) -> dict[str, URL]:
        """Both, by the names they have in a backup, in the order in which they are opened."""
        return {"uac": self.uac, "mlflow": self.mlflow}


def load(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings; raises BackupError with one line for every mistake."""
    found: dict[str, str] = {}
    mistakes: list[str] = []
    for name in (UAC, MLFLOW, KEY, *PASSWORDS.values()):
        try:
            found[name] = read_secret(name, environment)
        except ValueError as error:
            mistakes.append(str(error))
    urls: dict[str, URL] = {}
    for name in (UAC, MLFLOW):
        try:
            urls[name] = make_url(found.get(name, ""))
        except ArgumentError:
            mistakes.append(f"{name} is not set to the URL of a SQL database.")
            continue
        if urls[name].get_backend_name() == "sqlite" and urls[name].database in IN_MEMORY:
            mistakes.append(f"{name} names no file.")
        if password := found.get(PASSWORDS[name]):
            urls[name] = urls[name].set(password=password)
        if urls[name].get_backend_name() not in KINDS:
            mistakes.append(f"{name} must name SQLite, MySQL, MariaDB or PostgreSQL.")
    artifacts = environment.get(ARTIFACTS, "").strip()
    if not artifacts:
        mistakes.append(f"{ARTIFACTS} is not set. It says where the MLflow server keeps artifacts.")
    if mistakes:
        raise BackupError("\n".join(mistakes))
    return Settings(urls[UAC], urls[MLFLOW], artifacts, _fit_key(found[KEY]))


def load_key(environment: Mapping[str, str] = os.environ) -> str:
    """Only the key, for looking at a backup without an installation; "" if there is none."""
    try:
        return _fit_key(read_secret(KEY, environment))
    except ValueError as error:
        raise BackupError(str(error)) from error


def s3_access(environment: Mapping[str, str] = os.environ) -> dict[str, str | None]:
    """How to reach S3, as MLflow is told it; what is None, boto3 finds by itself."""
    try:
        key, secret = (read_secret(name, environment) or None for name in S3_KEYS)
    except ValueError as error:
        raise BackupError(str(error)) from error
    return {
        "endpoint_url": environment.get("MLFLOW_S3_ENDPOINT_URL", "").strip() or None,
        "aws_access_key_id": key,
        "aws_secret_access_key": secret,
    }


def _fit_key(key: str) -> str:
    if key and len(key) < MINIMUM_LENGTH:
        raise BackupError(
            f"{KEY} has {len(key)} characters. Use at least {MINIMUM_LENGTH} random ones: "
            "python -c 'import secrets; print(secrets.token_urlsafe(48))'"
        )
    return key
