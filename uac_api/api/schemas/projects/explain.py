"""Explain: what is asked, and what is answered."""

from __future__ import annotations

from pydantic import BaseModel

from ..queries import Asked, Page
from ..responses import Moment


class ExplainQuery(Asked):
    """A person (myself when left out), an action and a project."""

    user: str = ""
    action: str = ""
    project: str = ""


class PermissionSearch(Page):
    """The query of the matrix: a part of a person's name, a whole group's name, a slug."""

    user: str = ""
    group: str = ""
    project: str = ""


class ChainOut(BaseModel):
    """One way to a role; `through` names the group, and is empty for a role of one's own.

    `added_by`, `added_at` and `source` say how the person came into the group. `counts` marks
    the one that decides. `version` is the If-Match of the role.
    """

    role: str
    through: str
    granted_by: str
    granted_at: Moment
    expires_at: Moment | None
    expired: bool
    reason: str
    version: int
    added_by: str
    added_at: Moment
    source: str
    counts: bool


class AccessOut(BaseModel):
    """A person with a way into the project; `role` is the one that counts, null when none does."""

    username: str
    display_name: str
    kind: str
    disabled: bool
    role: str | None
    may: list[str]
    chains: list[ChainOut]


class AccessesOut(BaseModel):
    """Everybody with a way into the project, by username."""

    people: list[AccessOut]
    next_page_token: str


class ExplainOut(BaseModel):
    """A decision, explained: `reason` is for programs, `message` for people."""

    user: str
    action: str
    project: str
    allowed: bool
    reason: str
    message: str
    chains: list[ChainOut]
