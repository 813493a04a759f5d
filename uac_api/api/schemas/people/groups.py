"""Groups: what is asked, and what is answered."""

from __future__ import annotations

from pydantic import BaseModel, RootModel

from ..projects.grants import PreviewOut
from ..queries import Asked, Text
from ..responses import Moment


class GroupPath(Asked):
    """A group in the address."""

    name: str


class GroupPersonPath(Asked):
    """A person of a group in the address."""

    name: str
    username: str


class MemberGroupPath(Asked):
    """A group of a project in the address."""

    slug: str
    name: str


class GroupNew(Asked):
    """A group to be."""

    name: str
    description: Text = ""


class GroupChange(Asked):
    """What may change of a group."""

    name: str | None = None
    description: Text | None = None


class GroupPersonNew(Asked):
    """An empty object: the address says who joins which group."""


class GroupOut(BaseModel):
    """A group with how many `people` and `projects` it has.

    Send `version` as If-Match to change just this.
    """

    name: str
    description: str
    people: int
    projects: int
    created_by: str
    created_at: Moment
    version: int


class GroupsOut(BaseModel):
    """Groups by name."""

    groups: list[GroupOut]
    next_page_token: str


class GroupPersonOut(BaseModel):
    """A person in a group; `source` says who keeps the entry: "studio" (people) or "claims"."""

    username: str
    display_name: str
    disabled: bool
    source: str
    added_by: str
    added_at: Moment


class GroupPeopleOut(BaseModel):
    """The people of a group by username."""

    people: list[GroupPersonOut]
    next_page_token: str


class GroupPutOut(RootModel[GroupOut | PreviewOut]):
    """The group, or with `preview` what the change would do."""


class GroupPersonPutOut(RootModel[GroupPersonOut | PreviewOut]):
    """The person, or with `preview` what the change would do."""
