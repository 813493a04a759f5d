"""Service accounts, as they are answered."""

from __future__ import annotations

from pydantic import BaseModel

from . import Moment


class AccountOut(BaseModel):
    """A service account; send `version` as If-Match to change just this."""

    username: str
    name: str
    role: str
    description: str
    disabled: bool
    tokens: int
    created_by: str
    created_at: Moment
    version: int


class AccountsOut(BaseModel):
    """Service accounts by username."""

    service_accounts: list[AccountOut]
    next_page_token: str
