"""Takes away what was claimed in MLflow's database: its files, then its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table, delete, select, update

from ops.backup.storage.stores import Store
from ops.purge import claims
from ops.purge.claims import DELETED, NOBODYS, PREFIX, Claim, Due
from ops.purge.files import WORKSPACES, folder_of, folder_of_upload, remove_below
from ops.purge.graph import Graph

RUNS_AT_ONCE = 50
# Their rows come by the million, so they go before what they hang on, a few at a time.
MANY = ("runs", "trace_info", "logged_models")


@dataclass
class Taken:
    """What one purge has deleted of a project: ids by kind; `left` files lie elsewhere."""

    ids: dict[str, list[str]] = field(default_factory=dict)
    files: int = 0
    left: int = 0

    def add(self, kind: str, identity: str) -> None:
        """One more."""
        self.ids.setdefault(kind, []).append(identity)


class Content:
    """MLflow's rows and files."""

    def __init__(self, graph: Graph, store: Store) -> None:
        self._graph, self._store = graph, store

    def keep_numbers(self) -> None:
        """Before rows go: SQLite gives the highest id again, and others may remember it."""
        table = self._graph.tables["experiments"]
        with self._graph.transaction() as connection:
            connection.execute(
                delete(table).where(table.c.workspace == NOBODYS, table.c.name == PREFIX)
            )
            claims.make(connection, self._graph, PREFIX)

    def take_claimed(self) -> dict[str, Taken]:
        """Delete everything that is claimed, now or by a purge that was cut off; by project."""
        taken: dict[str, Taken] = {}
        for claim in claims.find(self._graph):
            known = taken.setdefault(claim.slug, Taken())
            if claim.of_runs:
                self._take_runs(claim, known)
            elif claim.stage != DELETED:
                with self._graph.transaction() as connection:
                    claims.give_back(connection, self._graph, claim)
                continue
            else:
                self._remove_files(known, claim.slug, str(claim.former), claim.address)
                self._take_inside(claim.identity)
                known.add("experiment", str(claim.former))
            with self._graph.transaction() as connection:
                table = self._graph.tables["experiments"]
                self._graph.erase(connection, table, table.c.experiment_id == claim.identity)
        return taken

    def take_logged_models(self, due: Due, slug: str, taken: Taken) -> None:
        """Delete the logged models that are due."""
        table = self._graph.tables["logged_models"]
        for identity, address in due.logged_models():
            self._remove_files(taken, slug, identity, address)
            with self._graph.transaction() as connection:
                self._graph.erase(connection, table, table.c.model_id == identity)
            taken.add("logged model", identity)

    def take_skill(self, slug: str, kept: Mapping[str, Any]) -> None:
        """Delete the files that were uploaded for a kept skill; nothing for any other item.

        A deleted version keeps its files until its skill goes, as MLflow itself has it.
        """
        if kept["what"] != "skill":
            return
        for version in kept["rows"]["skill_versions"]:
            if folder := folder_of_upload(str(version["source"]), kept["skill"], slug):
                remove_below(self._store, folder)

    def take_project(self, slug: str) -> Taken:
        """Delete every file and every row of a project."""
        taken = Taken(files=remove_below(self._store, f"{WORKSPACES}/{slug}"))
        experiments = self._graph.tables["experiments"]
        own = experiments.c.workspace == slug
        with self._graph.transaction() as connection:
            found = connection.execute(
                select(experiments.c.experiment_id, experiments.c.artifact_location).where(own)
            ).all()
        for identity, address in found:
            self._remove_files(taken, slug, str(identity), address or "")
            self._take_inside(identity)
            with self._graph.transaction() as connection:
                mine = experiments.c.experiment_id == identity
                self._graph.erase(connection, experiments, own & mine)
            taken.add("experiment", str(identity))
        for table in reversed(self._graph.sorted):
            if "workspace" in table.c:
                with self._graph.transaction() as connection:
                    self._graph.erase(connection, table, table.c.workspace == slug)
        with self._graph.transaction() as connection:
            named = self._graph.tables["workspaces"]
            self._graph.erase(connection, named, named.c.name == slug)
        return taken

    def _take_runs(self, home: Claim, taken: Taken) -> None:
        runs, slug = self._graph.tables["runs"], home.slug
        inside = runs.c.experiment_id == home.identity
        restored = inside & (runs.c.lifecycle_stage != DELETED)
        with self._graph.transaction() as connection:
            back = update(runs).where(restored).values(experiment_id=home.former)
            connection.execute(back)
            wanted = select(runs.c.run_uuid, runs.c.artifact_uri).where(inside)
            found = connection.execute(wanted).all()
        for identity, address in found:
            self._remove_files(taken, slug, identity, address or "")
            with self._graph.transaction() as connection:
                self._graph.erase(connection, runs, runs.c.run_uuid == identity)
            taken.add("run", identity)

    def _take_inside(self, experiment: int) -> None:
        for name in MANY:
            table = self._graph.tables[name]
            while self._take_some(table, experiment):
                pass

    def _take_some(self, table: Table, experiment: int) -> int:
        (key,) = table.primary_key
        some = select(key).where(table.c.experiment_id == experiment).limit(RUNS_AT_ONCE)
        with self._graph.transaction() as connection:
            ids = [row[0] for row in connection.execute(some)]
            return self._graph.erase(connection, table, key.in_(ids)) if ids else 0

    def _remove_files(self, taken: Taken, slug: str, identity: str, address: str) -> None:
        folder = folder_of(address, identity, slug)
        if folder is None:
            taken.left += 1
        else:
            taken.files += remove_below(self._store, folder)
