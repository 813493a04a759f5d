"""What clients send about requests for access."""

from __future__ import annotations

from . import Asked, Text


class RequestNew(Asked):
    """The role to ask for, and a word to the owners."""

    role: str
    message: Text = ""


class RequestPath(Asked):
    """A request of a project in the address."""

    slug: str
    request_id: str


class RequestRole(Asked):
    """The role that an owner gives."""

    role: str


class RequestDecline(Asked):
    """Nothing: a request is declined without a word."""
