"""What the REST for people answers about the trash of a project."""

from __future__ import annotations

from pydantic import BaseModel

from . import Moment


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
