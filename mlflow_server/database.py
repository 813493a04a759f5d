"""MLflow's database is created or upgraded by one process at a time, before the server starts."""

import fcntl
import hashlib
import logging
import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.util import find_spec
from pathlib import Path

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

LOCK_SECONDS = 600


def prepare(url_text: str, revision: str | None = None) -> None:
    """Bring the database to the schema of the installed MLflow; create it if it is empty.

    With a revision, one of `revisions`, to the schema of an MLflow before: for its backup.
    Raises SQLAlchemyError or MlflowException if that fails, TimeoutError if another process
    holds the lock for 600 seconds.
    """
    url = make_url(url_text)
    if url.get_backend_name() == "sqlite":
        _prepare_file(url, revision)
    else:
        with _server_lock(url):
            _upgrade(url, revision)


def revisions() -> list[str]:
    """Every state of the schema that the installed MLflow knows, the newest first."""
    from alembic.script import ScriptDirectory
    from mlflow.store.db.utils import _get_alembic_config

    # The configuration wants a URL, the list of migrations does not.
    known = ScriptDirectory.from_config(_get_alembic_config("sqlite://"))
    return [script.revision for script in known.walk_revisions()]


def is_migrated(url: URL) -> bool:
    """Whether the database has the schema of the installed MLflow, or one that it does not know.

    MLflow is not imported for that. False as long as the database does not answer.
    """
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).is_file():
        return False
    known, found = _migrations(), revision_of(url)
    # A later MLflow may have been there already, while an update rolls.
    return found is not None and (found not in known or found == _newest(known))


def revision_of(url: URL) -> str | None:
    """The state of the schema; None where there is none, or the database does not answer."""
    engine = create_engine(url, hide_parameters=True)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except SQLAlchemyError:
        return None
    finally:
        engine.dispose()


def _migrations() -> dict[str, str | None]:
    """Every migration of the installed MLflow and the one before it, read from the files."""
    spec = find_spec("mlflow")
    folders = (spec.submodule_search_locations if spec else None) or []
    found = {}
    for file in (
        file
        for folder in folders
        for file in (Path(folder) / "store" / "db_migrations" / "versions").glob("*.py")
    ):
        text = file.read_text(encoding="utf-8")
        if revision := re.search(r"^revision\b[^=]*= ['\"](\w+)['\"]", text, re.MULTILINE):
            before = re.search(r"^down_revision\b[^=]*= ['\"](\w+)['\"]", text, re.MULTILINE)
            found[revision[1]] = before[1] if before else None
    return found


def _newest(known: dict[str, str | None]) -> str:
    (newest,) = known.keys() - set(known.values())
    return newest


def _prepare_file(url: URL, revision: str | None) -> None:
    file = Path(str(url.database)).absolute()
    file.parent.mkdir(parents=True, exist_ok=True)
    with _file_lock(file.with_name(f"{file.name}.lock")):
        if file.exists():
            _upgrade(url, revision)
        else:
            _create_file(url, file, revision)
        # Readers do not wait for a writer in this mode; the file itself remembers it.
        with closing(sqlite3.connect(file, timeout=20)) as connection:
            connection.execute("PRAGMA journal_mode=WAL")


def _create_file(url: URL, file: Path, revision: str | None) -> None:
    # SQLite cannot undo half a migration. Killed here, we leave only a file nobody opens.
    unfinished = file.with_name(f"{file.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    _upgrade(url.set(database=str(unfinished)), revision)
    unfinished.replace(file)


def _upgrade(url: URL, revision: str | None) -> None:
    """As the command `mlflow db upgrade`, which knows one end only and leaves a connection open."""
    # Each start comes here, and three seconds of importing MLflow would tell it the same.
    if revision is None and revision_of(url) == _newest(_migrations()):
        return
    from mlflow.store.db import utils
    from mlflow.store.tracking.dbmodels.initial_models import Base

    # Sixty lines about migrations would hide the ones that matter to whoever starts the server.
    logging.disable(logging.INFO)
    engine = utils.create_sqlalchemy_engine_with_retry(url.render_as_string(hide_password=False))
    try:
        if utils._is_empty_database(engine):
            Base.metadata.create_all(engine)
        if revision is None:
            utils._upgrade_db(engine)
        else:
            _upgrade_to(engine, revision)
    finally:
        engine.dispose()
        logging.disable(logging.NOTSET)


def _upgrade_to(engine: Engine, revision: str) -> None:
    from alembic import command
    from mlflow.store.db.utils import _get_alembic_config

    config = _get_alembic_config(str(engine.url))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    # The kernel frees the lock when its holder dies, so that nothing stale can stay behind.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _server_lock(url: URL) -> Iterator[None]:
    digest = hashlib.sha256(f"mlflow-upgrade:{url.database}".encode()).digest()
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            if url.get_backend_name() == "postgresql":
                connection.execute(text(f"SET lock_timeout = '{LOCK_SECONDS}s'"))
                number = int.from_bytes(digest[:8], "big", signed=True)
                connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": number})
                yield
            else:
                taken = connection.scalar(
                    text("SELECT get_lock(:name, :seconds)"),
                    {"name": digest.hex()[:32], "seconds": LOCK_SECONDS},
                )
                if taken != 1:
                    raise TimeoutError("Another process is upgrading this database.")
                yield
    finally:
        # The lock belongs to the connection and ends with it.
        engine.dispose()
