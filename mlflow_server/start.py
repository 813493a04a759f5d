"""`python -m mlflow_server.start` checks the settings, upgrades the database and becomes MLflow.

Exit code 2: the settings are wrong (one line for each mistake). Exit code 1: the database could
not be created or upgraded.
"""

import os
import shlex
import sys
from collections.abc import Mapping

from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from mlflow_server import database, statistics
from mlflow_server.environment import (
    APP_NAME,
    ARTIFACTS,
    DATABASE,
    LOG_CONFIG,
    mistakes,
    with_defaults,
    with_files_read,
)
from mlflow_server.reading import schema


def command(environment: Mapping[str, str]) -> list[str]:
    """The `mlflow server` command. The database URL is not in it: `ps` shows a command to all."""
    return [
        sys.executable,
        "-m",
        "mlflow",
        "server",
        "--enable-workspaces",
        "--uvicorn-opts",
        f"{environment['MLFLOW_UVICORN_OPTS']} --log-config {shlex.quote(str(LOG_CONFIG))}",
        "--app-name",
        APP_NAME,
        "--host",
        environment["MLFLOW_HOST"],
        "--port",
        environment["MLFLOW_PORT"],
        "--workers",
        environment["MLFLOW_WORKERS"],
        "--serve-artifacts",
        "--artifacts-destination",
        environment[ARTIFACTS],
        "--default-artifact-root",
        "mlflow-artifacts:/",
    ]


def _say(sentence: str) -> None:
    sys.stderr.write(f"mlflow_server: {sentence}\n")
    sys.stderr.flush()


def main() -> int:  # noqa: RET503 - execve does not return
    """Become MLflow; returns an exit code only if that is impossible."""
    environment = with_defaults(os.environ)
    found = mistakes(environment)
    for mistake in found:
        _say(mistake)
    if found:
        return 2
    environment = with_files_read(environment)
    # MLflow reads its settings when it is imported, so they are put in place before that.
    os.environ.clear()
    os.environ.update(environment)
    shown = make_url(environment[DATABASE]).render_as_string(hide_password=True)
    try:
        database.prepare(environment[DATABASE])
    except Exception as error:
        # Drivers and migrations raise what they like. A trace would bury the one useful sentence.
        _say(f"The database {shown} could not be brought up to date: {_reason(error)}")
        return 1
    _say(f"The database {shown} is up to date.")
    url = make_url(environment[DATABASE])
    for said in (
        schema.difference(database.revision_of(url) or ""),
        statistics.refresh_safely(url),
    ):
        if said:
            _say(said)
    os.execve(sys.executable, command(environment), environment)  # noqa: S606 - a fixed list


def _reason(error: Exception) -> str:
    # SQLAlchemy adds the statement and a link to its manual; the driver's sentence is enough.
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return " ".join(str(cause).split())


if __name__ == "__main__":
    sys.exit(main())
