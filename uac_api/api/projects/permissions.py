"""The matrix of who has which role where, for administrators: /studio/v1/permissions."""

from __future__ import annotations

from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.decisions import matrix as permissions
from ..json import Json, shape
from ..schemas.projects.explain import PermissionSearch
from ..schemas.projects.permissions import PermissionsOut
from ..schemas.responses import DOCUMENTED
from ..services import require, services
from .grants_json import group_row_json, person_row_json

blueprint = APIBlueprint("permissions", __name__, url_prefix="/studio/v1/permissions", **DOCUMENTED)


@blueprint.get("", responses={200: PermissionsOut})
def listed(query: PermissionSearch) -> Json:
    """The roles as they were granted, to people by username and to the groups of these people."""
    principal = require("permissions.list")
    here = services()
    wanted = permissions.Filter(query.user, query.group, query.project)
    question = ("permissions", query.user, query.group, query.project)
    after = here.page_tokens.read(principal.username, question, query.page_token) or ""

    def work(session: Session) -> Json:
        matrix = permissions.page(session, wanted, after=after, limit=query.max_results)
        token = ""
        if matrix.more:
            last = matrix.people[-1].user.username
            token = here.page_tokens.write(principal.username, question, last)
        out = PermissionsOut(
            people=[person_row_json(row) for row in matrix.people],
            groups=[group_row_json(row) for row in matrix.groups],
            next_page_token=token,
        )
        return shape(out), 200

    return here.database.read(work)
