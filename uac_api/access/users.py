"""People's accounts."""

from __future__ import annotations

from sqlalchemy import delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from . import names, owners
from .errors import AlreadyExists, LastOwner, NotFound
from .models import User, UserSession
from .secrets import hash_password


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
        username=names.username(username),
        display_name=names.title(display_name or username, "A display name", longest=200),
        email=names.email(email),
        password_hash=hash_password(names.password(password)),
        administrator=administrator,
    )
    session.add(user)
    try:
        session.flush()
    except IntegrityError as error:
        raise AlreadyExists(f"The username '{username}' is taken. Choose another.") from error
    return user


def get(session: Session, username: str, *, lock: bool = True) -> User:
    """The person of that name; raises NotFound.

    The row is locked until the transaction ends, unless the caller only reads.
    """
    statement = select(User).where(User.username == username)
    user = session.scalar(statement.with_for_update() if lock else statement)
    if user is None:
        raise NotFound(
            f"There is no person '{username}'. Check the name, or ask an administrator to add them."
        )
    return user


def page(session: Session, *, query: str = "", after: str = "", limit: int = 100) -> list[User]:
    """People by username, those after the name `after`; `query` finds parts of names and e-mail."""
    statement = select(User).where(User.username > after).order_by(User.username).limit(limit)
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
) -> User:
    """Change what is given; raises Invalid, or LastOwner for the last administrator or owner."""
    if display_name is not None:
        user.display_name = names.title(display_name, "A display name", longest=200)
    if email is not None:
        user.email = names.email(email)
    if disabled or administrator is False:
        _keep_an_administrator(session, user)
    if administrator is not None:
        user.administrator = administrator
    if disabled is not None:
        _set_disabled(session, user, disabled)
    session.flush()
    return user


def set_password(session: Session, user: User, password: str, *, keep_session: str = "") -> None:
    """A new password; every session but `keep_session` ends. Raises Invalid."""
    user.password_hash = hash_password(names.password(password))
    end_sessions(session, user.id, keep=keep_session)


def end_sessions(session: Session, user_id: int, *, keep: str = "") -> None:
    """Sign the person out everywhere, except in the session `keep`."""
    session.execute(
        delete(UserSession).where(UserSession.user_id == user_id, UserSession.id != keep)
    )


def _set_disabled(session: Session, user: User, disabled: bool) -> None:
    if not disabled:
        user.disabled = False
        return
    with owners.kept(session, owners.lock_of_user(session, user)):
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
