"""The audit trail: /studio/v1/audit."""

from __future__ import annotations

from dataclasses import asdict, replace

from flask_openapi3 import APIBlueprint

from ...access.audit import events, timeline, verify
from ..json import Json, event_json, shape
from ..schemas.audit import (
    AuditFilter,
    AuditSearch,
    AuditTimeline,
    AuditVerify,
    CountOut,
    EventsOut,
    FindingOut,
    TimelineOut,
    VerifyOut,
)
from ..schemas.responses import DOCUMENTED
from ..services import require, services

blueprint = APIBlueprint("audit", __name__, url_prefix="/studio/v1/audit", **DOCUMENTED)


@blueprint.get("", responses={200: EventsOut})
def listed(query: AuditSearch) -> Json:
    """Events, the newest first: all for administrators, a project's for its owners."""
    username = _may_read(query)
    here = services()
    asked = query.model_dump(exclude={"max_results", "page_token"})
    before = here.page_tokens.read(username, ("audit", asked), query.page_token)
    found = here.database.read(
        lambda session: events.page(
            session, events.Filter(**asked), before=before, limit=query.max_results + 1
        )
    )
    shown = found[: query.max_results]
    token = ""
    if len(found) > len(shown):
        token = here.page_tokens.write(username, ("audit", asked), shown[-1].id)
    return shape(EventsOut(events=[event_json(one) for one in shown], next_page_token=token)), 200


@blueprint.get("/timeline", responses={200: TimelineOut})
def counted(query: AuditTimeline) -> Json:
    """How many events there were per hour or day, by outcome, for the same filters."""
    _may_read(query)
    wanted = events.Filter(**query.model_dump(exclude={"per"}))
    since = timeline.start_of(wanted, query.per)
    found = services().database.read(
        lambda session: timeline.counts(session, replace(wanted, since=since), query.per)
    )
    counts = [CountOut(**asdict(one)) for one in found]
    return shape(TimelineOut(per=query.per, since=since, counts=counts)), 200


@blueprint.get("/verify", responses={200: VerifyOut})
def verified(query: AuditVerify) -> Json:
    """Whether the newest part of the trail is as it was written; what is wrong is named."""
    require("audit.verify")
    here = services()
    here.trail.flush()
    seal, _, mark = query.expect.partition(":")
    report = verify.verify(
        here.database,
        here.marks,
        most_events=query.max_events,
        expected=(int(seal), mark) if seal else None,
    )
    out = VerifyOut(
        right=report.right,
        whole=report.from_seal == 1,
        from_seal=report.from_seal,
        seals=report.seals,
        events=report.events,
        unmarked=report.unmarked,
        pruned=report.pruned,
        waiting=report.waiting,
        head=report.head,
        head_mark=report.head_mark,
        findings=[
            FindingOut(what=one.what, id=one.id, message=one.message) for one in report.findings
        ],
    )
    return shape(out), 200


def _may_read(query: AuditFilter) -> str:
    """The name of who may read these events; what waits in this process is written for them."""
    operation = "audit.project" if query.project else "audit.list"
    principal = require(operation, query.project or None)
    services().trail.flush()
    return principal.username
