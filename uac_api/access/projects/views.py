"""Saved views: how a page of Studio is arranged, by a name, for one person or for a project.

A view is a part of an address: names of parameters with their values. Each belongs to one person,
who alone knows of it, or to the project. One of the project's may be what a page opens with.
The caller of what writes holds the project's lock, so that names stay unique and numbers in bounds.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import ColumnElement, func, or_, select, update
from sqlalchemy.orm import Session, undefer

from .. import validation
from ..errors import AlreadyExists, Exhausted, Invalid, NotFound, Stale
from ..models import Project, View, now

# Which pages have views, and which parameters of their addresses are part of one. What the project
# is, which runs are compared and which view is open is no arrangement.
PARAMETERS: Mapping[str, frozenset[str]] = {
    "runs": frozenset(
        {
            *("experiment_id", "name", "status", "filter", "top", "view"),
            *("sort", "columns", "top_runs", "only", "cells", "best", "group", "spread", "show"),
            *("charts", "split"),
        }
    ),
}
NAME_MAX = 100
# A column of MySQL holds 65,535 bytes, of which a letter takes four at most.
ADDRESS_MAX = 16_000
MOST_OF_A_PERSON = 50
MOST_OF_A_PROJECT = 100


class Owner(StrEnum):
    """Whose a view is: of the person who made it, or of the project."""

    ME = "me"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class Maker:
    """Who makes or changes a view."""

    user_id: int
    username: str


@dataclass(frozen=True, slots=True)
class Change:
    """What is to change of a view; None stays as it is."""

    name: str | None = None
    address: Mapping[str, str] | None = None
    owner: Owner | None = None
    default: bool | None = None


def page(session: Session, project: Project, page: str, *, user_id: int | None) -> list[View]:
    """The views of a page that a person sees, by name and without their addresses.

    Their own ones and the project's; `user_id` is None for who has none of their own.
    """
    wanted = select(View).where(View.project_id == project.id, _seen_by(user_id))
    return list(session.scalars(wanted.where(View.page == page).order_by(View.name, View.id)))


def get(session: Session, project: Project, view_id: str, *, user_id: int | None) -> View:
    """A view that this person sees; raises NotFound, also for one of somebody else."""
    view = session.scalar(
        select(View)
        .options(undefer(View.address))
        .where(
            View.id == validation.number(view_id),
            View.project_id == project.id,
            _seen_by(user_id),
        )
    )
    if view is None:
        raise NotFound(
            "There is no such view in this project, or it is not yours. It may have been deleted.",
            reason="no_such_view",
        )
    return view


def create(session: Session, project: Project, page: str, change: Change, *, by: Maker) -> View:
    """A new view; raises Invalid, AlreadyExists, or Exhausted where there are too many."""
    if page not in PARAMETERS:
        known = ", ".join(sorted(PARAMETERS))
        raise Invalid(f"'{page}' has no views. Pages with views: {known}.", reason="invalid_page")
    owner = change.owner or Owner.ME
    view = View(
        project_id=project.id,
        user_id=None if owner is Owner.PROJECT else by.user_id,
        page=page,
        name=validation.title(change.name or "", "A view's name", longest=NAME_MAX),
        address=_written(page, change.address or {}),
        created_by=by.username,
        updated_by=by.username,
    )
    _require_room(session, view)
    _require_free_name(session, view)
    _set_default(session, view, default=bool(change.default))
    session.add(view)
    session.flush()
    return view


def update_view(
    session: Session, view: View, change: Change, *, by: Maker, expected: int | None = None
) -> None:
    """Change a view that `get` has answered.

    `expected` is the version that the caller has seen. A project's view that becomes somebody's own
    is no default any more. Raises Invalid, AlreadyExists, Exhausted, or Stale.
    """
    require_version(view, expected)
    if change.name is not None:
        view.name = validation.title(change.name, "A view's name", longest=NAME_MAX)
    if change.address is not None:
        view.address = _written(view.page, change.address)
    if change.owner is not None and change.owner is not owner_of(view):
        view.user_id = None if change.owner is Owner.PROJECT else by.user_id
        _require_room(session, view)
    _require_free_name(session, view)
    kept = view.is_default and owner_of(view) is Owner.PROJECT
    _set_default(session, view, default=kept if change.default is None else change.default)
    view.version += 1
    view.updated_by, view.updated_at = by.username, now()
    session.flush()


def remove(session: Session, view: View, *, expected: int | None = None) -> None:
    """Delete a view that `get` has answered; raises Stale."""
    require_version(view, expected)
    session.delete(view)
    session.flush()


def require_version(view: View, expected: int | None) -> None:
    """Raise Stale if somebody changed the view since that version of it."""
    if expected is not None and view.version != expected:
        raise Stale(
            f"'{view.updated_by}' changed the view '{view.name}' meanwhile. "
            "Open it again, or save yours under another name."
        )


def owner_of(view: View) -> Owner:
    """Whose the view is, for somebody who sees it."""
    return Owner.PROJECT if view.user_id is None else Owner.ME


def address_of(view: View) -> dict[str, str]:
    """What the view holds, by the name of the parameter."""
    address: dict[str, str] = json.loads(view.address)
    return address


def _seen_by(user_id: int | None) -> ColumnElement[bool]:
    of_project = View.user_id.is_(None)
    return of_project if user_id is None else or_(of_project, View.user_id == user_id)


def _written(page: str, address: Mapping[str, str]) -> str:
    unknown = sorted(set(address) - PARAMETERS[page])
    if unknown:
        raise Invalid(
            f"A view of the page '{page}' does not hold '{unknown[0][:40]}'. "
            f"It holds: {', '.join(sorted(PARAMETERS[page]))}.",
            reason="invalid_address",
        )
    if not all(map(validation.is_storable, address.values())):
        raise Invalid("A view holds a NUL or half a character.", reason="invalid_address")
    held = {name: address[name] for name in sorted(address) if address[name]}
    text = json.dumps(held, ensure_ascii=False, separators=(",", ":"))
    if len(text) > ADDRESS_MAX:
        raise Invalid(
            f"A view holds at most {ADDRESS_MAX:,} characters, and this one has {len(text):,}. "
            "Show fewer columns, or shorten the filter.",
            reason="invalid_address",
        )
    return text


def _of_same_owner(view: View) -> tuple[ColumnElement[bool], ...]:
    whose = View.user_id.is_(None) if view.user_id is None else View.user_id == view.user_id
    # A view that is not stored yet has no id: no other has the id 0 either.
    return (View.project_id == view.project_id, whose, View.id != (view.id or 0))


def _require_room(session: Session, view: View) -> None:
    with session.no_autoflush:
        others = session.scalar(select(func.count(View.id)).where(*_of_same_owner(view))) or 0
    of_project = view.user_id is None
    most = MOST_OF_A_PROJECT if of_project else MOST_OF_A_PERSON
    if others >= most:
        whose = "This project has" if of_project else "You have"
        there = "" if of_project else " in this project"
        raise Exhausted(
            f"{whose} {most} views{there}, which is the most. Delete one that nobody needs.",
            reason="quota_views",
        )


def _require_free_name(session: Session, view: View) -> None:
    with session.no_autoflush:
        taken = session.scalar(
            select(View.id).where(
                *_of_same_owner(view), View.page == view.page, View.name == view.name
            )
        )
    if taken is not None:
        whose = "The project has" if view.user_id is None else "You have"
        raise AlreadyExists(f"{whose} a view '{view.name}' already. Choose another name.")


def _set_default(session: Session, view: View, *, default: bool) -> None:
    if default and owner_of(view) is not Owner.PROJECT:
        raise Invalid(
            "Only a view of the project can be the one that everybody begins with.",
            reason="invalid_default",
        )
    if default and not view.is_default:
        others = (*_of_same_owner(view), View.page == view.page, View.is_default)
        session.execute(update(View).where(*others).values(is_default=False))
    view.is_default = default
