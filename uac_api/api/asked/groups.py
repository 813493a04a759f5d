"""What clients send about groups."""

from __future__ import annotations

from . import Asked, Text


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
