"""What the role of a person and the role of a group have in common: an end, a reason, a version."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Literal

from . import names
from .errors import Invalid, Stale
from .models import Member, MemberGroup, now
from .roles import Role

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
    """

    role: Role
    granted_by: str
    expires_at: End = KEEP
    reason: str | None = None


def is_over(ends: datetime | None, moment: datetime | None = None) -> bool:
    """Whether a grant with that end has ended."""
    return ends is not None and ends <= (moment or now())


def apply(grant: Member | MemberGroup, terms: Terms) -> bool:
    """Change a grant, new or old, to the terms, and say whether it is another one now.

    Raises Invalid for an end that has passed, be it the one that stays.
    """
    ends = grant.expires_at if terms.expires_at is KEEP else terms.expires_at
    reason = grant.reason if terms.reason is None else _reason(terms.reason)
    if is_over(ends):
        raise Invalid(_ended(terms), reason="expires_in_the_past")
    was = (grant.role, grant.expires_at, grant.reason or "")
    if (terms.role, ends, reason or "") == was:
        return False
    grant.role, grant.expires_at, grant.reason = terms.role, ends, reason or ""
    grant.granted_by, grant.granted_at = terms.granted_by, now()
    return True


def require_version(grant: Member | MemberGroup | None, expected: int | None, name: str) -> None:
    """Raise Stale if the caller has seen another version of the grant than there is now."""
    if expected is not None and (grant is None or grant.version != expected):
        raise Stale(f"Somebody changed the role of '{name}' meanwhile. Reload and look again.")


def _reason(value: str) -> str:
    return names.title(value, "A reason", longest=REASON_MAX, optional=True)


def _ended(terms: Terms) -> str:
    if terms.expires_at is KEEP:
        return "This role has ended. Send expires_at as well: a new end, or null for none."
    return "expires_at has passed. Choose a moment in the future, or null for no end."
