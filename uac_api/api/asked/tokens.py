"""Tokens, as clients ask for them."""

from __future__ import annotations

from pydantic import Field

from . import Asked


class TokenPath(Asked):
    """A token in the address."""

    token_id: str


class ProjectTokenPath(TokenPath):
    """A token of a project in the address."""

    slug: str


class TokenLimits(Asked):
    """A name, and what a token is made without.

    Without `actions` it may do what its owner may. With `run_id` it may log into that run and
    read it, and nothing else.
    """

    name: str
    actions: list[str] | None = None
    run_id: str | None = None
    expires_in_days: int | None = None


class TokenNew(TokenLimits):
    """A token to be; without `project` it reaches all my projects."""

    project: str | None = None


class Rotation(Asked):
    """How long the old token goes on, and how long the new one shall live."""

    overlap_hours: int = 24
    expires_in_days: int | None = None


class Leaked(Asked):
    """A text in which a token was found; the beginning of its id is enough."""

    text: str = Field(max_length=10_000)
