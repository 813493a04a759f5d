"""What tests of `studio adopt` stand on: a plain MLflow, a running ML Studio, and comparisons."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import time
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, create_engine, select

from conftest import Stack
from installations import Installation
from preloaded import Forked, run_python, start_studio
from processes import ROOT

Picture = dict[str, list[str]]


@dataclass(frozen=True)
class Plain:
    """A plain MLflow in a folder."""

    folder: Path

    @property
    def url(self) -> str:
        """Its database."""
        return f"sqlite:///{self.folder}/mlflow.db"

    @property
    def artifacts(self) -> Path:
        """Its artifacts."""
        return self.folder / "mlruns"

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """What its database answers, asked without changing anything."""
        address = f"{(self.folder / 'mlflow.db').as_uri()}?mode=ro"
        with closing(sqlite3.connect(address, uri=True)) as connection:
            return connection.execute(statement, values).fetchall()


@dataclass(frozen=True)
class Adopter:
    """A running ML Studio, and what its commands need."""

    stack: Stack
    here: Installation

    def picture(self) -> Picture:
        """All that the target holds but the trail: rows of both databases, and files."""
        found = {f"mlflow {name}": rows for name, rows in rows_of(self.here.mlflow).items()}
        people = rows_of(self.here.uac)
        found |= {f"uac {name}": people[name] for name in ("projects", "members", "users")}
        return found | {"files": files_of(self.here.artifacts)}


def make_plain(folder: Path, runs: int) -> Plain:
    """A plain MLflow with so many runs, made by a script in a process of its own."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "STUDIO_"))}
    script = ROOT / "tests" / "plain_mlflow.py"
    done = run_python([script, folder, str(runs)], clean)
    assert done.returncode == 0, done.stderr[-3000:]
    return Plain(folder)


def rows_of(url: str) -> Picture:
    """Every row of every table, as text, in an order."""
    engine = create_engine(url)
    metadata = MetaData()
    with engine.connect() as connection:
        metadata.reflect(connection)
        found = {
            table.name: sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            for table in metadata.sorted_tables
        }
    engine.dispose()
    return found


def files_of(folder: Path) -> list[str]:
    """Every file with the SHA-256 of its content, and every folder."""
    return sorted(
        f"{path.relative_to(folder)} "
        + (hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder")
        for path in folder.rglob("*")
    )


def unlike(before: Picture, after: Picture) -> list[str]:
    """What one picture has and the other has not."""
    return [
        f"{mark} {name}: {row}"
        for name in before.keys() | after.keys()
        for mark, some, others in (
            ("-", before.get(name, []), after.get(name, [])),
            ("+", after.get(name, []), before.get(name, [])),
        )
        for row in sorted(set(some) - set(others))
    ]


def put_so_far(plan: Path) -> int:
    """How many rows and files the journal of a plan has."""
    journal = plan.with_name(f"{plan.name}.state") / "journal.db"
    if not journal.exists():
        return 0
    with closing(sqlite3.connect(journal, timeout=20)) as connection:
        try:
            (number,) = connection.execute(
                "SELECT (SELECT count(*) FROM rows) + (SELECT count(*) FROM files)"
            ).fetchone()
        except sqlite3.OperationalError:
            return 0
    return int(number)


def killed(here: Installation, plan: Path, after: int) -> int:
    """Run the plan and kill it with SIGKILL once it has put so much; how much it had put then."""
    process = start(here, "adopt", "run", plan)
    try:
        while process.poll() is None and put_so_far(plan) < after:
            time.sleep(0.01)
        assert process.poll() is None, f"it ended before it was killed: {process.communicate()}"
    finally:
        process.kill()
        process.communicate()
    return put_so_far(plan)


def start(here: Installation, *words: object) -> Forked:
    """A command of `studio` in a process of its own."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW_", "STUDIO_"))}
    return start_studio([str(word) for word in words], {**clean, **here.environment})


def completed(here: Installation, *words: object) -> tuple[int, str]:
    """A command of `studio` that comes to its end: (exit status, what it said)."""
    process = start(here, *words)
    said, _ = process.communicate()
    return process.wait(), said


def planned(here: Installation, plain: Plain, file: Path, *more: object) -> tuple[int, str]:
    """`studio adopt plan` for a plain MLflow."""
    words: Iterable[object] = ("--from", plain.url, "--artifacts", plain.artifacts, "--save", file)
    return completed(here, "adopt", "plan", *words, *more)
