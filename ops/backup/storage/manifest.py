"""The manifest of a backup: everything in it by name, number and SHA-256. Written last."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import UTC, datetime

from pydantic import BaseModel, ValidationError

from ops.backup.errors import BackupError, Damaged
from ops.backup.storage.encryption import Seal
from ops.backup.storage.stores import Store
from ops.backup.tables.lines import Lines

FORMAT = 1
BACKUPS = "backups"
NAME = re.compile(rf"{BACKUPS}/(\d{{4}}-\d\d-\d\dT\d{{6}}\.\d{{3}}Z)/manifest")


class Dump(Lines, frozen=True):
    """The rows of one table; the order of the columns is the order in a line."""

    table: str
    columns: tuple[str, ...]


class DatabaseDump(BaseModel, frozen=True):
    """A database at the moment of the backup."""

    kind: str
    revision: str
    tables: tuple[Dump, ...]


class Artifacts(BaseModel, frozen=True):
    """All artifacts; `read` of them were read anew, `gone` were deleted while the backup ran."""

    listing: tuple[Lines, ...]
    files: int
    bytes: int
    read: int
    gone: tuple[str, ...]


class Manifest(BaseModel, frozen=True):
    """What one backup holds."""

    format: int = FORMAT
    name: str
    version: str
    databases: dict[str, DatabaseDump]
    artifacts: Artifacts | None


def new_name() -> str:
    """A name that sorts by time."""
    now = datetime.now(UTC)
    return f"{now:%Y-%m-%dT%H%M%S}.{now.microsecond // 1000:03}Z"


def folder(name: str) -> str:
    """Where the files of a backup lie."""
    return f"{BACKUPS}/{name}"


def names(store: Store) -> list[str]:
    """The finished backups, oldest first."""
    found = (NAME.fullmatch(file.path) for file in store.files(BACKUPS))
    return [match[1] for match in found if match]


def keep(store: Store, seal: Seal, manifest: Manifest) -> None:
    """Finish a backup: from now on it is one."""
    path = f"{folder(manifest.name)}/manifest"
    document = manifest.model_dump_json().encode()
    # Without a key nothing proves who wrote it; the hash still tells a damaged one.
    content = hashlib.sha256(document).hexdigest().encode() + b"\n" + document
    store.sync()
    with store.incoming() as file:
        for part in seal.closed([content], path):
            file.write(part)
        file.keep(path)
    store.sync()


def read(store: Store, seal: Seal, name: str) -> Manifest:
    """A finished backup; raises BackupError or Damaged."""
    path = f"{folder(name)}/manifest"
    try:
        content = b"".join(seal.opened(store.read(path), path))
    except FileNotFoundError:
        raise BackupError(
            f"There is no finished backup {name!r} there. `studio backup list` names those there."
        ) from None
    digest, _, document = content.partition(b"\n")
    if hashlib.sha256(document).hexdigest().encode() != digest:
        raise Damaged(f"{path} was changed.")
    try:
        manifest = Manifest.model_validate_json(document)
    except ValidationError:
        raise BackupError(f"{path} was written by another version of ML Studio.") from None
    if manifest.format != FORMAT or manifest.name != name:
        raise BackupError(f"{path} has the format {manifest.format} and the name {manifest.name}.")
    return manifest


def chosen(store: Store, seal: Seal, name: str | None) -> Manifest:
    """The backup of this name, or the newest."""
    if name is None:
        found = names(store)
        if not found:
            raise BackupError("There is no finished backup there.")
        name = found[-1]
    return read(store, seal, name)


def readable(store: Store, seal: Seal) -> Iterator[Manifest]:
    """Every finished backup, oldest first; raises for one that cannot be read."""
    for name in names(store):
        yield read(store, seal, name)
