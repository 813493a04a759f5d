"""The plan: what of the source goes into which project. A YAML document that people may change."""

from __future__ import annotations

import hashlib
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ops.adopt.errors import AdoptError
from ops.adopt.tables import Chosen

FORMAT = 1


class Document(BaseModel):
    """A part of the plan; a word that is not known is a mistake of whoever wrote it."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Experiment(Document):
    """An experiment of the source; what is counted is for the reader."""

    id: int
    name: str
    runs: int = 0
    deleted_runs: int = 0
    traces: int = 0
    files: int = 0
    bytes: int = 0
    deleted: bool = False


class Dataset(Document):
    """An evaluation dataset of the source."""

    id: str
    name: str


class Part(Document):
    """What goes into one project. The owner counts if the project has to be opened."""

    owner: str = ""
    title: str = ""
    experiments: tuple[Experiment, ...] = ()
    models: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    datasets: tuple[Dataset, ...] = ()

    def chosen(self, workspace: str, ids: dict[int, int] | None = None) -> Chosen:
        """Its rows in the source, or with the ids that experiments got there, in the target."""
        experiments = [one.id for one in self.experiments]
        return Chosen(
            workspace,
            tuple(experiments if ids is None else (ids[one] for one in experiments if one in ids)),
            (*self.models, *self.prompts),
            tuple(one.id for one in self.datasets),
        )


class Remainder(Document):
    """Something that stays in the source, and why."""

    what: str
    name: str
    why: str


class Plan(Document):
    """What an adoption does; `source` has no password."""

    format: int = FORMAT
    source: str
    artifacts: dict[str, str]
    projects: dict[str, Part] = Field(default_factory=dict)
    left: tuple[Remainder, ...] = ()

    def slugs(self) -> dict[int, str]:
        """Experiment id of the source -> project."""
        return {one.id: slug for slug, part in self.projects.items() for one in part.experiments}

    def digest(self) -> str:
        """What must be the same from the first run to the last."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()


def save(plan: Plan, file: Path) -> None:
    """Write a new plan; raises AdoptError for a file that is there already."""
    try:
        with file.open("x", encoding="utf-8") as written:
            yaml.safe_dump(
                plan.model_dump(mode="json", exclude_defaults=True),
                written,
                sort_keys=False,
                allow_unicode=True,
                width=100,
            )
    except FileExistsError:
        raise AdoptError(f"{file} exists. Name another file: --save FILE") from None


def load(file: Path) -> Plan:
    """A plan that `save` wrote or somebody changed; raises AdoptError naming every mistake."""
    try:
        plan = Plan.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise AdoptError(f"{file} is no YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        raise AdoptError(f"{file} is no plan:\n{describe_mistakes(error)}") from None
    if plan.format != FORMAT:
        raise AdoptError(f"{file} was written by another version of ML Studio: plan anew.")
    return plan


def describe_mistakes(error: ValidationError) -> str:
    """Every mistake in a line."""
    lines = (f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
    return "\n".join(lines)
