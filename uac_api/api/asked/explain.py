"""What clients send to ask who may do what."""

from __future__ import annotations

from . import Asked, Page


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
