"""The JSON of the REST for people: what may be sent, and what comes back."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

from flask_openapi3.types import ResponseDict
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    PlainSerializer,
    field_validator,
)

Moment = Annotated[
    datetime,
    PlainSerializer(lambda value: value.strftime("%Y-%m-%dT%H:%M:%SZ"), return_type=str),
]

# PostgreSQL keeps no NUL, and half of a surrogate pair has no UTF-8.
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def _in_utc(value: datetime) -> datetime:
    try:
        return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)
    except OverflowError:
        raise ValueError("is before or after all times") from None


# A time without a zone is meant in UTC, as every time that leaves is.
AskedMoment = Annotated[datetime, AfterValidator(_in_utc)]
Text = Annotated[str, Field(max_length=4000)]
Secret = Annotated[str, Field(min_length=1, max_length=1024)]


class Asked(BaseModel):
    """What a client sends; a field we do not know is a mistake worth telling."""

    model_config = ConfigDict(extra="forbid")

    @field_validator("*")
    @classmethod
    def _storable(cls, value: object) -> object:
        if isinstance(value, str) and UNSTORABLE.search(value):
            raise ValueError("holds a NUL or half a character")
        return value


class Page(Asked):
    """The query of every list."""

    max_results: int = Field(100, ge=1, le=1000)
    page_token: str = ""


class Search(Page):
    """The query of a list that can be searched by a part of a name."""

    query: str = Field("", max_length=200)


class ProjectSearch(Search):
    """The query of a list over all my projects, or one."""

    project: str = ""


class ErrorOut(BaseModel):
    """The one shape of every error."""

    error_code: str
    message: str
    reason: str
    request_id: str


# For the OpenAPI document: what every operation can answer besides its own, what one that asks
# MLflow can answer as well, and the credentials that are taken.
TROUBLE: ResponseDict = dict.fromkeys((400, 401, 403, 404, 409, 413, 503), ErrorOut)
MLFLOW_TROUBLE: ResponseDict = dict.fromkeys((502, 504), ErrorOut)
CREDENTIALS: list[dict[str, list[str]]] = [{"bearer": []}, {"basic": []}]
DOCUMENTED: dict[str, Any] = {"abp_responses": TROUBLE, "abp_security": CREDENTIALS}


class UserPath(Asked):
    """A person in the address."""

    username: str


class ProjectPath(Asked):
    """A project in the address."""

    slug: str


class MemberPath(Asked):
    """A member of a project in the address."""

    slug: str
    username: str


class TokenPath(Asked):
    """A token in the address."""

    token_id: str


class SignIn(Asked):
    """Name and password."""

    username: str = Field(min_length=1, max_length=254)
    password: Secret


class Ticket(Asked):
    """A one-time ticket of a sign-in."""

    ticket: Secret


class UserOut(BaseModel):
    """A person."""

    username: str
    display_name: str
    email: str
    administrator: bool
    disabled: bool
    created_at: Moment


class UsersOut(BaseModel):
    """People by username."""

    users: list[UserOut]
    next_page_token: str


class UserNew(Asked):
    """A person to be."""

    username: str
    display_name: str = ""
    email: str = ""
    password: Secret
    administrator: bool = False


class UserChange(Asked):
    """What an administrator may change of a person."""

    display_name: str | None = None
    email: str | None = None
    disabled: bool | None = None
    administrator: bool | None = None
    password: Secret | None = None


class MeChange(Asked):
    """What people may change of themselves."""

    display_name: str | None = None
    email: str | None = None


class PasswordChange(Asked):
    """The password that was, and the one that shall be."""

    current_password: Secret
    new_password: Secret


class SessionOut(BaseModel):
    """A session, with its secret."""

    token: str
    expires_at: Moment
    user: UserOut


class SessionNewOut(SessionOut):
    """A fresh session, and the ticket by which a browser takes it over within 30 seconds."""

    ticket: str


class ProjectOut(BaseModel):
    """A project as the asking person sees it."""

    slug: str
    name: str
    description: str
    role: str | None
    may: list[str]
    members: int
    created_at: Moment
    created_by: str


class ProjectsOut(BaseModel):
    """Projects by slug."""

    projects: list[ProjectOut]
    next_page_token: str


class ProjectNew(Asked):
    """A project to be."""

    slug: str
    name: str = ""
    description: Text = ""
    owner: str | None = None


class ProjectChange(Asked):
    """What may change of a project."""

    name: str | None = None
    description: Text | None = None


class MeOut(BaseModel):
    """Who is asking, and what they may do where."""

    user: UserOut
    projects: list[ProjectOut]
    via: str
    token: str | None


class MemberOut(BaseModel):
    """A person's role in a project; send `version` as If-Match to change just this."""

    username: str
    display_name: str
    role: str
    granted_by: str
    granted_at: Moment
    version: int
    disabled: bool


class MembersOut(BaseModel):
    """Members by username."""

    members: list[MemberOut]


class MemberRole(Asked):
    """The role to give."""

    role: str


class TokenOut(BaseModel):
    """A token without its secret."""

    id: str
    name: str
    project: str | None
    actions: list[str] | None
    created_at: Moment
    expires_at: Moment | None
    last_used_at: Moment | None
    expired: bool


class TokenNewOut(TokenOut):
    """A fresh token; `token` is shown this once."""

    token: str


class TokensOut(BaseModel):
    """My tokens, newest first."""

    tokens: list[TokenOut]


class TokenNew(Asked):
    """A token to be; without `project` and `actions` it may do what I may."""

    name: str
    project: str | None = None
    actions: list[str] | None = None
    expires_in_days: int | None = None


class ExperimentsOut(BaseModel):
    """Experiments over my projects, latest change first."""

    experiments: list[dict[str, Any]]
    next_page_token: str


class ModelsOut(BaseModel):
    """Registered models over my projects, latest change first."""

    models: list[dict[str, Any]]
    next_page_token: str


class AuditSearch(Page):
    """The query of the audit trail."""

    user: str = ""
    project: str = ""
    action: str = ""
    outcome: str = ""
    request_id: str = ""
    since: AskedMoment | None = None
    until: AskedMoment | None = None


class EventOut(BaseModel):
    """One entry of the audit trail."""

    id: int
    at: Moment
    request_id: str
    user: str
    token: str
    project: str
    action: str
    operation: str
    target: str
    outcome: str
    reason: str
    status: int
    count: int
    address: str


class EventsOut(BaseModel):
    """Events, the newest first."""

    events: list[EventOut]
    next_page_token: str


class Check(BaseModel):
    """Whether one thing we depend on is fit."""

    ok: bool
    message: str


class StatusOut(BaseModel):
    """What the banner needs to know."""

    mlflow: Check
    version: str
