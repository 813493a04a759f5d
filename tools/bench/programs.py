"""The servers that are measured: MLflow behind its gate, the UAC API, MLflow's basic-auth."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from mlflow_server.environment import APP_NAME, with_defaults
from mlflow_server.start import command
from ops.run.temporary_server import UAC_COMMAND, TemporaryServer, free_port, temporary_server

SECRET = "a-secret-between-two-servers-of-the-bench"  # noqa: S105 - both live for minutes
PEER = "basic-auth"
PEER_ADMIN, PEER_PASSWORD = "admin", "trombone kettle ladder of the bench"
AUTH_SETTINGS = """[mlflow]
default_permission = READ
database_uri = sqlite:///{folder}/basic-auth.db
admin_username = {admin}
authorization_function = mlflow.server.auth:authenticate_request_basic_auth
"""


def mlflow_settings(folder: Path, database_url: str) -> dict[str, str]:
    """MLflow's environment: our defaults, a port, and where its data is."""
    return {
        "MLFLOW_PORT": str(free_port()),
        "MLFLOW_BACKEND_STORE_URI": database_url,
        "MLFLOW_ARTIFACTS_DESTINATION": str(folder / "artifacts"),
        "STUDIO_UPSTREAM_SECRET": SECRET,
    }


@contextmanager
def mlflow(folder: Path, database_url: str) -> Iterator[TemporaryServer]:
    """MLflow behind its gate, as `make run` starts it."""
    settings = mlflow_settings(folder, database_url)
    words = [sys.executable, "-m", "mlflow_server.start"]
    with _served("mlflow", words, settings, int(settings["MLFLOW_PORT"]), "/health", folder) as it:
        yield it


@contextmanager
def uac(folder: Path, database_url: str, mlflow_url: str) -> Iterator[TemporaryServer]:
    """The UAC API under gunicorn, as `make run` starts it."""
    port = free_port()
    settings = {
        "UAC_PORT": str(port),
        "STUDIO_DATABASE_URL": database_url,
        "STUDIO_SECRET_KEY": "a-key-for-the-page-tokens-of-the-bench",
        "STUDIO_UPSTREAM_URL": mlflow_url,
        "STUDIO_UPSTREAM_SECRET": SECRET,
    }
    with _served("uac", UAC_COMMAND, settings, port, "/readyz", folder) as it:
        yield it


@contextmanager
def basic_auth(folder: Path, database_url: str) -> Iterator[TemporaryServer]:
    """MLflow with its own access control, on the same database and with the same options."""
    config = folder / "basic-auth.ini"
    config.write_text(AUTH_SETTINGS.format(folder=folder, admin=PEER_ADMIN))
    settings = with_defaults(
        {
            **mlflow_settings(folder, database_url),
            "MLFLOW_AUTH_CONFIG_PATH": str(config),
            "MLFLOW_AUTH_ADMIN_PASSWORD": PEER_PASSWORD,
            "MLFLOW_FLASK_SERVER_SECRET_KEY": SECRET,
        }
    )
    words = [PEER if word == APP_NAME else word for word in command(settings)]
    with _served(PEER, words, settings, int(settings["MLFLOW_PORT"]), "/health", folder) as it:
        yield it


def _served(
    name: str,
    words: Sequence[str],
    settings: Mapping[str, str],
    port: int,
    health: str,
    folder: Path,
) -> AbstractContextManager[TemporaryServer]:
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "STUDIO_"))}
    return temporary_server(
        name, words, {**clean, **settings}, port=port, health=health, folder=folder
    )
