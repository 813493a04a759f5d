"""Makes a plan: by patterns of names, and by where the runs of a model or a dataset go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Column, Select, func, select

from ops.adopt.planning.mapping import Map
from ops.adopt.planning.plan import Dataset, Experiment, Part, Plan, Remainder
from ops.adopt.source import WORKSPACE, Source
from ops.adopt.tables import HELD, LEFT, Rows, detection_tags, present

PROMPT = "mlflow.prompt.is_prompt"
EXPERIMENT_IDS = "_mlflow_experiment_ids"


@dataclass
class _Shares:
    """The growing parts of the plan."""

    experiments: dict[str, list[Experiment]] = field(default_factory=dict)
    models: dict[str, list[str]] = field(default_factory=dict)
    prompts: dict[str, list[str]] = field(default_factory=dict)
    datasets: dict[str, list[Dataset]] = field(default_factory=dict)
    left: list[Remainder] = field(default_factory=list)


def choose(source: Source, given: Map, address: str, artifacts: dict[str, str]) -> Plan:
    """The plan of a map; what the map does not name follows its runs, or stays."""
    shares = _Shares()
    slugs = _experiments(source, given, shares)
    _registered(source, given, slugs, shares)
    _datasets(source, given, slugs, shares)
    shares.left += _not_taken(source)
    parts = {
        slug: Part(
            owner=one.owner,
            title=one.title,
            experiments=tuple(shares.experiments.get(slug, ())),
            models=tuple(shares.models.get(slug, ())),
            prompts=tuple(shares.prompts.get(slug, ())),
            datasets=tuple(shares.datasets.get(slug, ())),
        )
        for slug, one in given.projects.items()
    }
    filled = {
        slug: part
        for slug, part in parts.items()
        if part.experiments or part.models or part.prompts or part.datasets
    }
    shares.left += _cut(source, filled)
    return Plan(source=address, artifacts=artifacts, projects=filled, left=tuple(shares.left))


def _experiments(source: Source, given: Map, shares: _Shares) -> dict[int, str]:
    experiments, runs = source.tables["experiments"].c, source.tables["runs"].c
    traces = source.tables["trace_info"].c
    count = source.connection.execute
    number = dict(count(_number(runs.experiment_id)).all())
    active = runs.lifecycle_stage == "active"
    live = dict(count(_number(runs.experiment_id).where(active)).all())
    traced = dict(count(_number(traces.experiment_id)).all())
    slugs: dict[int, str] = {}
    asked = select(experiments.experiment_id, experiments.name, experiments.lifecycle_stage)
    mine = asked.where(experiments.workspace == WORKSPACE).order_by(experiments.experiment_id)
    for one, name, stage in count(mine):
        held = number.get(one, 0), traced.get(one, 0)
        matched = given.project_of("experiments", name)
        slug = matched or given.rest
        if one == 0 and not any(held):
            shares.left.append(Remainder(what="experiment", name=name, why="nothing is in it"))
            continue
        if not slug:
            shares.left.append(Remainder(what="experiment", name=name, why="no pattern names it"))
            continue
        slugs[one] = slug
        shares.experiments.setdefault(slug, []).append(
            Experiment(
                id=one,
                name=name,
                runs=held[0],
                deleted_runs=held[0] - live.get(one, 0),
                traces=held[1],
                deleted=stage == "deleted",
            )
        )
    return slugs


def _number(column: Column[Any]) -> Select[int, int]:
    return select(column, func.count()).group_by(column)


def _registered(source: Source, given: Map, slugs: Mapping[int, str], shares: _Shares) -> None:
    models, tags = source.tables["registered_models"].c, source.tables["registered_model_tags"].c
    here = source.connection
    of_prompts = select(tags.name, tags.key, tags.value).where(tags.workspace == WORKSPACE)
    prompts: set[str] = set()
    ties = _ties_of_models(source)
    for name, key, value in here.execute(of_prompts):
        if key == PROMPT and str(value).lower() == "true":
            prompts.add(name)
        if key == EXPERIMENT_IDS:
            found = (int(one) for one in str(value).split(",") if one.isdigit())
            ties.setdefault(name, set()).update(found)
    mine = select(models.name).where(models.workspace == WORKSPACE).order_by(models.name)
    for name in here.scalars(mine):
        kind = "prompts" if name in prompts else "models"
        slug = _follow(given.project_of(kind, name), ties.get(name, ()), slugs, given.rest)
        if slug:
            kept: dict[str, list[str]] = getattr(shares, kind)
            kept.setdefault(slug, []).append(name)
        else:
            why = "no pattern names it, and its runs do not go into one project"
            shares.left.append(Remainder(what=kind[:-1], name=name, why=why))


def _ties_of_models(source: Source) -> dict[str, set[int]]:
    versions, runs = source.tables["model_versions"].c, source.tables["runs"].c
    logged = source.tables["logged_models"].c
    ties: dict[str, set[int]] = {}
    by_run = select(versions.name, runs.experiment_id).where(
        versions.run_id == runs.run_uuid, versions.workspace == WORKSPACE
    )
    by_model = select(versions.name, logged.experiment_id).where(
        versions.source == "models:/" + logged.model_id, versions.workspace == WORKSPACE
    )
    for asked in (by_run, by_model):
        for name, experiment in source.connection.execute(asked):
            ties.setdefault(name, set()).add(experiment)
    return ties


def _datasets(source: Source, given: Map, slugs: Mapping[int, str], shares: _Shares) -> None:
    datasets, ends = source.tables["evaluation_datasets"].c, source.tables["entity_associations"].c
    ties: dict[str, set[int]] = {}
    tied = select(ends.source_id, ends.destination_id).where(
        ends.source_type == "evaluation_dataset", ends.destination_type == "experiment"
    )
    for one, experiment in source.connection.execute(tied):
        ties.setdefault(one, set()).add(int(experiment))
    mine = select(datasets.dataset_id, datasets.name).where(datasets.workspace == WORKSPACE)
    for one, name in source.connection.execute(mine.order_by(datasets.name)):
        slug = _follow(given.project_of("datasets", name), ties.get(one, ()), slugs, given.rest)
        if slug:
            shares.datasets.setdefault(slug, []).append(Dataset(id=one, name=name))
        else:
            why = "no pattern names it, and its experiments do not go into one project"
            shares.left.append(Remainder(what="dataset", name=name, why=why))


def _follow(matched: str, ties: Iterable[int], slugs: Mapping[int, str], rest: str) -> str:
    followed = {slugs.get(one, "") for one in ties}
    return matched or (followed.pop() if len(followed) == 1 else "") or rest


def _cut(source: Source, parts: Mapping[str, Part]) -> list[Remainder]:
    """Rows that tie something that comes to something that does not come along."""
    found = []
    for slug, part in parts.items():
        rows = Rows(source.tables, part.chosen(WORKSPACE))
        for table, ends in HELD.items():
            if len(ends) == 1:
                continue
            count = select(func.count()).select_from(source.tables[table])
            tied = source.connection.scalar(count.where(rows.touching(table))) or 0
            within = source.connection.scalar(count.where(rows.of(table))) or 0
            if cut := tied - within:
                why = f"they tie {slug} to what does not come into it"
                found.append(Remainder(what="rows", name=f"{cut} of {table}", why=why))
    return found


def _not_taken(source: Source) -> list[Remainder]:
    """What no plan takes: other workspaces, and tables that cannot come."""
    found = []
    experiments = source.tables["experiments"].c
    others = select(experiments.name).where(experiments.workspace != WORKSPACE)
    for name in source.connection.scalars(others):
        why = "it is in a workspace of its own: only the workspace 'default' is adopted"
        found.append(Remainder(what="experiment", name=name, why=why))
    asked = {
        table: (select(func.count()).select_from(source.tables[table]), LEFT[table])
        for table in present(LEFT, source.tables)
        if table != "workspaces"
    }
    tags = select(func.count()).select_from(source.tables["experiment_tags"])
    starting = "they would start a detection of issues, which is closed here"
    asked["experiment_tags"] = (tags.where(detection_tags(source.tables)), starting)
    for table, (count, why) in asked.items():
        if number := source.connection.scalar(count):
            found.append(Remainder(what="rows", name=f"{number} of {table}", why=why))
    return found
