"""What a backup needs to know: both databases, where artifacts are, and the key."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Self

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from configuration.secret_files import BothSet
from configuration.settings import FROM_FILE, EnvironmentSettings, Secret, SettingsError
from mlflow_server.settings import SECRET_SHORTEST
from ops.backup.errors import BackupError

# Where backups go by themselves, and where they are looked for.
PLACE = "STUDIO_BACKUP_TO"
ARTIFACTS = "MLFLOW_ARTIFACTS_DESTINATION"
KINDS = ("sqlite", "mysql", "mariadb", "postgresql")
IN_MEMORY = (None, "", ":memory:")


def _require_url(value: str | URL) -> URL:
    try:
        url = make_url(value)
    except ArgumentError:
        raise ValueError("is not set to the URL of a SQL database") from None
    if url.get_backend_name() not in KINDS:
        raise ValueError("must name SQLite, MySQL, MariaDB or PostgreSQL")
    if url.get_backend_name() == "sqlite" and url.database in IN_MEMORY:
        raise ValueError("names no file")
    return url


DatabaseUrl = Annotated[URL, BeforeValidator(_require_url), FROM_FILE]


class BackupSettings(EnvironmentSettings):
    """What commands for backups read, each of them a part: where it stands, or in a file."""

    model_config = SettingsConfigDict(arbitrary_types_allowed=True, str_strip_whitespace=True)
    both_set = BothSet.REFUSED

    @classmethod
    def read(cls, environment: Mapping[str, str] | None = None, **given: object) -> Self:
        """`load` for commands, which end with a BackupError."""
        try:
            return cls.load(environment, **given)
        except SettingsError as error:
            raise BackupError(str(error)) from None


class KeySettings(BackupSettings):
    """The key alone, for looking at a backup without an installation; empty if there is none."""

    key: Secret = Field(
        default=SecretStr(""),
        min_length=SECRET_SHORTEST,
        validate_default=False,
        validation_alias="STUDIO_BACKUP_KEY",
        description="Draw one: python -c 'import secrets; print(secrets.token_urlsafe(48))'",
    )


class Settings(KeySettings):
    """Both databases, whose passwords may stand apart, the place of the artifacts, and the key."""

    uac_password: Secret = Field(default=SecretStr(""), validation_alias="STUDIO_DATABASE_PASSWORD")
    mlflow_password: Secret = Field(
        default=SecretStr(""), validation_alias="MLFLOW_BACKEND_STORE_PASSWORD"
    )
    uac: DatabaseUrl = Field(validation_alias="STUDIO_DATABASE_URL")
    mlflow: DatabaseUrl = Field(validation_alias="MLFLOW_BACKEND_STORE_URI")
    artifacts: str = Field(
        validation_alias=ARTIFACTS,
        description="It says where the MLflow server keeps artifacts.",
    )

    @field_validator("uac", "mlflow")
    @classmethod
    def _with_password(cls, url: URL, others: ValidationInfo) -> URL:
        password = others.data.get(f"{others.field_name}_password")
        text = password.get_secret_value() if password else ""
        return url.set(password=text) if text else url

    @property
    def databases(self) -> dict[str, URL]:
        """Both, by the names they have in a backup, in the order in which they are opened."""
        return {"uac": self.uac, "mlflow": self.mlflow}


class S3Settings(BackupSettings):
    """How to reach S3, as MLflow is told it; what is empty, boto3 finds by itself."""

    endpoint_url: str = Field("", validation_alias="MLFLOW_S3_ENDPOINT_URL")
    key_id: Secret = Field(default=SecretStr(""), validation_alias="AWS_ACCESS_KEY_ID")
    key: Secret = Field(default=SecretStr(""), validation_alias="AWS_SECRET_ACCESS_KEY")


def load(environment: Mapping[str, str] | None = None) -> Settings:
    """The settings; raises BackupError with one line for every mistake."""
    return Settings.read(environment)


def load_key(environment: Mapping[str, str] | None = None) -> SecretStr:
    """Only the key; raises BackupError."""
    return KeySettings.read(environment).key


def s3_access(environment: Mapping[str, str] | None = None) -> dict[str, str | None]:
    """What boto3 is given; raises BackupError."""
    found = S3Settings.read(environment)
    return {
        "endpoint_url": found.endpoint_url or None,
        "aws_access_key_id": found.key_id.get_secret_value() or None,
        "aws_secret_access_key": found.key.get_secret_value() or None,
    }
