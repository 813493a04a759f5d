"""What stops a plan: what the target holds already, and what cannot be told apart or be found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from sqlalchemy import Connection, select

from ops.adopt.copying.rewrite import BY_NAME
from ops.adopt.planning.layout import SHOWN, Layout
from ops.adopt.planning.plan import Plan
from ops.adopt.source import WORKSPACE, Source
from ops.adopt.tables import Rows
from ops.adopt.target import Target

AT_ONCE = 500
# Things whose ids anybody may know or repeat: the target must not hold them yet.
IDS = {
    "runs": "run_uuid",
    "logged_models": "model_id",
    "trace_info": "request_id",
    "assessments": "assessment_id",
    "issues": "issue_id",
    "label_schemas": "schema_id",
    "review_queues": "queue_id",
    "scorers": "scorer_id",
    "evaluation_datasets": "dataset_id",
    "evaluation_dataset_records": "dataset_record_id",
}


def find(source: Source, target: Target, plan: Plan, layout: Layout) -> list[str]:
    """A sentence for each thing that stops the plan."""
    said = [*_unknown(source, plan), *layout.problems]
    for slug in plan.projects:
        said += _elsewhere(source, plan, slug, layout)
    with target.reading() as there:
        for slug in plan.projects:
            said += _names(there, target, plan, slug)
            said += _ids(source, there, target, plan, slug)
    return said


def _unknown(source: Source, plan: Plan) -> Iterator[str]:
    """What the plan names and the source does not hold, or what it names twice."""
    experiments, models = source.tables["experiments"].c, source.tables["registered_models"].c
    datasets = source.tables["evaluation_datasets"].c
    here = source.connection
    ids = dict(
        here.execute(
            select(experiments.experiment_id, experiments.name).where(
                experiments.workspace == WORKSPACE
            )
        ).all()
    )
    names = set(here.scalars(select(models.name).where(models.workspace == WORKSPACE)))
    sets = set(here.scalars(select(datasets.dataset_id).where(datasets.workspace == WORKSPACE)))
    taken: set[tuple[str, object]] = set()
    for slug, part in plan.projects.items():
        for one in part.experiments:
            if ids.get(one.id) != one.name:
                yield f"{slug}: the source has no experiment {one.id} {one.name!r}."
        for name in {*part.models, *part.prompts} - names:
            yield f"{slug}: the source has no model or prompt {name!r}."
        for dataset in part.datasets:
            if dataset.id not in sets:
                yield f"{slug}: the source has no dataset {dataset.id} {dataset.name!r}."
        named: list[tuple[str, object]] = [("experiment", one.id) for one in part.experiments]
        named += [("model", name) for name in (*part.models, *part.prompts)]
        named += [("dataset", one.id) for one in part.datasets]
        for thing in named:
            if thing in taken:
                yield f"{slug}: the {thing[0]} {thing[1]} stands in the plan twice."
            taken.add(thing)


def _elsewhere(source: Source, plan: Plan, slug: str, layout: Layout) -> Iterator[str]:
    """Versions of models whose run, logged model or files do not go into the same project."""
    chosen = plan.projects[slug].chosen(WORKSPACE)
    rows = Rows(source.tables, chosen)
    versions, runs = source.tables["model_versions"].c, source.tables["runs"].c
    models = source.tables["logged_models"].c
    of = dict(source.connection.execute(select(runs.run_uuid, runs.experiment_id)).all())
    of |= dict(source.connection.execute(select(models.model_id, models.experiment_id)).all())
    asked = select(
        versions.name,
        versions.version,
        versions.run_id,
        versions.source,
        versions.storage_location,
    ).where(rows.of("model_versions"))
    said: dict[str, list[str]] = {}
    for name, version, run, origin, storage in source.connection.execute(asked):
        tied = [run, *_ids_in(origin), *_ids_in(storage)]
        for one in tied:
            if one in of and of[one] not in chosen.experiments:
                said.setdefault(name, []).append(f"version {version} comes from {one}")
                break
        else:
            for address in (origin, storage):
                if address and not BY_NAME.match(address) and not layout.moved(address, slug):
                    said.setdefault(name, []).append(f"version {version} lies at {address}")
                    break
        if str(origin).startswith("models:/m-") or not str(origin).startswith("models:/"):
            continue
        other = origin.removeprefix("models:/").rsplit("/", 1)[0].split("@")[0]
        if other not in chosen.models:
            said.setdefault(name, []).append(f"version {version} is a copy of {other}")
    for name, reasons in said.items():
        more = f" and {len(reasons) - SHOWN} more" if len(reasons) > SHOWN else ""
        yield (
            f"{slug}: the model {name!r} depends on what does not come into this project "
            f"({'; '.join(reasons[:SHOWN])}{more}). Put them together, or leave the model out."
        )


def _ids_in(address: str | None) -> list[str]:
    """The run or logged model that runs:/... or models:/m-... names."""
    scheme, _, rest = (address or "").partition(":/")
    return [rest.strip("/").split("/")[0]] if scheme in ("runs", "models") else []


def _names(there: Connection, target: Target, plan: Plan, slug: str) -> Iterator[str]:
    part = plan.projects[slug]
    wanted = {
        "experiments": [one.name for one in part.experiments],
        "registered_models": [*part.models, *part.prompts],
        "evaluation_datasets": [one.name for one in part.datasets],
    }
    for table, names in wanted.items():
        columns = target.tables[table].c
        for some in _pieces(names):
            taken = select(columns.name).where(columns.workspace == slug, columns.name.in_(some))
            for name in there.scalars(taken):
                yield (
                    f"{slug}: there is a {name!r} in {table.replace('_', ' ')} already, perhaps a "
                    "deleted one. Rename one of the two, or leave it out of the plan."
                )


def _ids(source: Source, there: Connection, target: Target, plan: Plan, slug: str) -> Iterator[str]:
    rows = Rows(source.tables, plan.projects[slug].chosen(WORKSPACE))
    for table, column in IDS.items():
        asked = select(source.tables[table].c[column]).where(rows.of(table))
        known = target.tables[table].c[column]
        taken: list[str] = []
        for some in _pieces(source.connection.scalars(asked)):
            taken += there.scalars(select(known).where(known.in_(some)))
        if taken:
            yield (
                f"{slug}: {len(taken)} ids of {table} are in this ML Studio already "
                f"({_shown(taken)}). Were they adopted before?"
            )


def _pieces(names: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(names)
    while some := list(islice(rest, AT_ONCE)):
        yield some


def _shown(ids: Iterable[str]) -> str:
    some = sorted(ids)
    return ", ".join(some[:SHOWN]) + (", ..." if len(some) > SHOWN else "")
