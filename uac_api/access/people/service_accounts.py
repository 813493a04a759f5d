"""Accounts of a project's programs: owned by the project, with tokens and nothing else.

A service account is a user of the kind "service" and a member of its one project. What looks for
people (`users.get`, `users.page`, the lists of members) never finds it, so it has no password, no
session, no other project, no group and no administrator's rights.
"""

from __future__ import annotations

import re
from datetime import datetime

from sqlalchemy import Select, func, select
from sqlalchemy import delete as delete_rows
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from .. import validation
from ..decisions.roles import Role
from ..errors import AlreadyExists, Invalid, NotFound, Stale
from ..models import Kind, Member, Project, ServiceAccount, Token, User
from ..projects import grants
from ..projects.grants import KEEP, End, Terms

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?")
USERNAME_LONGEST = 64
# Not owner: a program must not decide who else comes in.
ROLES = (Role.VIEWER, Role.CONTRIBUTOR, Role.MAINTAINER)

Owned = tuple[ServiceAccount, Member]


def create(
    session: Session,
    project: Project,
    *,
    name: str,
    role: str,
    description: str = "",
    created_by: str,
    until: datetime | None = None,
) -> Owned:
    """A new account of the project; raises Invalid or AlreadyExists.

    Its role ends `until`, with that of its maker; None is never. The caller holds the project's
    lock (`projects.get`).
    """
    chosen = role_named(role)
    user = User(
        username=_username(project.slug, name),
        display_name=name,
        password_hash="",
        kind=Kind.SERVICE,
    )
    session.add(user)
    try:
        session.flush()
    except IntegrityError as error:
        raise AlreadyExists(
            f"The name '{name}' is taken in this project, or was once. Choose another.",
            reason="name_taken",
        ) from error
    account = ServiceAccount(
        user=user,
        project=project,
        description=validation.text(description, "A description", longest=1000),
        created_by=created_by,
    )
    member = Member(
        project_id=project.id, user=user, role=chosen, granted_by=created_by, expires_at=until
    )
    session.add_all([account, member])
    session.flush()
    return account, member


def role_named(value: str) -> Role:
    """The role of that name, if a service account may have it; raises Invalid."""
    if value not in ROLES:
        raise Invalid(
            f"'{value}' is no role for a service account. Choose one of: {', '.join(ROLES)}.",
            reason="invalid_role",
        )
    return Role(value)


def get(session: Session, project: Project, username: str) -> Owned:
    """The project's account of that username; raises NotFound."""
    found = session.execute(_of(project).where(User.username == username)).first()
    if found is None:
        raise NotFound(
            f"This project has no service account '{username}'.", reason="no_such_account"
        )
    return found[0], found[1]


def page(session: Session, project: Project, *, after: str = "", limit: int = 100) -> list[Owned]:
    """The project's accounts by username, those after the name `after`."""
    rows = session.execute(
        _of(project).where(User.username > after).order_by(User.username).limit(limit)
    )
    return [(account, member) for account, member in rows]


def token_counts(session: Session, user_ids: list[int]) -> dict[int, int]:
    """How many tokens each of the accounts has."""
    rows = session.execute(
        select(Token.user_id, func.count())
        .where(Token.user_id.in_(user_ids))
        .group_by(Token.user_id)
    )
    return {row[0]: row[1] for row in rows}


def change(
    session: Session,
    owned: Owned,
    *,
    role: str | None = None,
    description: str | None = None,
    disabled: bool | None = None,
    expires_at: End = KEEP,
    changed_by: str,
    until: datetime | None = None,
    expected: int | None = None,
) -> None:
    """Change what is given; raises Invalid, or Stale if the version has moved on.

    Who has a role until then gives no more to an account that outlasts it.
    """
    account, member = owned
    if expected is not None and member.version != expected:
        raise Stale(f"Somebody changed '{account.user.username}' meanwhile. Reload and look again.")
    chosen = member.role if role is None else role_named(role)
    if disabled is False and account.user.disabled:
        grants.require_within(member.expires_at, until)
    if chosen != member.role or expires_at is not KEEP:
        terms = Terms(Role(chosen), changed_by, expires_at, until=until)
        if grants.apply(member, terms):
            member.version += 1
    if description is not None:
        account.description = validation.text(description, "A description", longest=1000)
    if disabled is not None:
        account.user.disabled = disabled
    session.flush()


def delete(session: Session, owned: Owned) -> None:
    """End the account and its tokens; its username stays taken, as the audit trail names it."""
    account, member = owned
    session.execute(delete_rows(Token).where(Token.user_id == account.user_id))
    account.user.disabled = True
    session.delete(member)
    session.delete(account)
    session.flush()


def _of(project: Project) -> Select[ServiceAccount, Member]:
    return (
        select(ServiceAccount, Member)
        .join(User, User.id == ServiceAccount.user_id)
        .join(
            Member,
            (Member.user_id == ServiceAccount.user_id)
            & (Member.project_id == ServiceAccount.project_id),
        )
        .where(ServiceAccount.project_id == project.id)
    )


def _username(slug: str, name: str) -> str:
    if not NAME.fullmatch(name):
        raise Invalid(
            "A service account's name has 1 to 20 characters: small letters, digits and hyphens, "
            "with a letter or digit at both ends.",
            reason="invalid_name",
        )
    # A slug may be as long as a whole username: the name is never cut, as it tells them apart.
    room = USERNAME_LONGEST - len(validation.SERVICE_PREFIX) - len(name) - 1
    return f"{validation.SERVICE_PREFIX}{slug[:room].rstrip('-')}-{name}"
