"""People's accounts."""

from __future__ import annotations

import json

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .. import validation
from ..credentials import passwords
from ..credentials.secrets import digest, hash_password
from ..errors import AlreadyExists, LastOwner, NotFound, Stale
from ..models import Kind, User, UserSession
from ..projects import owners


def create(
    session: Session,
    *,
    username: str,
    password: str,
    display_name: str = "",
    email: str = "",
    administrator: bool = False,
) -> User:
    """A new person; raises Invalid or AlreadyExists."""
    user = User(
        username=validation.username(username),
        display_name=validation.title(display_name or username, "A display name", longest=200),
        email=validation.email(email),
        password_hash=hash_password(passwords.require_good(password, username)),
        administrator=administrator,
    )
    session.add(user)
    try:
        session.flush()
    except IntegrityError as error:
        raise AlreadyExists(f"The username '{username}' is taken. Choose another.") from error
    return user


def get(session: Session, username: str, *, lock: bool = True) -> User:
    """The person of that name; raises NotFound, also for a service account.

    The row is locked until the transaction ends, unless the caller only reads.
    """
    statement = select(User).where(User.username == username, User.kind == Kind.PERSON)
    user = session.scalar(statement.with_for_update() if lock else statement)
    if user is None:
        raise NotFound(
            f"There is no person '{username}'. Check the name, or ask an administrator to add them."
        )
    return user


def page(
    session: Session,
    *,
    query: str = "",
    show: str = "everybody",
    after: str = "",
    limit: int = 100,
) -> list[User]:
    """People by username, those after the name `after`.

    `query` finds parts of names and e-mail; `show` may be administrators or disabled.
    """
    statement = (
        select(User)
        .where(User.username > after, User.kind == Kind.PERSON)
        .order_by(User.username)
        .limit(limit)
    )
    if show == "administrators":
        statement = statement.where(User.administrator)
    if show == "disabled":
        statement = statement.where(User.disabled)
    if query:
        columns = (User.username, User.display_name, User.email)
        statement = statement.where(or_(*(c.icontains(query, autoescape=True) for c in columns)))
    return list(session.scalars(statement))


def change(
    session: Session,
    user: User,
    *,
    display_name: str | None = None,
    email: str | None = None,
    disabled: bool | None = None,
    administrator: bool | None = None,
    expected: str | None = None,
) -> User:
    """Change what is given; the caller holds the person's lock (`get`).

    `expected` is the version the caller has seen. Raises Stale if it has moved on, Invalid, or
    LastOwner for the last administrator or the last owner of a project.
    """
    if expected is not None and expected != version_of(user):
        raise Stale(
            f"Somebody changed the account of '{user.username}' meanwhile. Reload and look again."
        )
    if display_name is not None:
        user.display_name = validation.title(display_name, "A display name", longest=200)
    if email is not None:
        user.email = validation.email(email)
    if disabled or administrator is False:
        _keep_an_administrator(session, user)
    if administrator is not None:
        user.administrator = administrator
    if disabled is not None:
        _set_disabled(session, user, disabled)
    session.flush()
    return user


def version(
    user_id: int, display_name: str, email: str, *, administrator: bool, disabled: bool
) -> str:
    """Changes with every field that an administrator sees; the table of people has no counter."""
    seen = (user_id, display_name, email, administrator, disabled)
    return digest(json.dumps(seen))[:16]


def version_of(user: User) -> str:
    """The version of an account as it is now."""
    return version(
        user.id,
        user.display_name,
        user.email,
        administrator=user.administrator,
        disabled=user.disabled,
    )


def set_password(session: Session, user: User, password: str, *, keep_session: str = "") -> None:
    """A new password; every session but `keep_session` ends. Raises Invalid."""
    user.password_hash = hash_password(passwords.require_good(password, user.username))
    end_sessions(session, user.id, keep=keep_session)


def renew_hash(session: Session, username: str, before: str, after: str) -> None:
    """Keep another hash of the same password, unless the password has changed meanwhile."""
    unchanged = (User.username == username, User.password_hash == before)
    session.execute(update(User).where(*unchanged).values(password_hash=after))


def end_sessions(session: Session, user_id: int, *, keep: str = "") -> None:
    """Sign the person out everywhere, except in the session `keep`."""
    session.execute(
        delete(UserSession).where(UserSession.user_id == user_id, UserSession.id != keep)
    )


def _set_disabled(session: Session, user: User, disabled: bool) -> None:
    if not disabled:
        user.disabled = False
        return
    with owners.require_owner_left(session, owners.lock_of_user(session, user)):
        user.disabled = True
        end_sessions(session, user.id)


def _keep_an_administrator(session: Session, leaving: User) -> None:
    # All administrators are locked: two who demote each other at once cannot both succeed.
    active = select(User.id).where(User.administrator, ~User.disabled).with_for_update()
    if set(session.scalars(active)) == {leaving.id}:
        raise LastOwner(
            "This is the last administrator. Make somebody else administrator first.",
            reason="last_administrator",
        )
