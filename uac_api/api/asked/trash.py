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
    """What is to come back."""

    kind: TrashKind
    id: str = Field(min_length=1, max_length=64)
