"""People, for administrators: /studio/v1/users."""

from __future__ import annotations

from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ..access import users
from .answered import DOCUMENTED, UserOut, UsersOut
from .asked import Search, UserChange, UserNew, UserPath
from .services import record, require, services
from .shapes import Json, shape, user_json

blueprint = APIBlueprint("users", __name__, url_prefix="/studio/v1/users", **DOCUMENTED)


@blueprint.get("", responses={200: UsersOut})
def listed(query: Search) -> Json:
    """People by username; `query` finds parts of names and addresses."""
    principal = require("users.list")
    here = services()
    question = ("users", query.query)
    after = here.page_tokens.read(principal.username, question, query.page_token) or ""
    found = here.database.read(
        lambda session: users.page(
            session, query=query.query, after=after, limit=query.max_results + 1
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
    """Change a person; disabling or a new password signs them out everywhere."""
    require("users.update")
    changes = body.model_dump(exclude={"password"})

    def work(session: Session) -> Json:
        user = users.get(session, path.username)
        users.change(session, user, **changes)
        if body.password is not None:
            users.set_password(session, user, body.password)
        named = ", ".join(sorted(body.model_fields_set))
        record(session, f"{user.username}: {named}")
        return shape(user_json(user)), 200

    return services().database.write(work)
