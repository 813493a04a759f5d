"""What the REST for people answers about deleted projects."""

from __future__ import annotations

from pydantic import BaseModel

from . import Moment


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
