"""What every address of tokens shares: their JSON, a new one, a rotation, a page of many."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ...access.credentials import tokens
from ...access.credentials.secrets import Issued
from ...access.decisions.principals import Principal
from ...access.models import Token
from ...errors import BadRequest, Missing
from ..json import Json, shape
from ..schemas.credentials.tokens import (
    OwnedTokenOut,
    OwnedTokensOut,
    Rotation,
    TokenLimits,
    TokenNewOut,
    TokenOut,
    TokensOut,
)
from ..schemas.queries import Page
from ..services import record, services


def token_json(token: Token) -> TokenOut:
    """A token without its secret."""
    return TokenOut(**_fields(token))


def owned_json(token: Token) -> OwnedTokenOut:
    """A token without its secret, and whose it is."""
    user = token.user
    return OwnedTokenOut(
        **_fields(token),
        username=user.username,
        display_name=user.display_name,
        kind=user.kind,
        disabled=user.disabled,
    )


def listed(found: list[Token]) -> TokensOut:
    """Somebody's tokens, and how long a new one may live."""
    settings = services().settings
    return TokensOut(
        tokens=[token_json(token) for token in found],
        default_days=settings.token_days,
        max_days=settings.token_max_days,
    )


def name_run(asked: TokenLimits, slug: str) -> None:
    """Write the run's id as MLflow writes it; raises Missing when the project has no such run."""
    if asked.run_id is None:
        return
    if not tokens.RUN_ID.fullmatch(asked.run_id):
        raise BadRequest("This is no id of a run.", reason="invalid_run")
    found = services().catalog.run_id(slug, asked.run_id)
    if found is None:
        raise Missing(
            f"There is no run '{asked.run_id}' in project '{slug}'. Copy the id from its page.",
            reason="no_such_run",
        )
    asked.run_id = found


def made(
    session: Session,
    asked: TokenLimits,
    principal: Principal,
    *,
    user_id: int,
    project_id: int | None,
    until: datetime | None = None,
) -> Json:
    """The answer with a new token of that owner, written into the trail."""
    settings = services().settings
    days = settings.token_days if asked.expires_in_days is None else asked.expires_in_days
    fresh = tokens.create(
        session,
        user_id=user_id,
        name=asked.name,
        project_id=project_id,
        actions=asked.actions,
        run_id=asked.run_id,
        expires_in_days=days,
        longest_days=settings.token_max_days,
        until=until,
        created_by=principal.username,
    )
    record(session, f"{fresh[0].id} {fresh[0].name}", status=201)
    return _shown_once(*fresh)


def rotated(
    session: Session,
    old: Token,
    asked: Rotation,
    principal: Principal,
    *,
    until: datetime | None = None,
) -> Json:
    """The answer with the token that follows `old`, written into the trail."""
    settings = services().settings
    days = asked.expires_in_days
    if days is None and old.expires_at is None:
        days = settings.token_days
    fresh = tokens.rotate(
        session,
        old,
        overlap_hours=asked.overlap_hours,
        expires_in_days=days,
        longest_days=settings.token_max_days,
        until=until,
        created_by=principal.username,
    )
    record(session, f"{old.id} to {fresh[0].id} {fresh[0].name}", status=201)
    return _shown_once(*fresh)


def page(principal: Principal, question: tuple[str, ...], asked: Page, **wanted: Any) -> Json:
    """One page of tokens of several owners."""
    here = services()
    at = here.page_tokens.read(principal.username, question, asked.page_token)
    after = (datetime.fromisoformat(at[0]), str(at[1])) if at else None
    found = here.database.read(
        lambda session: tokens.page(session, after=after, limit=asked.max_results + 1, **wanted)
    )
    shown = found[: asked.max_results]
    token = ""
    if len(found) > len(shown):
        last = shown[-1]
        position = [last.created_at.isoformat(), last.id]
        token = here.page_tokens.write(principal.username, question, position)
    out = OwnedTokensOut(tokens=[owned_json(one) for one in shown], next_page_token=token)
    return shape(out), 200


def _shown_once(token: Token, issued: Issued) -> Json:
    return shape(TokenNewOut(**_fields(token), token=issued.text)), 201


def _fields(token: Token) -> dict[str, Any]:
    return {
        "id": token.id,
        "name": token.name,
        "project": token.project.slug if token.project else None,
        "actions": token.actions.split(",") if token.actions else None,
        "run_id": token.run_id,
        "replaces": token.replaces,
        "created_by": token.created_by,
        "created_at": token.created_at,
        "expires_at": token.expires_at,
        "last_used_at": token.last_used_at,
        "last_address": token.last_address,
        "last_client": token.last_client,
        "expired": tokens.is_over(token),
    }
