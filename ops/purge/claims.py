"""Claims in MLflow's database: what is due is moved out of its project, where nobody reaches it.

A claimed run lies in an experiment of the workspace `default` whose name tells where it came from,
a claimed experiment in that workspace under such a name itself. Both keep their addresses of files,
and an experiment its own name in a tag, so that both can be given back.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, delete, insert, select, update

from ops.purge.graph import Graph

NOBODYS = "default"
PREFIX = "ml-studio-purge"
NAME_TAG = "ml-studio.name"
DELETED, ACTIVE = "deleted", "active"
# The stage of a version that MLflow has deleted and whose number it keeps.
DELETED_VERSION = "Deleted_Internal"
IDS = re.compile(r"m-[0-9a-f]{32}|[0-9a-f]{32}")


@dataclass(frozen=True)
class Claim:
    """An experiment of nobody's: one that was claimed itself, or the home of claimed runs.

    `former` is its own id, or that of the experiment the runs came from.
    """

    identity: int
    slug: str
    of_runs: bool
    former: int
    stage: str
    address: str


def find(graph: Graph) -> list[Claim]:
    """Every claim there is, also of a purge that was cut off."""
    table = graph.tables["experiments"]
    columns = table.c.experiment_id, table.c.name, table.c.lifecycle_stage
    nobodys = select(*columns, table.c.artifact_location).where(table.c.workspace == NOBODYS)
    with graph.transaction() as connection:
        rows = connection.execute(nobodys).all()
    claims = []
    for identity, name, stage, address in rows:
        prefix, *parts = str(name).split("/")
        if prefix == PREFIX and len(parts) == 3:
            slug, kind, former = parts
            claims.append(Claim(identity, slug, kind == "runs", int(former), stage, address or ""))
    return claims


def give_back(connection: Connection, graph: Graph, claim: Claim) -> None:
    """Put a claimed experiment where it was, under its name."""
    table, tags = graph.tables["experiments"], graph.tables["experiment_tags"]
    mine = (tags.c.experiment_id == claim.identity) & (tags.c.key == NAME_TAG)
    name = connection.scalar(select(tags.c.value).where(mine))
    connection.execute(
        update(table)
        .where(table.c.experiment_id == claim.identity)
        .values(workspace=claim.slug, name=name)
    )
    connection.execute(delete(tags).where(mine))


def used(graph: Graph, slug: str, kept: Collection[str]) -> set[str]:
    """The runs and logged models that a version of a registered model names.

    `kept` are the texts of the versions that are in the trash.
    """
    versions = graph.tables["model_versions"]
    columns = versions.c.run_id, versions.c.source, versions.c.storage_location
    with graph.transaction() as connection:
        rows = connection.execute(
            select(*columns).where(
                versions.c.workspace == slug, versions.c.current_stage != DELETED_VERSION
            )
        )
        texts = [str(text) for row in rows for text in row if text]
    return {one for text in (*texts, *kept) for one in IDS.findall(text)}


class Due:
    """What of one project was deleted before `until` (milliseconds), except what is `used`."""

    def __init__(self, graph: Graph, slug: str, until: int, used: Collection[str]) -> None:
        self._graph, self._slug, self._until, self._used = graph, slug, until, used
        self._runs, self._experiments = graph.tables["runs"], graph.tables["experiments"]
        self._models = graph.tables["logged_models"]

    def claim_runs(self) -> int:
        """Claim the due runs of experiments that are not deleted; how many stay as they are used.

        The condition is asked again in the claim itself: what was restored meanwhile stays.
        """
        runs, due = self._runs, self._due_runs()
        with self._graph.transaction() as connection:
            wanted = select(runs.c.run_uuid, runs.c.experiment_id).where(due)
            rows = connection.execute(wanted).all()
        free = [row for row in rows if row[0] not in self._used]
        for one, former in free:
            with self._graph.transaction() as connection:
                home = _home(connection, self._graph, f"{PREFIX}/{self._slug}/runs/{former}")
                claim = update(runs).where(runs.c.run_uuid == one, due)
                connection.execute(claim.values(experiment_id=home))
        return len(rows) - len(free)

    def claim_experiments(self) -> int:
        """Claim the due experiments with all that is in them; how many stay as they are used."""
        table, stay = self._experiments, 0
        due = (
            (table.c.workspace == self._slug)
            & (table.c.lifecycle_stage == DELETED)
            & (table.c.last_update_time <= self._until)
        )
        with self._graph.transaction() as connection:
            wanted = select(table.c.experiment_id, table.c.name).where(due)
            rows = connection.execute(wanted).all()
        for one, own_name in rows:
            if self._holds_used(one):
                stay += 1
                continue
            with self._graph.transaction() as connection:
                claim = update(table).where(table.c.experiment_id == one, due)
                name = f"{PREFIX}/{self._slug}/experiment/{one}"
                if connection.execute(claim.values(workspace=NOBODYS, name=name)).rowcount:
                    tag = {"experiment_id": one, "key": NAME_TAG, "value": own_name}
                    connection.execute(insert(self._graph.tables["experiment_tags"]), [tag])
        return stay

    def logged_models(self) -> list[tuple[str, str]]:
        """(id, address) of deleted logged models, which nobody can restore."""
        models = self._models
        found = select(models.c.model_id, models.c.artifact_location).where(
            models.c.lifecycle_stage == DELETED,
            models.c.last_updated_timestamp_ms <= self._until,
            models.c.experiment_id.in_(self._own_experiments()),
        )
        with self._graph.transaction() as connection:
            rows = connection.execute(found).all()
        return [(row[0], row[1]) for row in rows if row[0] not in self._used]

    def _due_runs(self) -> ColumnElement[bool]:
        runs = self._runs
        active = self._own_experiments().where(self._experiments.c.lifecycle_stage == ACTIVE)
        return (
            (runs.c.lifecycle_stage == DELETED)
            & (runs.c.deleted_time <= self._until)
            & runs.c.experiment_id.in_(active)
        )

    def _own_experiments(self) -> Select[tuple[int]]:
        table = self._experiments
        return select(table.c.experiment_id).where(table.c.workspace == self._slug)

    def _holds_used(self, experiment: int) -> bool:
        with self._graph.transaction() as connection:
            inside = {
                row[0]
                for column in (self._runs.c.run_uuid, self._models.c.model_id)
                for row in connection.execute(
                    select(column).where(column.table.c.experiment_id == experiment)
                )
            }
        return not inside.isdisjoint(self._used)


def _home(connection: Connection, graph: Graph, name: str) -> int:
    table = graph.tables["experiments"]
    named = select(table.c.experiment_id).where(table.c.workspace == NOBODYS, table.c.name == name)
    found = connection.scalar(named)
    return int(found) if found is not None else make(connection, graph, name)


def make(connection: Connection, graph: Graph, name: str) -> int:
    """A new experiment of nobody's; its id is higher than every id before."""
    table = graph.tables["experiments"]
    made = connection.execute(
        table.insert().values(
            name=name,
            workspace=NOBODYS,
            lifecycle_stage=DELETED,
            artifact_location="",
            creation_time=0,
            last_update_time=0,
        )
    )
    (identity,) = made.inserted_primary_key or (0,)
    return int(identity)
