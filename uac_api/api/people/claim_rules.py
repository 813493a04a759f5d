"""Which claims put people into which groups: /studio/v1/claim-rules."""

from __future__ import annotations

from flask import Response
from flask_openapi3 import APIBlueprint
from sqlalchemy.orm import Session

from ...access.models import ClaimRule
from ...access.people import claim_rules
from ..json import Json, no_content, shape
from ..schemas.credentials.single_sign_on import (
    ClaimRuleNew,
    ClaimRuleOut,
    ClaimRulePath,
    ClaimRulesOut,
)
from ..schemas.queries import Page
from ..schemas.responses import DOCUMENTED
from ..services import record, require, services

blueprint = APIBlueprint("claim_rules", __name__, url_prefix="/studio/v1/claim-rules", **DOCUMENTED)


@blueprint.get("", responses={200: ClaimRulesOut})
def listed(query: Page) -> Json:
    """The rules, in the order they were made."""
    principal = require("claim_rules.list")
    here = services()
    after = here.page_tokens.read(principal.username, "claim-rules", query.page_token) or 0
    found = here.database.read(
        lambda session: claim_rules.page(session, after=after, limit=query.max_results + 1)
    )
    shown = found[: query.max_results]
    token = ""
    if len(found) > len(shown):
        token = here.page_tokens.write(principal.username, "claim-rules", shown[-1].id)
    rules = [_json(rule) for rule in shown]
    return shape(ClaimRulesOut(claim_rules=rules, next_page_token=token)), 200


@blueprint.post("", responses={201: ClaimRuleOut})
def create(body: ClaimRuleNew) -> Json:
    """Put everybody whose claim has this value into a group, from their next sign-in on."""
    principal = require("claim_rules.create")
    here = services()

    def work(session: Session) -> Json:
        rule = claim_rules.create(
            session,
            claim=here.settings.oidc_groups_claim if body.claim is None else body.claim,
            value=body.value,
            group_name=body.group,
            created_by=principal.username,
        )
        record(session, _said(rule), status=201)
        return shape(_json(rule)), 201

    return here.database.write(work)


@blueprint.delete("/<rule_id>", responses={204: None})
def delete(path: ClaimRulePath) -> Response:
    """Delete a rule; with a group's last rule everybody leaves it whom claims brought in."""
    require("claim_rules.delete")

    def work(session: Session) -> None:
        record(session, _said(claim_rules.remove(session, path.rule_id)), status=204)

    services().database.write(work)
    return no_content()


def _said(rule: ClaimRule) -> str:
    return f"{rule.claim}={rule.value}: {rule.group.name}"


def _json(rule: ClaimRule) -> ClaimRuleOut:
    return ClaimRuleOut(
        id=rule.id,
        claim=rule.claim,
        value=rule.value,
        group=rule.group.name,
        created_by=rule.created_by,
        created_at=rule.created_at,
    )
