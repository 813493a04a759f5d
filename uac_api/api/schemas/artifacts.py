"""Files of runs and logged models, as one zip."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from .queries import Asked

MEDIA_TYPE = "application/zip"
# For the OpenAPI document.
ZIP: dict[str, Any] = {
    "description": "A zip, written while it is sent.",
    "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
}
Id = Annotated[str, Field(min_length=1, max_length=100)]
FilePath = Annotated[str, Field(min_length=1, max_length=4000)]


class RunPath(Asked):
    """A run in the address."""

    slug: str
    run_id: Id


class LoggedModelPath(Asked):
    """A logged model in the address."""

    slug: str
    model_id: Id


class ChosenFiles(Asked):
    """Which files and folders, by their paths; every file where none is named."""

    path: list[FilePath] = Field([], max_length=200)
