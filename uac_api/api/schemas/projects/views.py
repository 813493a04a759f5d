"""Saved views: what is asked, and what is answered."""

from __future__ import annotations

from pydantic import BaseModel, Field

from ....access.projects.views import Owner
from ..queries import Asked
from ..responses import Moment


class ViewsOf(Asked):
    """The page whose views are asked for."""

    page: str = Field("runs", max_length=20)


class ViewPath(Asked):
    """A view of a project in the address."""

    slug: str
    view_id: str


class ViewNew(Asked):
    """A view to be: mine unless `owner` says `project`; `address` is by name of the parameter."""

    name: str
    page: str = Field("runs", max_length=20)
    address: dict[str, str] = Field({}, max_length=100)
    owner: Owner = Owner.ME
    default: bool = False


class ViewChange(Asked):
    """What may change of a view; what is left out stays as it is."""

    name: str | None = None
    address: dict[str, str] | None = Field(None, max_length=100)
    owner: Owner | None = None
    default: bool | None = None


class ViewHeadOut(BaseModel):
    """A view without what it holds; send `version` as If-Match to change just what was seen."""

    id: int
    name: str
    page: str
    owner: Owner
    default: bool
    created_by: str
    created_at: Moment
    updated_by: str
    updated_at: Moment
    version: int


class ViewOut(ViewHeadOut):
    """A view; `address` is by name of the parameter."""

    address: dict[str, str]


class ViewsOut(BaseModel):
    """The views of a page that I see, by name: mine and the project's."""

    views: list[ViewHeadOut]
