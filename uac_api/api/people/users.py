"""People, for administrators: /studio/v1/users."""

from __future__ import annotations

from dataclasses import asdict

from flask import request
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.credentials import tokens
from ...access.people import deletion, users
from ...access.people.deletion import Departure
from ..json import Json, shape, user_json
from ..schemas.people.users import DepartureOut, UserDelete, UserSearch
from ..schemas.queries import UserChange, UserNew, UserPath
from ..schemas.responses import DOCUMENTED, UserOut, UsersOut
from ..services import record, require, services

blueprint = APIBlueprint("users", __name__, url_prefix="/studio/v1/users", **DOCUMENTED)


@blueprint.get("", responses={200: UsersOut})
def listed(query: UserSearch) -> Json:
    """People by username; `query` finds parts of names and addresses."""
    principal = require("users.list")
    here = services()
    question = ("users", query.query, query.show)
    after = here.page_tokens.read(principal.username, question, query.page_token) or ""
    found = here.database.read(
        lambda session: users.page(
            session,
            query=query.query,
            show=query.show,
            after=after,
            limit=query.max_results + 1,
        )
    )
    shown = found[: query.max_results]
    token = ""
    if len(found) > len(shown):
        token = here.page_tokens.write(principal.username, question, shown[-1].username)
    return shape(UsersOut(users=[user_json(user) for user in shown], next_page_token=token)), 200


@blueprint.post("", responses={201: UserOut})
def create(body: UserNew) -> Json:
    """Add a person."""
    require("users.create")

    def work(session: Session) -> Json:
        user = users.create(session, **body.model_dump())
        record(session, user.username, status=201)
        return shape(user_json(user)), 201

    return services().database.write(work)


@blueprint.patch("/<username>", responses={200: UserOut})
def update(path: UserPath, body: UserChange) -> Json:
    """Change a person; disabling or a new password signs them out everywhere.

    With `end_tokens` their tokens end as well; with If-Match only if nobody changed them meanwhile.
    """
    require("users.update")
    expected = _expected()
    changes = body.model_dump(exclude={"password", "end_tokens"})

    def work(session: Session) -> Json:
        user = users.get(session, path.username)
        users.change(session, user, **changes, expected=expected)
        if body.password is not None:
            users.set_password(session, user, body.password)
        named = ", ".join(sorted(body.model_fields_set))
        if body.end_tokens:
            named += f"; tokens ended: {tokens.revoke_all(session, user.id)}"
        record(session, f"{user.username}: {named}")
        return shape(user_json(user)), 200

    return services().database.write(work)


@blueprint.delete("/<username>", responses={200: DepartureOut})
def delete(path: UserPath, query: UserDelete) -> Json:
    """Delete a person; what only they own goes to `owner`. `preview` tells what would happen."""
    principal = require("users.delete")

    def look(session: Session) -> Json:
        found = deletion.preview(session, path.username, by=principal.username)
        return shape(_departure_json(found, query)), 200

    def work(session: Session) -> Json:
        gone = deletion.remove(session, path.username, by=principal.username, owner=query.owner)
        given = f": {', '.join(gone.projects)} to {query.owner}" if gone.projects else ""
        record(session, f"{gone.username}{given}")
        return shape(_departure_json(gone, query)), 200

    database = services().database
    return database.read(look) if query.preview else database.write(work)


def _departure_json(departure: Departure, query: UserDelete) -> DepartureOut:
    return DepartureOut(
        **asdict(departure),
        deleted=not query.preview,
        owner=(query.owner or None) if departure.projects else None,
    )


def _expected() -> str | None:
    value = request.headers.get("If-Match", "*").strip().strip('"')
    return None if value == "*" else value
