"""Which names go into which project, as people say it: a file, options of the command, or both."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from pathlib import Path

import yaml
from pydantic import Field, ValidationError

from ops.adopt.errors import AdoptError
from ops.adopt.planning.plan import Document, describe_mistakes
from uac_api.access import validation
from uac_api.access.errors import Invalid


class MappedProject(Document):
    """Which names go into a project; `names` counts for all kinds of things."""

    owner: str = ""
    title: str = ""
    names: tuple[str, ...] = ()
    experiments: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    prompts: tuple[str, ...] = ()
    datasets: tuple[str, ...] = ()


class Map(Document):
    """The document of `--map`: projects in the order in which their patterns are tried."""

    projects: dict[str, MappedProject] = Field(default_factory=dict)
    rest: str = ""

    def project_of(self, kind: str, name: str) -> str:
        """The project whose pattern for this kind of things comes first; "" if none names it."""
        for slug, project in self.projects.items():
            patterns: tuple[str, ...] = getattr(project, kind)
            if any(fnmatchcase(name, one) for one in (*project.names, *patterns)):
                return slug
        return ""


def read_map(file: Path) -> Map:
    """The map in a YAML file; raises AdoptError naming every mistake."""
    try:
        return Map.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise AdoptError(f"{file} is no YAML: {' '.join(str(error).split())}") from None
    except ValidationError as error:
        raise AdoptError(f"{file} is no map:\n{describe_mistakes(error)}") from None


def with_options(given: Map, patterns: Iterable[str], rest: str, owners: Iterable[str]) -> Map:
    """The map with what stands in the command: PATTERN=PROJECT, the rest, OWNER or PROJECT=OWNER.

    Raises AdoptError for what is none of these and for slugs that no project may have.
    """
    projects = dict(given.projects)
    for option in patterns:
        pattern, said, slug = option.rpartition("=")
        if not said or not pattern:
            raise AdoptError(f"--pattern {option!r} is not PATTERN=PROJECT.")
        before = projects.get(slug, MappedProject())
        projects[slug] = before.model_copy(update={"names": (*before.names, pattern)})
    rest = rest or given.rest
    if rest:
        projects.setdefault(rest, MappedProject())
    for option in owners:
        slug, said, owner = option.rpartition("=")
        if said and slug not in projects:
            raise AdoptError(f"--owner {option!r}: nothing goes into the project {slug!r}.")
        for one in [slug] if said else [one for one in projects if not projects[one].owner]:
            projects[one] = projects[one].model_copy(update={"owner": owner})
    for slug in projects:
        try:
            validation.slug(slug)
        except Invalid as error:
            raise AdoptError(f"{slug!r}: {error.message}") from None
    if not projects:
        raise AdoptError("Say what goes where: --pattern 'fraud-*=fraud', --rest PROJECT, --map.")
    return Map(projects=projects, rest=rest)
