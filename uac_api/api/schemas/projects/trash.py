"""What was deleted, projects too: what is asked, and what is answered."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field

from ..queries import Asked, Page
from ..responses import Moment

TrashKind = Literal["runs", "experiments", "models"]


class TrashPage(Page):
    """The query of the trash: one kind at a time; prompts are among the models."""

    kind: TrashKind = "runs"


class Restore(Asked):
    """What is to come back, as the list of its kind tells the id."""

    kind: TrashKind = "runs"
    id: str = Field(min_length=1, max_length=64)


class ProjectRestore(Asked):
    """Nothing: the address says which project comes back."""


class TrashItemOut(BaseModel):
    """Something deleted that can come back until `goes_at`, null for no end.

    `what` is run, experiment, model, prompt, model version or prompt version; `inside` the name of
    a run's experiment, `runs` how many an experiment has.
    """

    kind: str
    id: str
    what: str
    name: str
    inside: str
    runs: int | None
    deleted_by: str
    deleted_at: Moment | None
    goes_at: Moment | None


class TrashOut(BaseModel):
    """Deleted things of one kind, those deleted last first; they stay for `days`, 0 for ever."""

    items: list[TrashItemOut]
    next_page_token: str
    days: int


class RestoredOut(BaseModel):
    """What came back; `left` are aliases of it that name another version now and stay there."""

    kind: str
    id: str
    name: str
    left: list[str]


class DeletedProjectOut(BaseModel):
    """A deleted project; at `goes_at`, null for never, its content is purged."""

    slug: str
    name: str
    description: str
    deleted_by: str
    deleted_at: Moment | None
    goes_at: Moment | None


class DeletedProjectsOut(BaseModel):
    """Deleted projects by slug."""

    projects: list[DeletedProjectOut]
    next_page_token: str
