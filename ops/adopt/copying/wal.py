"""What an adoption has put into the target: each row and file, noted before it is put.

A batch of rows is noted, put in one transaction of the target, and then noted as put. So after a
`kill -9` at any moment at most one batch is in doubt, and one look at the target settles it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

from ops.backup.tables.compare import Print

TABLES = """
CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS projects (slug TEXT PRIMARY KEY, opened INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS experiments (old INTEGER PRIMARY KEY, new INTEGER);
CREATE TABLE IF NOT EXISTS done (part TEXT PRIMARY KEY);
CREATE TABLE IF NOT EXISTS batches (id INTEGER PRIMARY KEY, part TEXT NOT NULL, put INTEGER);
CREATE TABLE IF NOT EXISTS rows (
    part TEXT, key BLOB, digest BLOB NOT NULL, batch INTEGER NOT NULL, PRIMARY KEY (part, key)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS rows_of_batch ON rows (batch);
CREATE TABLE IF NOT EXISTS files (
    target TEXT PRIMARY KEY, place TEXT NOT NULL, path TEXT NOT NULL, size INTEGER NOT NULL,
    sha256 TEXT
) WITHOUT ROWID;
"""


class File(NamedTuple):
    """A file of the source and of the target; without a SHA-256 it was not put yet."""

    target: str
    place: str
    path: str
    size: int
    sha256: str | None


def key_of(one: Print) -> bytes:
    """The key of a row, short."""
    return blake2b(one.key.encode(), digest_size=16).digest()


def digest_of(one: Print) -> bytes:
    """The content of a row, short."""
    return one.digest.to_bytes(16)


class WriteAheadLog:
    """The journal in a file; every method that changes something has written it when it returns."""

    def __init__(self, file: Path) -> None:
        self._connection = sqlite3.connect(file, isolation_level=None)
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.executescript(TABLES)

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def fact(self, name: str) -> str:
        """A fact about the adoption; "" if it was not noted."""
        found = self._one("SELECT value FROM facts WHERE name = ?", name)
        return str(found[0]) if found else ""

    def note(self, name: str, value: str) -> None:
        """Note a fact."""
        self._change("INSERT OR REPLACE INTO facts VALUES (?, ?)", name, value)

    def projects(self) -> dict[str, bool]:
        """Slug -> whether this adoption opened the project."""
        return {slug: bool(was) for slug, was in self._all("SELECT slug, opened FROM projects")}

    def note_project(self, slug: str, *, opened: bool) -> None:
        """Note a project; what was noted first stays."""
        self._change("INSERT OR IGNORE INTO projects VALUES (?, ?)", slug, opened)

    def experiments(self) -> dict[int, int | None]:
        """Old id -> new id, or None while it is in doubt."""
        return dict(self._all("SELECT old, new FROM experiments"))

    def ids(self) -> dict[int, int]:
        """Old id -> new id of the experiments that are there."""
        return {old: new for old, new in self.experiments().items() if new is not None}

    def note_experiment(self, old: int, new: int | None) -> None:
        """Note an experiment that is about to be put, or its new id."""
        self._change("INSERT OR REPLACE INTO experiments VALUES (?, ?)", old, new)

    def is_done(self, part: str) -> bool:
        """Whether all rows of a part, a table of a project, were put."""
        return self._one("SELECT 1 FROM done WHERE part = ?", part) is not None

    def finish(self, part: str) -> None:
        """Note that they were."""
        self._change("INSERT OR IGNORE INTO done VALUES (?)", part)

    def begin_batch(self, part: str, prints: Iterable[Print]) -> int:
        """Note rows that are about to be put; the number of their batch."""
        self._connection.execute("BEGIN")
        made = self._connection.execute("INSERT INTO batches (part) VALUES (?)", (part,))
        number = int(made.lastrowid or 0)
        self._connection.executemany(
            "INSERT INTO rows VALUES (?, ?, ?, ?)",
            [(part, key_of(one), digest_of(one), number) for one in prints],
        )
        self._connection.execute("COMMIT")
        return number

    def end_batch(self, number: int) -> None:
        """Note that they were put."""
        self._change("UPDATE batches SET put = 1 WHERE id = ?", number)

    def forget_batch(self, number: int) -> None:
        """They were not put: they are to be put still."""
        self._connection.execute("BEGIN")
        self._connection.execute("DELETE FROM rows WHERE batch = ?", (number,))
        self._connection.execute("DELETE FROM batches WHERE id = ?", (number,))
        self._connection.execute("COMMIT")

    def in_doubt(self, part: str) -> dict[int, set[bytes]]:
        """Batches of which nobody knows whether they were put, with the keys of their rows."""
        found: dict[int, set[bytes]] = {}
        asked = (
            "SELECT batch, key FROM rows JOIN batches ON id = batch "
            "WHERE batches.part = ? AND put IS NULL"
        )
        for number, key in self._all(asked, part):
            found.setdefault(number, set()).add(key)
        return found

    def digest(self, part: str, one: Print) -> bytes | None:
        """The digest of a row that was noted."""
        asked = "SELECT digest FROM rows WHERE part = ? AND key = ?"
        found = self._one(asked, part, key_of(one))
        return found[0] if found else None

    def rows(self, part: str) -> int:
        """How many rows of a part were noted."""
        found = self._one("SELECT count(*) FROM rows WHERE part = ?", part)
        return int(found[0]) if found else 0

    def file(self, target: str) -> File | None:
        """A file that was noted."""
        found = self._one("SELECT * FROM files WHERE target = ?", target)
        return File(*found) if found else None

    def note_file(self, file: File) -> None:
        """Note a file that is about to be put, or that was put."""
        self._change("INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, ?)", *file)

    def files(self, below: str = "") -> Iterator[File]:
        """Every file noted, or those below a folder of the target, by target."""
        asked = "SELECT * FROM files WHERE target >= ? AND target < ? ORDER BY target"
        first, last = (f"{below}/", f"{below}0") if below else ("", "\U0010ffff")
        for row in self._connection.execute(asked, (first, last)).fetchall():
            yield File(*row)

    def _change(self, statement: str, *values: Any) -> None:
        self._connection.execute(statement, values)

    def _one(self, statement: str, *values: Any) -> tuple[Any, ...] | None:
        found = self._connection.execute(statement, values).fetchone()
        return tuple(found) if found else None

    def _all(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        return self._connection.execute(statement, values).fetchall()
