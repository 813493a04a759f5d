"""Service accounts: what is asked, and what is answered."""

from __future__ import annotations

from pydantic import BaseModel

from ..projects.grants import Ending
from ..queries import Asked, Text
from ..responses import Moment


class AccountPath(Asked):
    """A service account of a project in the address."""

    slug: str
    username: str


class AccountTokenPath(AccountPath):
    """A token of a service account in the address."""

    token_id: str


class AccountNew(Asked):
    """A service account to be; its username becomes `svc-<project>-<name>`."""

    name: str
    role: str
    description: Text = ""


class AccountChange(Ending):
    """What may change of a service account."""

    role: str | None = None
    description: Text | None = None
    disabled: bool | None = None


class AccountOut(BaseModel):
    """A service account; send `version` as If-Match to change just this.

    `expires_at` is when its role ends, with that of who made it; null is never.
    """

    username: str
    name: str
    role: str
    description: str
    disabled: bool
    tokens: int
    created_by: str
    created_at: Moment
    expires_at: Moment | None
    version: int


class AccountsOut(BaseModel):
    """Service accounts by username."""

    service_accounts: list[AccountOut]
    next_page_token: str
