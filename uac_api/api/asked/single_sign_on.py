"""What clients send about single sign-on: the sign-in, rules about claims, people's links."""

from __future__ import annotations

from pydantic import Field

from . import Asked


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
