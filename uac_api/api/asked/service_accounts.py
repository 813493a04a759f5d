"""Service accounts, as clients ask for them."""

from __future__ import annotations

from . import Asked, Text


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


class AccountChange(Asked):
    """What may change of a service account."""

    role: str | None = None
    description: Text | None = None
    disabled: bool | None = None
