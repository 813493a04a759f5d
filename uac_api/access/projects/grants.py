"""What the role of a person and the role of a group have in common: an end, a reason, a version.

No grant ends later than the role of who gives it, so that an owner for a time makes nobody an owner
for good. What was given stays as it is when the giver's own role is shortened or taken away later.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Literal

from .. import validation
from ..decisions.roles import Role, rank
from ..errors import Invalid, Stale
from ..models import Member, MemberGroup, now

REASON_MAX = 300


class Keep(Enum):
    """Says that a field stays as it is; None would take it away."""

    KEEP = "keep"


KEEP = Keep.KEEP
End = datetime | None | Literal[Keep.KEEP]


@dataclass(frozen=True, slots=True)
class Terms:
    """What is granted, by whom, until when and why.

    What is not said stays as it is: a new role must not lengthen what was given for a time.
    `until` is when the role ends by which this is granted, None for never; a new grant of which no
    end is said ends then too.
    """

    role: Role
    granted_by: str
    expires_at: End = KEEP
    reason: str | None = None
    until: datetime | None = None


def is_over(ends: datetime | None, moment: datetime | None = None) -> bool:
    """Whether a grant with that end has ended."""
    return ends is not None and ends <= (moment or now())


def latest(one: datetime | None, other: datetime | None) -> datetime | None:
    """The later of two ends; None is never."""
    return None if one is None or other is None else max(one, other)


def is_later(ends: datetime | None, until: datetime | None) -> bool:
    """Whether a grant with the first end outlasts one with the second; None is never."""
    return until is not None and (ends is None or ends > until)


def apply(grant: Member | MemberGroup, terms: Terms, *, new: bool = False) -> bool:
    """Change a grant, `new` or old, to the terms, and say whether it is another one now.

    Raises Invalid for an end that has passed, be it the one that stays, and for one that is later
    than the giver's own. What gives nothing more may stay as it is, however long it lasts.
    """
    if terms.expires_at is not KEEP:
        ends = terms.expires_at
    else:
        ends = terms.until if new else grant.expires_at
    reason = grant.reason if terms.reason is None else _reason(terms.reason)
    if is_over(ends):
        raise Invalid(_ended(terms), reason="expires_in_the_past")
    if new or _gives(grant, terms.role, ends):
        require_within(ends, terms.until)
    was = (grant.role, grant.expires_at, grant.reason or "")
    if (terms.role, ends, reason or "") == was:
        return False
    grant.role, grant.expires_at, grant.reason = terms.role, ends, reason or ""
    grant.granted_by, grant.granted_at = terms.granted_by, now()
    return True


def require_within(ends: datetime | None, until: datetime | None) -> None:
    """Raise Invalid for a grant that would outlast the role of who gives it, which ends then."""
    if is_later(ends, until):
        raise Invalid(
            f"Your own role in this project ends at {until:%Y-%m-%d %H:%M} UTC, and what you give "
            "must not end later. Choose that moment or an earlier one as the end, or ask somebody "
            "whose role does not end.",
            reason="later_than_giver",
        )


def require_version(grant: Member | MemberGroup | None, expected: int | None, name: str) -> None:
    """Raise Stale if the caller has seen another version of the grant than there is now."""
    if expected is not None and (grant is None or grant.version != expected):
        raise Stale(f"Somebody changed the role of '{name}' meanwhile. Reload and look again.")


def _gives(grant: Member | MemberGroup, role: Role, ends: datetime | None) -> bool:
    """Whether the role or the end is more than what there is."""
    return rank(role) > rank(Role(grant.role)) or is_later(ends, grant.expires_at)


def _reason(value: str) -> str:
    return validation.title(value, "A reason", longest=REASON_MAX, optional=True)


def _ended(terms: Terms) -> str:
    if terms.expires_at is KEEP:
        return "This role has ended. Send expires_at as well: a new end, or null for none."
    return "expires_at has passed. Choose a moment in the future, or null for no end."
