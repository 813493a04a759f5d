"""What is answered about single sign-on."""

from __future__ import annotations

from pydantic import BaseModel

from . import Moment


class SingleSignOnOut(BaseModel):
    """Whether people can sign in by an identity provider now, and if not, why."""

    configured: bool
    ok: bool
    message: str
    issuer: str
    groups_claim: str
    sign_out_address: str


class ClaimRuleOut(BaseModel):
    """Whose claim has this value is in that group."""

    id: int
    claim: str
    value: str
    group: str
    created_by: str
    created_at: Moment


class ClaimRulesOut(BaseModel):
    """Rules in the order they were made."""

    claim_rules: list[ClaimRuleOut]
    next_page_token: str


class IdentityOut(BaseModel):
    """Who a person is at an identity provider."""

    id: int
    issuer: str
    subject: str
    created_at: Moment


class IdentitiesOut(BaseModel):
    """A person's links, oldest first."""

    identities: list[IdentityOut]
