"""Who people are at the identity provider: links, which only a person's own first sign-in or an
administrator makes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .. import validation
from ..decisions.principals import Via
from ..errors import AlreadyExists, Invalid, NotFound, WrongCredentials
from ..models import Kind, LinkedIdentity, UsedIdToken, User, UserSession, now


def linked(session: Session, issuer: str, subject: str) -> User | None:
    """The person behind a subject of the provider, locked until the transaction ends."""
    # Compared here once more: MySQL ignores spaces at the end of a text.
    exact = LinkedIdentity.subject == subject, LinkedIdentity.issuer == issuer
    found = session.scalar(select(LinkedIdentity).where(*exact))
    if found is None or (found.issuer, found.subject) != (issuer, subject):
        return None
    return session.scalar(select(User).where(User.id == found.user_id).with_for_update())


def listed(session: Session, user: User) -> list[LinkedIdentity]:
    """The person's links, oldest first."""
    mine = select(LinkedIdentity).where(LinkedIdentity.user_id == user.id)
    return list(session.scalars(mine.order_by(LinkedIdentity.id)))


def link(session: Session, user: User, issuer: str, subject: str) -> tuple[LinkedIdentity, bool]:
    """The person's link to a subject, and whether it is new; raises Invalid or AlreadyExists."""
    subject = validation.title(subject, "A subject", longest=255)
    if user.kind != Kind.PERSON:
        raise Invalid("Only people sign in by the identity provider.", reason="not_a_person")
    for known in listed(session, user):
        if (known.issuer, known.subject) == (issuer, subject):
            return known, False
    made = LinkedIdentity(issuer=issuer, subject=subject, user_id=user.id)
    session.add(made)
    try:
        session.flush()
    except IntegrityError as error:
        raise AlreadyExists(
            "This subject is linked to somebody else. Take that link away first.",
            reason="identity_linked",
        ) from error
    return made, True


def unlink(session: Session, user: User, identity_id: str) -> LinkedIdentity:
    """Take a link away, and end the sessions that began by one; raises NotFound."""
    found = session.get(LinkedIdentity, validation.number(identity_id))
    if found is None or found.user_id != user.id:
        raise NotFound("This person has no such link.", reason="no_such_identity")
    session.delete(found)
    session.execute(
        delete(UserSession).where(
            UserSession.user_id == user.id, UserSession.signed_in_by == Via.PROVIDER
        )
    )
    session.flush()
    return found


def use_once(session: Session, marks: Iterable[str], expires_at: datetime) -> None:
    """Note that an identity token was exchanged; raises WrongCredentials for one that was.

    The database keeps it, so it counts on every replica.
    """
    session.execute(delete(UsedIdToken).where(UsedIdToken.expires_at < now()))
    session.add_all(UsedIdToken(digest=mark, expires_at=expires_at) for mark in sorted(marks))
    try:
        session.flush()
    except IntegrityError as error:
        raise WrongCredentials(
            "This sign-in was used already. Sign in again.", reason="token_used"
        ) from error
