"""What ML Studio answers itself: who I am, which projects I have, what this server can do.

The answers have MLflow's shape, in which a project is a workspace. Under `/projects/<slug>/` there
is one workspace, that project: another one named beside it would be refused in every next call.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ... import errors
from ...access.decisions.decide import decide
from ...access.decisions.principals import Principal
from ...access.decisions.roles import Action
from ...mlflow.upstream import Answer, Kept
from ..request.call import Call
from ..rules import Own

ServerSays = Callable[[], dict[str, Any]]


def answer(call: Call, own: Own, principal: Principal, server_says: ServerSays) -> Answer:
    """The answer of an own row; `server_says` what MLflow can do, if that is asked for."""
    content = json.dumps(ANSWERS[own](call, principal, server_says)).encode()
    headers = {
        "content-type": "application/json",
        "content-length": str(len(content)),
        "cache-control": "no-store",
    }
    return Answer(200, headers, Kept(b"" if call.method == "HEAD" else content))


def _workspaces(call: Call, principal: Principal, _server_says: ServerSays) -> dict[str, Any]:
    if call.slug_in_path is not None:
        return {"workspaces": [_workspace_of(principal, call.slug_in_path)]}
    mine = [slug for slug in sorted(principal.grants) if _may_read(principal, slug)]
    return {"workspaces": [{"name": slug} for slug in mine]}


def _workspace(call: Call, principal: Principal, _server_says: ServerSays) -> dict[str, Any]:
    return {"workspace": _workspace_of(principal, call.path_fields["workspace_name"])}


def _workspace_of(principal: Principal, slug: str) -> dict[str, Any]:
    decision = decide(principal, Action.READ, slug)
    if not decision.allowed:
        raise errors.refuse(decision)
    return {"name": slug}


def _may_read(principal: Principal, slug: str) -> bool:
    return decide(principal, Action.READ, slug).allowed


def _person(_call: Call, principal: Principal, _server_says: ServerSays) -> dict[str, Any]:
    # Never an administrator of MLflow: its pages for people and passwords are not ours.
    user = {"id": principal.user_id, "username": principal.username, "is_admin": False}
    return {"user": user, "is_basic_auth": False}


def _server(call: Call, _principal: Principal, server_says: ServerSays) -> dict[str, Any]:
    document = server_says()
    # With workspaces, MLflow's interface would first let its reader choose one, and lose what
    # stands after the # of a link. Under a project's address there is nothing to choose.
    if call.slug_in_path is not None and call.header("Authorization") is None:
        return {**document, "workspaces_enabled": False}
    return document


ANSWERS: dict[Own, Callable[[Call, Principal, ServerSays], dict[str, Any]]] = {
    Own.WORKSPACES: _workspaces,
    Own.WORKSPACE: _workspace,
    Own.PERSON: _person,
    Own.SERVER: _server,
}
