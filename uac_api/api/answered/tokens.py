"""Tokens, as they are answered."""

from __future__ import annotations

from pydantic import BaseModel

from . import Moment


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
