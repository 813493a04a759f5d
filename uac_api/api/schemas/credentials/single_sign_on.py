"""Single sign on: what is asked, and what is answered."""

from __future__ import annotations

from pydantic import BaseModel, Field

from ..queries import Asked
from ..responses import Moment


class IdToken(Asked):
    """An identity token of the provider, and the nonce that the sign-in began with."""

    id_token: str = Field(min_length=1, max_length=16 * 1024)
    nonce: str | None = Field(None, max_length=1024)


class ClaimRuleNew(Asked):
    """Whose claim has this value shall be in that group; without `claim` the usual one is meant."""

    claim: str | None = None
    value: str
    group: str


class ClaimRulePath(Asked):
    """A rule in the address."""

    rule_id: str


class IdentityNew(Asked):
    """Somebody's subject at the identity provider; without `issuer` the configured one's."""

    subject: str
    issuer: str | None = Field(None, min_length=1, max_length=255)


class IdentityPath(Asked):
    """A link of a person in the address."""

    username: str
    identity_id: str


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
