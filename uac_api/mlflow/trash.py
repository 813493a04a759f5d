"""The trash as MLflow has it: what is in it, what a deletion would take, what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from ..access.projects.trash import GONE, GONE_REASON
from ..errors import BadUpstream, Conflict, Missing, Unavailable
from .catalog import field_of
from .upstream import Upstream

LISTS = "/mlstudio/trash"
KEPT_PATH = f"{LISTS}/models"
# How MLflow is asked for a thing, what of its answer says that it is deleted, and how it restores.
RUN = ("/api/2.0/mlflow/runs", "run_id", "run.info")
EXPERIMENT = ("/api/2.0/mlflow/experiments", "experiment_id", "experiment")
THINGS = {"runs": RUN, "experiments": EXPERIMENT}


class Deleted:
    """Lists and restores what MLflow has of a project's trash."""

    def __init__(self, upstream: Upstream) -> None:
        self._upstream = upstream

    def page(
        self, slug: str, kind: str, *, after: tuple[int, str] | None, limit: int
    ) -> list[dict[str, Any]]:
        """Deleted runs or experiments, those deleted last first, after a moment and an id."""
        query: dict[str, Any] = {"limit": limit}
        if after is not None:
            query |= {"at": after[0], "id": after[1]}
        target = f"{LISTS}/{kind}?{urlencode(query)}"
        status, document = self._upstream.ask("GET", target, workspace=slug)
        if status != HTTPStatus.OK or "rows" not in document:
            raise BadUpstream("MLflow did not say what is in the trash. Try again in a moment.")
        rows: list[dict[str, Any]] = document["rows"]
        return rows

    def restore(self, slug: str, kind: str, identity: str) -> str:
        """Bring a run or an experiment back: its name. Raises Missing, Conflict, BadUpstream."""
        path, field, _ = THINGS[kind]
        found = self._read(slug, THINGS[kind], identity)
        if found is None or found.get("lifecycle_stage") != "deleted":
            raise _not_there()
        home = self._read(slug, EXPERIMENT, str(found["experiment_id"])) if kind == "runs" else None
        if home is not None and home.get("lifecycle_stage") == "deleted":
            raise Conflict(
                f"The experiment '{home['name']}' of this run is in the trash too. Restore it "
                "first, its runs come with it.",
                reason="experiment_in_trash",
            )
        status, document = self._upstream.ask(
            "POST", f"{path}/restore", workspace=slug, body={field: identity}
        )
        if status != HTTPStatus.OK:
            raise _no_answer(status, document)
        return str(found.get("name") or found.get("run_name") or identity)

    def restore_model(self, slug: str, content: Mapping[str, Any]) -> list[str]:
        """Put a model or a version back as it was: the aliases that name another version now.

        Raises Conflict if something is in the way.
        """
        status, document = self._upstream.ask("POST", KEPT_PATH, workspace=slug, body=dict(content))
        if status != HTTPStatus.OK:
            raise _no_answer(status, document)
        left: list[str] = document["left"]
        return left

    def is_gone(self, slug: str, content: Mapping[str, Any]) -> bool:
        """Whether MLflow has deleted just this thing, or a namesake has taken its place."""
        there = read_thing(self._upstream, slug, named(content))
        return there is None or there["since"] != content["since"]

    def _read(self, slug: str, thing: tuple[str, str, str], identity: str) -> dict[str, Any] | None:
        path, field, inside = thing
        target = f"{path}/get?{urlencode({field: identity})}"
        status, document = self._upstream.ask("GET", target, workspace=slug)
        if status in (HTTPStatus.NOT_FOUND, HTTPStatus.BAD_REQUEST):
            return None
        found = field_of(document, inside)
        if status != HTTPStatus.OK or not isinstance(found, dict):
            raise _no_answer(status, document)
        return found


def named(content: Mapping[str, Any]) -> dict[str, str]:
    """How what was kept is asked for."""
    fields = ("skill", "version") if "skill" in content else ("name", "version")
    return {name: str(content[name]) for name in fields if name in content}


def read_thing(upstream: Upstream, slug: str, named: dict[str, str]) -> dict[str, Any] | None:
    """What MLflow has of a model, a skill or a version; None if it has none. Raises Unavailable."""
    target = f"{KEPT_PATH}?{urlencode(named)}"
    status, document = upstream.ask("GET", target, workspace=slug)
    if status != HTTPStatus.OK or "kept" not in document:
        raise Unavailable(
            "MLflow did not say what would be deleted, so it cannot be kept in the trash, and "
            "nothing was deleted. Try again in a moment.",
            reason="trash_unavailable",
        )
    kept: dict[str, Any] | None = document["kept"]
    return kept


def _not_there() -> Missing:
    return Missing(GONE, reason=GONE_REASON)


def _no_answer(status: int, document: Mapping[str, Any]) -> Exception:
    if status == HTTPStatus.NOT_FOUND:
        return _not_there()
    if status == HTTPStatus.CONFLICT:
        return Conflict(str(document.get("message")), reason="in_the_way")
    return BadUpstream("MLflow did not restore it. Try again in a moment.")
