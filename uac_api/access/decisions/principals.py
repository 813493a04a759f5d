"""Who a request speaks as, and which of several roles counts (`authenticate` finds them)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from ..models import Kind, User, now
from ..projects.grants import is_over, latest
from ..quotas.limits import Own
from .roles import Action, Role, rank


class Via(StrEnum):
    """How a principal was recognised."""

    TOKEN = "token"  # noqa: S105 (a word, not a secret)
    SESSION = "session"
    PASSWORD = "password"  # noqa: S105 (a word, not a secret)
    PROVIDER = "single sign-on"


@dataclass(frozen=True, slots=True)
class Grant:
    """The highest role that a principal has in one project.

    `through` names the group that gives it; it is empty for a role of the person's own.
    `default_experiment_id` and `quota` are the project's, as they were when the credential was
    looked up; a `quota` of None was not. `until` is when the last way to this role ends, None for
    never: no grant of theirs may end later.
    """

    project_id: int
    slug: str
    role: Role
    through: str = ""
    default_experiment_id: str = ""
    # Of the person and not of the one way: two grants of one way are equal without it.
    until: datetime | None = field(default=None, compare=False)
    quota: Own | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Principal:
    """Who this request speaks as; a token's limits are already taken off the grants."""

    user_id: int
    username: str
    administrator: bool
    via: Via
    credential_id: str = ""
    token_project_id: int | None = None
    token_actions: frozenset[Action] | None = None
    token_run_id: str | None = None
    seen_at: datetime | None = None
    kind: Kind = Kind.PERSON
    grants: dict[str, Grant] = field(default_factory=dict)

    @property
    def token_id(self) -> str:
        """The id of the token this request came with, or an empty text."""
        return self.credential_id if self.via is Via.TOKEN else ""


def strongest(given: Iterable[tuple[Grant, datetime | None]]) -> dict[str, Grant]:
    """The grant that counts in each project, of grants and their ends.

    It is the highest that is in force; of equal ones the person's own, then the first group's.
    """
    moment, found = now(), dict[str, Grant]()
    until: dict[tuple[str, Role], datetime | None] = {}
    for grant, ends in given:
        if is_over(ends, moment):
            continue
        way = grant.slug, grant.role
        until[way] = latest(until[way], ends) if way in until else ends
        known = found.get(grant.slug)
        if known is None or _strength(grant) < _strength(known):
            found[grant.slug] = grant
    return {
        slug: grant if (ends := until[slug, grant.role]) is None else replace(grant, until=ends)
        for slug, grant in found.items()
    }


def _strength(grant: Grant) -> tuple[int, str]:
    return -rank(grant.role), grant.through


def of_person(user: User, grants: dict[str, Grant]) -> Principal:
    """Who a request of this person would speak as, if they signed in now."""
    return Principal(
        user_id=user.id,
        username=user.username,
        administrator=user.administrator,
        via=Via.SESSION,
        kind=Kind(user.kind),
        grants=grants,
    )
