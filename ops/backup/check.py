"""Whether a backup, or what was restored from it, is still what was backed up."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from sqlalchemy.engine import URL

from ops.backup import artifacts
from ops.backup.errors import BackupError, Damaged
from ops.backup.settings import Settings
from ops.backup.storage.encryption import Seal
from ops.backup.storage.manifest import Manifest
from ops.backup.storage.stores import Store, open_store
from ops.backup.tables import compare, lines
from ops.backup.tables.snapshot import snapshot


def backup_problems(store: Store, seal: Seal, kept: Manifest) -> Iterator[str]:
    """Everything in a backup that is not as it was written; each content is read once."""
    yield from dump_problems(store, seal, kept)
    verdicts: dict[str, str] = {}
    for part in kept.artifacts.listing if kept.artifacts else ():
        if any(_damage(store, seal, part)):
            continue
        for row in lines.rows_of(store, seal, part):
            entry = artifacts.Entry(*row)
            if entry.sha256 not in verdicts:
                verdicts[entry.sha256] = _object_damage(store, seal, entry)
            if verdicts[entry.sha256]:
                yield f"The artifact {entry.path} {verdicts[entry.sha256]}"


def dump_problems(store: Store, seal: Seal, kept: Manifest) -> Iterator[str]:
    """Everything in a backup but the contents, which a restore checks as it writes them."""
    parts = kept.artifacts.listing if kept.artifacts else ()
    dumps = [dump for database in kept.databases.values() for dump in database.tables]
    for one in (*dumps, *parts):
        yield from _damage(store, seal, one)


def restored_problems(
    settings: Settings, store: Store, seal: Seal, kept: Manifest
) -> Iterator[str]:
    """Everything in this installation that is not as the backup has it."""
    yield from database_problems(settings.databases, store, seal, kept)
    yield from _artifact_problems(settings, store, seal, kept)


def database_problems(
    databases: Mapping[str, URL], store: Store, seal: Seal, kept: Manifest
) -> Iterator[str]:
    """Every row in these databases that is not as the backup has it."""
    for what, url in databases.items():
        dump = kept.databases[what]
        with snapshot(url, what) as seen:
            if seen.revision != dump.revision:
                yield (
                    f"The {what} database is at the migration {seen.revision}, the backup at "
                    f"{dump.revision}: the rows cannot be compared any more."
                )
                continue
            for problem in compare.differences(seen.connection, dump, store, seal):
                yield f"{what}: {problem}"


def _artifact_problems(
    settings: Settings, store: Store, seal: Seal, kept: Manifest
) -> Iterator[str]:
    if kept.artifacts is None:
        return
    place = open_store(settings.artifacts)
    for entry in artifacts.entries(store, seal, kept):
        digest = hashlib.sha256()
        try:
            for part in place.read(entry.path):
                digest.update(part)
        except FileNotFoundError:
            yield f"The artifact {entry.path} is missing."
            continue
        if digest.hexdigest() != entry.sha256:
            yield f"The artifact {entry.path} was changed."


def _damage(store: Store, seal: Seal, kept: lines.Lines) -> Iterator[str]:
    try:
        lines.sound(store, seal, kept)
    except Damaged as error:
        yield str(error)


def _object_damage(store: Store, seal: Seal, entry: artifacts.Entry) -> str:
    path = artifacts.object_path(seal, entry.sha256)
    try:
        for _ in artifacts.content(store, seal, entry):
            pass
    except BackupError:
        there = "was changed" if store.has(path) else "is missing"
        return f"{there} ({path})."
    return ""
