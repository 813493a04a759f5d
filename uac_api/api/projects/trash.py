"""The trash of a project: /studio/v1/projects/<slug>/trash."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.decisions.principals import Principal
from ...access.errors import NotFound
from ...access.models import TrashItem
from ...access.projects import projects, trash
from ...errors import Conflict, StudioError
from ..json import Json, shape
from ..schemas.projects.trash import Restore, RestoredOut, TrashItemOut, TrashOut, TrashPage
from ..schemas.queries import ProjectPath
from ..schemas.responses import DOCUMENTED, MLFLOW_TROUBLE
from ..services import Rows, record, require, services
from .deleted_projects import goes_at

blueprint = APIBlueprint(
    "trash", __name__, url_prefix="/studio/v1/projects/<slug>/trash", **DOCUMENTED
)

RESTORE = {
    "runs": "trash.restore.runs",
    "experiments": "trash.restore.experiments",
    "models": "trash.restore.models",
}
WHAT = {"runs": "run", "experiments": "experiment"}
# The clocks of MLflow and of the trail may differ.
TOLERANCE = timedelta(minutes=10)
# A call to MLflow takes no longer than its patience, and we a little more.
AFTERWARDS = timedelta(minutes=1)


@blueprint.get("", responses={200: TrashOut, **MLFLOW_TROUBLE})
def listed(path: ProjectPath, query: TrashPage) -> Json:
    """What was deleted in the project and can come back, those deleted last first."""
    principal = require("trash.list", path.slug)
    here = services()
    question = ("trash", path.slug, query.kind)
    after = here.page_tokens.read(principal.username, question, query.page_token)
    page = _models if query.kind == "models" else _of_mlflow
    items, further = page(path.slug, query, principal, after)
    token = here.page_tokens.write(principal.username, question, further) if further else ""
    days = here.settings.trash_days
    return shape(TrashOut(items=items, next_page_token=token, days=days)), 200


@blueprint.post("/restore", responses={200: RestoredOut, **MLFLOW_TROUBLE})
def restore(path: ProjectPath, body: Restore) -> Json:
    """Bring a run, an experiment, a model or a version back as it was."""
    principal = require(RESTORE[body.kind], path.slug)
    if body.kind == "models":
        name, left = _restore_model(path.slug, body.id, principal)
        said = name
    else:
        name, left = services().deleted.restore(path.slug, body.kind, body.id), []
        said = f"{WHAT[body.kind]} {body.id}"
    services().database.write(lambda session: record(session, said))
    return shape(RestoredOut(kind=body.kind, id=body.id, name=name, left=left)), 200


def _of_mlflow(
    slug: str, query: TrashPage, _principal: Principal, after: Any
) -> tuple[list[TrashItemOut], Any]:
    here = services()
    position = None if after is None else (int(after[0]), str(after[1]))
    rows = here.deleted.page(slug, query.kind, after=position, limit=query.max_results + 1)
    shown = rows[: query.max_results]
    who = _who(slug, WHAT[query.kind], shown)
    items = [_row_json(query.kind, row, who.get(row["id"], "")) for row in shown]
    further = (shown[-1]["at"], shown[-1]["id"]) if len(rows) > len(shown) else None
    return items, further


def _who(slug: str, word: str, rows: Rows) -> dict[str, str]:
    if not rows:
        return {}
    moments = [_moment(row["at"]) for row in rows]
    between = min(moments) - TOLERANCE, max(moments) + TOLERANCE
    targets = {row["id"]: f"{word} {row['id']}" for row in rows}
    return services().database.read(
        lambda session: trash.who_deleted(session, slug, targets, between)
    )


def _row_json(kind: str, row: dict[str, Any], deleted_by: str) -> TrashItemOut:
    at = _moment(row["at"]) if row["at"] else None
    return TrashItemOut(
        kind=kind,
        id=row["id"],
        what=WHAT[kind],
        name=row["name"] or "",
        inside=row.get("inside") or "",
        runs=row.get("runs"),
        deleted_by=deleted_by,
        deleted_at=at,
        goes_at=goes_at(at),
    )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _models(
    slug: str, query: TrashPage, principal: Principal, after: Any
) -> tuple[list[TrashItemOut], Any]:
    project_id = principal.grants[slug].project_id
    _settle_old(slug, project_id)
    position = None if after is None else (datetime.fromisoformat(after[0]), int(after[1]))
    found = services().database.read(
        lambda session: trash.page(session, project_id, after=position, limit=query.max_results + 1)
    )
    shown = found[: query.max_results]
    further = None
    if len(found) > len(shown):
        further = (shown[-1].deleted_at.isoformat(), shown[-1].id)
    return [_item_json(item) for item in shown], further


def _item_json(item: TrashItem) -> TrashItemOut:
    return TrashItemOut(
        kind="models",
        id=str(item.id),
        what=item.kind,
        name=item.name,
        inside="",
        runs=None,
        deleted_by=item.deleted_by,
        deleted_at=item.deleted_at,
        goes_at=goes_at(item.deleted_at),
    )


def _settle_old(slug: str, project_id: int) -> None:
    """Look at MLflow for what was leaving when a process or a connection broke."""
    here = services()
    since = timedelta(seconds=here.settings.upstream_timeout_seconds) + AFTERWARDS
    for item in here.database.read(
        lambda session: trash.unsettled(session, project_id, since=since)
    ):
        gone = here.deleted.is_gone(slug, json.loads(item.content))
        _commit(item.id, gone=gone)


def _commit(item_id: int, *, gone: bool) -> None:
    services().database.write(lambda session: trash.commit(session, item_id, gone=gone))


def _restore_model(slug: str, identity: str, principal: Principal) -> tuple[str, list[str]]:
    here, project_id = services(), principal.grants[slug].project_id
    if not (identity.isascii() and identity.isdecimal() and len(identity) < 10):
        raise NotFound("This is not in the trash. Its id is a number.", reason="not_in_trash")
    item_id = int(identity)

    def claimed(session: Session) -> dict[str, Any]:
        projects.get(session, slug)
        return trash.claim(session, project_id, item_id)

    content = here.database.write(claimed)
    try:
        left = here.deleted.restore_model(slug, content)
    except Conflict:
        _commit(item_id, gone=True)
        raise
    except StudioError:
        # It may be back: if MLflow cannot be asked now either, the next look settles it.
        _commit(item_id, gone=here.deleted.is_gone(slug, content))
        raise
    _commit(item_id, gone=False)
    version = content.get("version")
    name = content["name"] if version is None else f"{content['name']} version {version}"
    return f"{content['what'].partition(' ')[0]} {name}", left
