"""`python -m ops.server.migrate` runs before the services: a job of Compose or of Kubernetes.

It makes the databases and their accounts, brings both databases to this code, and creates the
first administrator. Done again, it changes nothing that is right already. With the word `accounts`
it ends before the migrations: a backup is restored into databases that are empty. Exit codes: 0, or
1 with a sentence.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from configuration.secret_files import read_secret
from mlflow_server import database as mlflow_database
from mlflow_server.environment import DATABASE, with_files_read
from ops.server.database_accounts import WAIT_SECONDS, ensure

SUPERUSER = "DATABASE_SUPERUSER_URL"
# How long a database server may take until it answers.
WAIT = "DATABASE_WAIT_SECONDS"


class MigrationFailed(Exception):
    """A step did not succeed; the text says which."""


def main() -> int:
    """Do all steps; the exit code."""
    try:
        _work(os.environ, accounts_only=sys.argv[1:] == ["accounts"])
    except (MigrationFailed, ValueError) as error:
        _say(str(error))
        return 1
    return 0


def _work(environment: Mapping[str, str], *, accounts_only: bool) -> None:
    mlflow = make_url(with_files_read(environment)[DATABASE])
    if superuser := environment.get(SUPERUSER):
        uac = make_url(environment["STUDIO_DATABASE_URL"])
        uac = uac.set(password=read_secret("STUDIO_DATABASE_PASSWORD", environment))
        seconds = float(environment.get(WAIT, WAIT_SECONDS))
        _make_accounts(make_url(superuser), [uac, mlflow], seconds)
    if accounts_only:
        return
    _studio(["migrate"])
    name = environment.get("STUDIO_ADMIN_USERNAME") or "admin"
    # Empty where the administrator has a password of their own since.
    password = read_secret("STUDIO_ADMIN_PASSWORD", environment)
    _studio(["create-admin", "--username", name], f"{password}\n")
    _migrate_mlflow(mlflow)


def _make_accounts(superuser: URL, wanted: list[URL], seconds: float) -> None:
    try:
        ensure(superuser, wanted, seconds)
    except SQLAlchemyError as error:
        raise MigrationFailed(f"The database server did not make the accounts: {error}") from error
    _say("The databases and their accounts are there.")


def _studio(arguments: list[str], answer: str = "") -> None:
    command = [sys.executable, "-m", "uac_api.cli", *arguments]
    if subprocess.run(command, input=answer, text=True, check=False).returncode != 0:
        raise MigrationFailed(f"`studio {arguments[0]}` failed. The line above says why.")


def _migrate_mlflow(url: URL) -> None:
    try:
        mlflow_database.prepare(url.render_as_string(hide_password=False))
    except Exception as error:
        # MLflow's migrations raise what they like.
        raise MigrationFailed(f"MLflow's database could not be migrated: {error}") from error
    _say("MLflow's database is up to date.")


def _say(sentence: str) -> None:
    sys.stderr.write(f"migrate: {sentence}\n")


if __name__ == "__main__":
    sys.exit(main())
