"""Which folder of the source's artifacts becomes which folder of a project's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, select

from ops.adopt.addresses import Located, Roots, proxied
from ops.adopt.planning.plan import Plan
from ops.adopt.source import Source
from ops.backup.storage.stores import Found, Store

SHOWN = 3
ARTIFACT_LOCATION, ARCHIVE_LOCATION = "mlflow.artifactLocation", "mlflow.trace.archiveLocation"


@dataclass(frozen=True)
class Folder:
    """A folder of the source, and where it goes; a folder that stays has no project."""

    slug: str | None
    target: str


@dataclass(frozen=True)
class Coming:
    """A file that comes."""

    place: str
    found: Found
    target: str


@dataclass
class Layout:
    """Every folder of artifacts that the source's database names. The deepest one counts.

    `problems` are addresses of what comes that lie nowhere, or in two things at once.
    """

    roots: Roots
    folders: dict[Located, Folder] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def find(self, address: str | None) -> tuple[Folder, str] | None:
        """The folder of an address and the rest of the path."""
        located = self.roots.locate(address)
        return self._owner(located) if located else None

    def moved(self, address: str | None, slug: str) -> str | None:
        """The address in the target; None for what does not come into this project."""
        found = self.find(address)
        if found is None or found[0].slug != slug:
            return None
        return proxied("/".join(part for part in (found[0].target, found[1]) if part))

    def files(self, slug: str, stores: Mapping[str, Store]) -> Iterator[Coming]:
        """Every file that comes into a project; what lies in a folder of others does not."""
        for located, folder in self.folders.items():
            if folder.slug != slug:
                continue
            for found in stores[located.place].files(located.path):
                owner = self._owner(Located(located.place, found.path))
                if owner and owner[0] is folder:
                    yield Coming(located.place, found, f"{folder.target}/{owner[1]}")

    def add(self, located: Located, folder: Folder, what: str) -> None:
        """Take a folder in."""
        other = self.folders.get(located)
        if other and other != folder and (other.slug or folder.slug):
            self.problems.append(
                f"{what} shares the folder {located.path or located.place} with something else: "
                "what is in it cannot be told apart. Leave both out of the plan."
            )
        self.folders[located] = folder

    def _owner(self, located: Located) -> tuple[Folder, str] | None:
        parts = located.path.split("/") if located.path else []
        for length in range(len(parts), -1, -1):
            folder = self.folders.get(Located(located.place, "/".join(parts[:length])))
            if folder:
                return folder, "/".join(parts[length:])
        return None


def lay_out(source: Source, plan: Plan, ids: Mapping[int, int] | None = None) -> Layout:
    """The layout of a plan; without the ids of the target, those of the source stand for them."""
    made = Layout(Roots(plan.artifacts))
    slugs = plan.slugs()
    homes: dict[int, str] = {}
    experiments = source.tables["experiments"].c
    named = select(experiments.experiment_id, experiments.name, experiments.artifact_location)
    for old, name, address in source.connection.execute(named):
        slug = slugs.get(old)
        homes[old] = f"workspaces/{slug}/{ids[old] if ids and slug else old}"
        located = made.roots.locate(address)
        if located:
            made.add(located, Folder(slug, homes[old]), f"The experiment {name!r}")
        elif slug:
            made.problems.append(_nowhere(f"the experiment {name!r}", address))
    for what, rest, rows in _inner(source):
        lost = 0
        for one, experiment, address in rows:
            slug, target = slugs.get(experiment), f"{homes[experiment]}/{rest.format(one)}"
            located = made.roots.locate(address)
            if located is None:
                lost += bool(slug and address)
                if slug and address and lost <= SHOWN:
                    made.problems.append(_nowhere(f"the {what} {one}", address))
                continue
            around = made.find(address)
            home = Folder(slug, homes[experiment])
            if around is None or around[0] != home:
                made.add(located, Folder(slug, target), f"The {what} {one}")
        if lost > SHOWN:
            made.problems.append(f"{lost - SHOWN} more of the kind {what} lie nowhere.")
    return made


def _inner(source: Source) -> Iterator[tuple[str, str, Iterator[tuple[str, int, str]]]]:
    runs, models = source.tables["runs"].c, source.tables["logged_models"].c
    traces, tags = source.tables["trace_info"].c, source.tables["trace_tags"].c

    def rows(*columns: Column[Any]) -> Iterator[tuple[str, int, str]]:
        for row in source.connection.execute(select(*columns)):
            yield row[0], row[1], row[2]

    yield "run", "{}/artifacts", rows(runs.run_uuid, runs.experiment_id, runs.artifact_uri)
    found = rows(models.model_id, models.experiment_id, models.artifact_location)
    yield "logged model", "models/{}/artifacts", found
    for key, rest in ((ARTIFACT_LOCATION, "artifacts"), (ARCHIVE_LOCATION, "archived")):
        asked = select(traces.request_id, traces.experiment_id, tags.value).where(
            tags.request_id == traces.request_id, tags.key == key
        )
        yield (
            "trace",
            f"traces/{{}}/{rest}",
            ((row[0], row[1], row[2]) for row in source.connection.execute(asked)),
        )


def _nowhere(what: str, address: str | None) -> str:
    return (
        f"The artifacts of {what} are at {address}, which is below no --artifacts. Name its place "
        "(--artifacts ADDRESS=PLACE), or leave it out of the plan."
    )
