"""What clients send to the REST for people: bodies, queries and parts of addresses."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator

from ...access import validation


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
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and not validation.is_storable(text):
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
    """The query of a list over all my projects, or those that are named.

    `filter` is in MLflow's own filter language.
    """

    project: list[str] = Field([], max_length=1000)
    filter: str = Field("", max_length=4000)

    @field_validator("project")
    @classmethod
    def _named(cls, value: list[str]) -> list[str]:
        return sorted({slug for slug in value if slug})


class OrderedSearch(ProjectSearch):
    """The query of a list over projects whose rows change after they were made."""

    order: Literal["created", "updated"] = "created"


class WideSearch(ProjectSearch):
    """The query of a list over projects whose rows are large."""

    max_results: int = Field(100, ge=1, le=200)


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


class SignIn(Asked):
    """Name and password."""

    username: str = Field(min_length=1, max_length=254)
    password: Secret


class Ticket(Asked):
    """A one-time ticket of a sign-in."""

    ticket: Secret


class UserNew(Asked):
    """A person to be."""

    username: str
    display_name: str = ""
    email: str = ""
    password: Secret
    administrator: bool = False


class UserChange(Asked):
    """What an administrator may change of a person; `end_tokens` revokes every token of theirs."""

    display_name: str | None = None
    email: str | None = None
    disabled: bool | None = None
    administrator: bool | None = None
    password: Secret | None = None
    end_tokens: bool = False


class MeChange(Asked):
    """What people may change of themselves."""

    display_name: str | None = None
    email: str | None = None


class PasswordChange(Asked):
    """The password that was, and the one that shall be."""

    current_password: Secret
    new_password: Secret


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


class ProjectDelete(Asked):
    """The project's slug or name, typed by whoever deletes it."""

    name: str = Field("", max_length=200)
