"""What is asked of the trash of a project."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from . import Asked, Page

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
