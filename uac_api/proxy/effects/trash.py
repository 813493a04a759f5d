"""Before MLflow deletes a model or a version for good, what it is goes into the trash.

Only what was kept is deleted: if the keeping fails, the call is refused and nothing happened. What
MLflow then did not delete is taken out again; where its answer is not known, whoever lists the
trash looks later.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import urlencode

from ...access.database import Database
from ...access.decisions.principals import Principal
from ...access.errors import DatabaseUnavailable
from ...access.projects import trash
from ...mlflow.trash import KEPT_PATH, read_thing
from ...mlflow.upstream import Upstream
from ..checks import skills
from ..request import fields
from ..request.call import Call
from ..rules import Trashed


class Trash:
    """The step of the proxy that keeps what a call is about to delete."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def park(
        self, upstream: Upstream, call: Call, trashed: Trashed, slug: str, principal: Principal
    ) -> int | None:
        """Keep what the call deletes: the id of the item, None if there is no such thing.

        Raises Unavailable if it cannot be kept, and what Upstream and Database raise.
        """
        named = NAMED[trashed](call)
        content = None if named is None else read_thing(upstream, slug, named)
        if content is None:
            return None
        project_id = principal.grants[slug].project_id
        return self._database.write(
            lambda session: trash.put(session, project_id, content, deleted_by=principal.username)
        )

    def commit(self, item_id: int | None, status: int) -> None:
        """MLflow has answered: below 400 the thing is gone, below 500 it is still there."""
        if item_id is None or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            return
        gone = status < HTTPStatus.BAD_REQUEST
        # MLflow's answer stands, whatever happens here; `unsettled` finds the item later.
        with suppress(DatabaseUnavailable):
            self._database.write(lambda session: trash.commit(session, item_id, gone=gone))


def deletion(call: Call, trashed: Trashed | None) -> str | None:
    """Where the call is sent in place of its own address; None for that address.

    MLflow deletes a skill with its files, which could not come back.
    """
    if trashed is not Trashed.SKILL:
        return None
    return f"{KEPT_PATH}?{urlencode(_skill(call))}"


def _model(call: Call) -> dict[str, str] | None:
    name = fields.text(call, "name")
    return {"name": name} if name else None


def _version(call: Call) -> dict[str, str] | None:
    name, version = fields.text(call, "name"), fields.text(call, "version")
    return {"name": name, "version": version} if name and version else None


def _skill(call: Call) -> dict[str, str]:
    return {"skill": skills.identity(call)}


def _skill_version(call: Call) -> dict[str, str]:
    return {"skill": skills.identity(call), "version": call.path_fields["version"]}


NAMED: dict[Trashed, Callable[[Call], dict[str, str] | None]] = {
    Trashed.MODEL: _model,
    Trashed.VERSION: _version,
    Trashed.SKILL: _skill,
    Trashed.SKILL_VERSION: _skill_version,
}
