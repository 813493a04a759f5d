"""Puts a backup into an empty place."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sqlalchemy.engine import URL

from mlflow_server import statistics
from ops.backup import artifacts, check
from ops.backup.artifacts import Entry
from ops.backup.audit import chain_problems
from ops.backup.errors import BackupError, Damaged
from ops.backup.settings import ARTIFACTS, Settings
from ops.backup.storage.encryption import Seal
from ops.backup.storage.manifest import DatabaseDump, Manifest
from ops.backup.storage.stores import Folder, Store, open_store
from ops.backup.tables import rows, targets

Say = Callable[[str], None]


def restore(settings: Settings, store: Store, kept: Manifest, *, verify: bool, say: Say) -> None:
    """Make this installation what it was. Raises BackupError or Damaged.

    The UAC database comes last: as long as it is empty, nobody can sign in to half of it.
    """
    seal = Seal(settings.key.get_secret_value())
    _refuse(settings, kept)
    _refuse_damage(check.dump_problems(store, seal, kept), "Nothing was restored.")
    _artifacts(settings, store, seal, kept, say)
    for what in ("mlflow", "uac"):
        load_database(what, settings.databases[what], kept.databases[what], store, seal)
        number = sum(table.rows for table in kept.databases[what].tables)
        say(f"{what}: {number} rows.")
    if verify:
        _refuse_damage(check.restored_problems(settings, store, seal, kept))
        say("Verified: every row and every artifact is what was backed up.")
    _upgrade(settings, kept, say)
    if said := statistics.refresh_safely(settings.mlflow):
        say(said)
    if verify:
        _refuse_damage(chain_problems(settings.uac))
    say(f"The backup {kept.name} is restored.")


def _upgrade(settings: Settings, kept: Manifest, say: Say) -> None:
    for what, url in settings.databases.items():
        now = targets.finish(what, url, kept.databases[what].revision)
        if now:
            say(f"{what}: brought up to the migration {now} of this code.")


def _refuse_damage(found: Iterable[str], *more: str) -> None:
    problems = list(found)
    if problems:
        raise Damaged("\n".join([*problems, *more]))


def _refuse(settings: Settings, kept: Manifest) -> None:
    for what, url in settings.databases.items():
        targets.refuse_newer(what, kept.databases[what].revision)
        targets.refuse_filled(url)
    if kept.artifacts is None:
        return
    if next(open_store(settings.artifacts).files(), None) is not None:
        raise BackupError(
            f"{ARTIFACTS} ({settings.artifacts}) is not empty. A restore writes into an empty "
            "place only: name another one."
        )


def _artifacts(settings: Settings, store: Store, seal: Seal, kept: Manifest, say: Say) -> None:
    if kept.artifacts is None:
        say("The backup was taken with --no-artifacts: bring them back by your own means.")
        return
    place = open_store(settings.artifacts)
    for entry in artifacts.entries(store, seal, kept):
        put_artifact(place, store, seal, entry)
    if isinstance(place, Folder):
        place.tidy()
    say(f"artifacts: {kept.artifacts.files} files.")


def load_database(what: str, url: URL, dump: DatabaseDump, store: Store, seal: Seal) -> None:
    """Put the rows of a backup into an empty database, at the migration that they were at."""
    targets.migrate(what, url, dump.revision)
    with targets.transaction(url) as connection:
        rows.load(connection, dump, store, seal)


def put_artifact(place: Store, store: Store, seal: Seal, entry: Entry) -> None:
    """Put one artifact of a backup where it was, below another root. Raises Damaged."""
    with place.incoming() as file:
        for part in artifacts.content(store, seal, entry):
            file.write(part)
        file.keep(entry.path, entry.changed or None)
