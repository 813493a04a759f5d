"""What the REST for people answers, and what every operation can answer besides its own."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from flask_openapi3.types import ResponseDict
from pydantic import BaseModel, PlainSerializer

Moment = Annotated[
    datetime,
    PlainSerializer(lambda value: value.strftime("%Y-%m-%dT%H:%M:%SZ"), return_type=str),
]


class ErrorOut(BaseModel):
    """The one shape of every error."""

    error_code: str
    message: str
    reason: str
    request_id: str


# For the OpenAPI document: what every operation can answer besides its own, what one that asks
# MLflow can answer as well, and the credentials that are taken.
TROUBLE: ResponseDict = dict.fromkeys((400, 401, 403, 404, 409, 413, 429, 503), ErrorOut)
MLFLOW_TROUBLE: ResponseDict = dict.fromkeys((502, 504), ErrorOut)
CREDENTIALS: list[dict[str, list[str]]] = [{"bearer": []}, {"basic": []}]
DOCUMENTED: dict[str, Any] = {"abp_responses": TROUBLE, "abp_security": CREDENTIALS}


class UserOut(BaseModel):
    """A person; send `version` as If-Match to change just what was seen."""

    username: str
    display_name: str
    email: str
    administrator: bool
    disabled: bool
    created_at: Moment
    version: str


class UsersOut(BaseModel):
    """People by username."""

    users: list[UserOut]
    next_page_token: str


class SessionOut(BaseModel):
    """A session, with its secret."""

    token: str
    expires_at: Moment
    user: UserOut


class SessionNewOut(SessionOut):
    """A fresh session, and the ticket by which a browser takes it over within 30 seconds."""

    ticket: str


class SessionRedeemedOut(SessionOut):
    """A lasting session, and what its browser shows to MLflow's interface and nowhere else."""

    interface: str


class ProjectOut(BaseModel):
    """A project as the asking person sees it; `role_expires_at` is null for a role without an end.

    No role that the person gives there may end later.
    """

    slug: str
    name: str
    description: str
    role: str | None
    role_expires_at: Moment | None
    may: list[str]
    members: int
    created_at: Moment
    created_by: str


class ProjectsOut(BaseModel):
    """Projects by slug."""

    projects: list[ProjectOut]
    next_page_token: str


class MeOut(BaseModel):
    """Who is asking, what they may do where, and how long what they delete stays in the trash."""

    user: UserOut
    projects: list[ProjectOut]
    via: str
    token: str | None
    trash_days: int


class ExperimentsOut(BaseModel):
    """Experiments over my projects, newest first."""

    experiments: list[dict[str, Any]]
    next_page_token: str


class RunsOut(BaseModel):
    """Runs over my projects, started last first."""

    runs: list[dict[str, Any]]
    next_page_token: str


class ModelsOut(BaseModel):
    """Registered models over my projects, newest first."""

    models: list[dict[str, Any]]
    next_page_token: str


class TracesOut(BaseModel):
    """Traces over my projects, latest first."""

    traces: list[dict[str, Any]]
    next_page_token: str


class Check(BaseModel):
    """Whether one thing we depend on is fit."""

    ok: bool
    message: str


class StatusOut(BaseModel):
    """What the banner needs to know."""

    mlflow: Check
    version: str
