"""The audit trail: /studio/v1/audit."""

from __future__ import annotations

from flask_openapi3 import APIBlueprint

from ..access import audit
from .answered import DOCUMENTED, EventsOut
from .asked import AuditSearch
from .services import require, services
from .shapes import Json, event_json, shape

blueprint = APIBlueprint("audit", __name__, url_prefix="/studio/v1/audit", **DOCUMENTED)


@blueprint.get("", responses={200: EventsOut})
def listed(query: AuditSearch) -> Json:
    """Events, the newest first: all for administrators, a project's for its owners."""
    operation = "audit.project" if query.project else "audit.list"
    principal = require(operation, query.project or None)
    here = services()
    here.trail.flush()
    asked = query.model_dump(exclude={"max_results", "page_token"})
    before = here.page_tokens.read(principal.username, ("audit", asked), query.page_token)
    found = here.database.read(
        lambda session: audit.page(
            session, audit.Filter(**asked), before=before, limit=query.max_results + 1
        )
    )
    shown = found[: query.max_results]
    token = ""
    if len(found) > len(shown):
        token = here.page_tokens.write(principal.username, ("audit", asked), shown[-1].id)
    return shape(EventsOut(events=[event_json(one) for one in shown], next_page_token=token)), 200
