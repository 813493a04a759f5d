"""Requests: what is asked, and what is answered."""

from __future__ import annotations

from pydantic import BaseModel

from ..queries import Asked, Text
from ..responses import Moment
from .grants import Ending


class RequestNew(Asked):
    """The role to ask for, and a word to the owners."""

    role: str
    message: Text = ""


class RequestPath(Asked):
    """A request of a project in the address."""

    slug: str
    request_id: str


class RequestRole(Ending):
    """The role that an owner gives, and until when."""

    role: str


class RequestDecline(Asked):
    """Nothing: a request is declined without a word."""


class RequestedOut(BaseModel):
    """The same for every project, there or not."""

    message: str


class RequestOut(BaseModel):
    """Somebody asks for a role."""

    id: int
    username: str
    display_name: str
    email: str
    role: str
    message: str
    created_at: Moment


class RequestsOut(BaseModel):
    """Open requests, the oldest first."""

    requests: list[RequestOut]
    next_page_token: str


class ProjectRequestsOut(BaseModel):
    """How many requests wait in a project."""

    slug: str
    name: str
    open: int


class RequestCountsOut(BaseModel):
    """The projects that I manage and where somebody waits, by slug."""

    projects: list[ProjectRequestsOut]


class RequestDecidedOut(BaseModel):
    """What was decided of a request."""

    id: int
    username: str
    outcome: str
