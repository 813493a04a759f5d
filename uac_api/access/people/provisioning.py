"""What happens when somebody comes from the identity provider: account, groups, administration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .. import validation
from ..errors import AlreadyExists, Invalid, LastOwner, WrongCredentials
from ..models import Kind, User
from . import claim_rules, linked_identities, users


class Claims(claim_rules.Claims, Protocol):
    """Who the identity provider says this is."""

    @property
    def issuer(self) -> str:
        """The provider."""

    @property
    def subject(self) -> str:
        """The person's number there, which never changes."""

    def text(self, name: str) -> str:
        """A claim that is one text, or an empty text."""


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms people come in: what names them, who administers, whether accounts are made.

    `administrators` is a claim and its value; without it no claim ever makes an administrator.
    """

    username_claim: str = "preferred_username"
    administrators: tuple[str, str] | None = None
    create_people: bool = True


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who has come, and what that changed."""

    user: User
    created: bool
    moved: claim_rules.Moved
    administrator: bool | None


def provision(session: Session, claims: Claims, terms: Terms) -> Arrival:
    """The person whom the claims speak of, brought up to date.

    Raises WrongCredentials for a disabled person or where no accounts are made, AlreadyExists
    where the name is taken, Invalid where it cannot be a username.
    """
    user = linked_identities.linked(session, claims.issuer, claims.subject)
    created = user is None
    if user is None:
        user = _newcomer(session, claims, terms)
    if user.disabled or user.kind != Kind.PERSON:
        raise WrongCredentials("This account is disabled. Ask an administrator.", reason="disabled")
    moved = claim_rules.apply(session, user, claims)
    return Arrival(user, created, moved, _administration(session, user, claims, terms))


def _newcomer(session: Session, claims: Claims, terms: Terms) -> User:
    if not terms.create_people:
        raise WrongCredentials(
            "No account here is linked to you. Ask an administrator of ML Studio to create one "
            f"and to link it to the subject '{claims.subject}'.",
            reason="unknown_identity",
        )
    email = claims.text("email").strip()
    wanted = (claims.text(terms.username_claim) or email).strip().lower()
    try:
        username = validation.username(wanted)
    except Invalid:
        raise Invalid(
            f"The identity provider calls you '{wanted}', which cannot be a username here. Ask an "
            f"administrator to create an account and to link it to '{claims.subject}'.",
            reason="invalid_username",
        ) from None
    try:
        user = User(
            username=username,
            display_name=validation.cleaned(claims.text("name"), longest=200) or username,
            email=email if validation.is_email(email) else "",
        )
        session.add(user)
        session.flush()
    except IntegrityError:
        # A name or an address that is the same proves nothing: whoever chooses it there would
        # take over the account here.
        raise AlreadyExists(
            f"The username '{username}' belongs to an account that is not linked to you. Ask an "
            f"administrator of ML Studio to link it to the subject '{claims.subject}'.",
            reason="identity_not_linked",
        ) from None
    linked_identities.link(session, user, claims.issuer, claims.subject)
    return user


def _administration(session: Session, user: User, claims: Claims, terms: Terms) -> bool | None:
    """Make the person administrator, or no longer, as the claim says; None where nothing changes.

    The last administrator stays one.
    """
    if terms.administrators is None:
        return None
    claim, value = terms.administrators
    shall = value in claims.texts(claim)
    if shall == user.administrator:
        return None
    try:
        users.change(session, user, administrator=shall)
    except LastOwner:
        return None
    return shall
