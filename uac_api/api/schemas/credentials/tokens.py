"""Tokens: what is asked, and what is answered."""

from __future__ import annotations

from pydantic import BaseModel, Field

from ..queries import Asked
from ..responses import Moment


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


class TokenOut(BaseModel):
    """A token without its secret; `expires_at` is empty for tokens of before that never end."""

    id: str
    name: str
    project: str | None
    actions: list[str] | None
    run_id: str | None
    replaces: str | None
    created_by: str
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None
    last_address: str
    last_client: str
    expired: bool


class TokenNewOut(TokenOut):
    """A fresh token; `token` is shown this once."""

    token: str


class TokensOut(BaseModel):
    """Somebody's tokens, newest first, and how many days a new one may live."""

    tokens: list[TokenOut]
    default_days: int
    max_days: int


class OwnedTokenOut(TokenOut):
    """A token and whose it is; `kind` is "person" or "service"."""

    username: str
    display_name: str
    kind: str
    disabled: bool


class OwnedTokensOut(BaseModel):
    """Tokens of several owners, newest first."""

    tokens: list[OwnedTokenOut]
    next_page_token: str


class FoundTokensOut(BaseModel):
    """The tokens whose ids stand in a text."""

    tokens: list[OwnedTokenOut]
