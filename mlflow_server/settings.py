"""What our side of the MLflow server reads; what MLflow itself reads is in environment.py."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import SettingsConfigDict

from configuration.secret_files import BothSet
from configuration.settings import FROM_FILE, Digits, EnvironmentSettings, Port
from telemetry import spans

SECRET_SHORTEST = 32


def _require_header_text(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if not (text.isascii() and text.isprintable()):
        raise ValueError("must be printable ASCII, because it travels in a header")
    return value


HeaderSecret = Annotated[
    SecretStr,
    FROM_FILE,
    AfterValidator(_require_header_text),
    Field(min_length=SECRET_SHORTEST),
]


class GateSettings(EnvironmentSettings):
    """The settings of the gate, in each of MLflow's workers, and of its health check."""

    model_config = SettingsConfigDict(str_strip_whitespace=True)
    both_set = BothSet.REFUSED

    upstream_secret: HeaderSecret = Field(
        description="It must be random; uac_api needs the same one.",
    )
    # Accepted too, while the secret is changed: for as long as its file holds it (secret.py).
    upstream_secret_previous: HeaderSecret = Field(SecretStr(""), validate_default=False)
    upstream_secret_previous_file: str = ""
    # How long what only reads may take in the database (deadlines.py).
    read_seconds: float = Field(8, ge=0.1, le=3600, allow_inf_nan=False)
    collector: str = Field("", validation_alias=spans.ENDPOINT)
    traces_collector: str = Field("", validation_alias=spans.TRACES_ENDPOINT)

    @property
    def accepted_secrets(self) -> tuple[str, ...]:
        """The current secret, then the previous one if there is one."""
        both = (self.upstream_secret, self.upstream_secret_previous)
        return tuple(text for one in both if (text := one.get_secret_value()))

    @property
    def traces(self) -> bool:
        """Whether spans go to a collector."""
        named = {spans.ENDPOINT: self.collector, spans.TRACES_ENDPOINT: self.traces_collector}
        return spans.wanted(named)


class ServerSettings(GateSettings):
    """The same, and how the server is started; MLflow is given both as they are written."""

    port: Port = Field(validation_alias="MLFLOW_PORT")
    workers: Digits = Field(ge=1, le=256, validation_alias="MLFLOW_WORKERS")
