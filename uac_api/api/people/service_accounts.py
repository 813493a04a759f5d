"""Accounts of a project's programs: /studio/v1/projects/<slug>/service-accounts."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.credentials import tokens
from ...access.decisions.decide import grants_until
from ...access.people import service_accounts
from ...access.people.service_accounts import Owned
from ...access.projects import projects
from .. import if_match
from ..credentials import token_json
from ..json import Json, no_content, shape
from ..schemas.credentials.tokens import Rotation, TokenLimits, TokenNewOut, TokensOut
from ..schemas.people.service_accounts import (
    AccountChange,
    AccountNew,
    AccountOut,
    AccountPath,
    AccountsOut,
    AccountTokenPath,
)
from ..schemas.queries import Page, ProjectPath
from ..schemas.responses import DOCUMENTED, MLFLOW_TROUBLE
from ..services import record, require, services

blueprint = APIBlueprint(
    "service_accounts",
    __name__,
    url_prefix="/studio/v1/projects/<slug>/service-accounts",
    **DOCUMENTED,
)


@blueprint.get("", responses={200: AccountsOut})
def listed(path: ProjectPath, query: Page) -> Json:
    """A project's service accounts by username, for its owners."""
    principal = require("service_accounts.list", path.slug)
    here = services()
    question = ("service accounts", path.slug)
    after = here.page_tokens.read(principal.username, question, query.page_token) or ""

    def work(session: Session) -> tuple[list[Owned], dict[int, int]]:
        project = projects.get(session, path.slug, lock=False)
        found = service_accounts.page(session, project, after=after, limit=query.max_results + 1)
        ids = [account.user_id for account, _ in found]
        return found, service_accounts.token_counts(session, ids)

    found, counts = here.database.read(work)
    shown = found[: query.max_results]
    token = ""
    if len(found) > len(shown):
        last = shown[-1][0].user.username
        token = here.page_tokens.write(principal.username, question, last)
    accounts = [_account_json(one, counts.get(one[0].user_id, 0)) for one in shown]
    return shape(AccountsOut(service_accounts=accounts, next_page_token=token)), 200


@blueprint.post("", responses={201: AccountOut})
def create(path: ProjectPath, body: AccountNew) -> Json:
    """An account for a program of the project; it has tokens and nothing else."""
    principal = require("service_accounts.create", path.slug)

    def work(session: Session) -> Json:
        project = projects.get(session, path.slug)
        owned = service_accounts.create(
            session,
            project,
            created_by=principal.username,
            until=grants_until(principal, path.slug),
            **body.model_dump(),
        )
        record(session, f"{owned[0].user.username}: {owned[1].role}", status=201)
        return shape(_account_json(owned, 0)), 201

    return services().database.write(work)


@blueprint.patch("/<username>", responses={200: AccountOut})
def update(path: AccountPath, body: AccountChange) -> Json:
    """Change the role, its end or the description, disable or enable; If-Match as for members."""
    principal = require("service_accounts.update", path.slug)
    expected = if_match.expected()

    def work(session: Session) -> Json:
        owned = _owned(session, path)
        service_accounts.change(
            session,
            owned,
            changed_by=principal.username,
            until=grants_until(principal, path.slug),
            expires_at=body.end,
            expected=expected,
            **body.model_dump(exclude={"expires_at"}),
        )
        record(session, f"{path.username}: {_said(body)}")
        counts = service_accounts.token_counts(session, [owned[0].user_id])
        return shape(_account_json(owned, counts.get(owned[0].user_id, 0))), 200

    return services().database.write(work)


@blueprint.delete("/<username>", responses={204: None})
def delete(path: AccountPath) -> Response:
    """End a service account and all its tokens; its name is never used again."""
    require("service_accounts.delete", path.slug)

    def work(session: Session) -> None:
        service_accounts.delete(session, _owned(session, path))
        record(session, path.username, status=204)

    services().database.write(work)
    return no_content()


@blueprint.get("/<username>/tokens", responses={200: TokensOut})
def tokens_listed(path: AccountPath) -> Json:
    """The tokens of a service account, newest first, without their secrets."""
    require("service_accounts.tokens.list", path.slug)

    def work(session: Session) -> Json:
        owned = _owned(session, path, lock=False)
        return shape(token_json.listed(tokens.listed(session, owned[0].user_id))), 200

    return services().database.read(work)


@blueprint.post("/<username>/tokens", responses={201: TokenNewOut, **MLFLOW_TROUBLE})
def token_create(path: AccountPath, body: TokenLimits) -> Json:
    """A token of a service account; its secret is shown this once."""
    principal = require("service_accounts.tokens.create", path.slug)
    token_json.name_run(body, path.slug)

    def work(session: Session) -> Json:
        account, _ = _owned(session, path)
        return token_json.made(
            session,
            body,
            principal,
            user_id=account.user_id,
            project_id=account.project_id,
            until=grants_until(principal, path.slug),
        )

    return services().database.write(work)


@blueprint.post("/<username>/tokens/<token_id>/rotate", responses={201: TokenNewOut})
def token_rotate(path: AccountTokenPath, body: Rotation) -> Json:
    """A token that follows one of a service account; both work for some hours."""
    principal = require("service_accounts.tokens.rotate", path.slug)

    def work(session: Session) -> Json:
        account, _ = _owned(session, path)
        old = tokens.get(session, path.token_id, user_id=account.user_id)
        until = grants_until(principal, path.slug)
        return token_json.rotated(session, old, body, principal, until=until)

    return services().database.write(work)


@blueprint.delete("/<username>/tokens/<token_id>", responses={204: None})
def token_delete(path: AccountTokenPath) -> Response:
    """Revoke a token of a service account; its next call is refused."""
    require("service_accounts.tokens.delete", path.slug)

    def work(session: Session) -> None:
        account, _ = _owned(session, path)
        tokens.delete(session, account.user_id, path.token_id)
        record(session, f"{path.token_id} of {path.username}", status=204)

    services().database.write(work)
    return no_content()


def _owned(session: Session, path: AccountPath, *, lock: bool = True) -> Owned:
    project = projects.get(session, path.slug, lock=lock)
    return service_accounts.get(session, project, path.username)


def _said(body: AccountChange) -> str:
    sent = body.model_dump(exclude_unset=True)
    # A description is too long for a line of the trail.
    return ", ".join(f"{name} {sent[name]}" if name != "description" else name for name in sent)


def _account_json(owned: Owned, count: int) -> AccountOut:
    account, member = owned
    return AccountOut(
        username=account.user.username,
        name=account.user.display_name,
        role=member.role,
        description=account.description,
        disabled=account.user.disabled,
        tokens=count,
        created_by=account.created_by,
        created_at=account.created_at,
        expires_at=member.expires_at,
        version=member.version,
    )
