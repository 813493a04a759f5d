"""The fields by which a role is given: which, until when, and why."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import streamlit as st

from studio_app import session
from studio_app.api.client import Json
from studio_app.ui import times, widgets


def fields(
    key: str, *, grant: Json | None = None, role: str = "contributor", bound: str | None = None
) -> dict[str, Any]:
    """Draws the fields; the answer is what `set_member` and `set_member_group` take.

    The end is left out when it was not touched, so that a new role never lengthens anything.
    `bound` is when the giver's own role ends, which nothing that they give outlasts.
    """
    given = grant or {"role": role, "expires_at": None, "reason": "", "expired": False}
    chosen = widgets.role_picker("Role", key=f"role-{key}", role=str(given["role"]))
    known = _day(given["expires_at"])
    today = datetime.now(UTC).date()
    last = st.date_input(
        "Last day (optional)",
        value=known,
        min_value=min(known or today, today),
        key=f"end-{key}",
        format="YYYY-MM-DD",
        help="The role ends by itself after this day (UTC). Empty: it does not end.",
    )
    if bound:
        bound_hint(bound)
    reason = st.text_input(
        "Reason (optional)",
        str(given["reason"]),
        max_chars=300,
        key=f"reason-{key}",
        help="Whoever looks at the members sees it.",
    )
    answer: dict[str, Any] = {"role": chosen}
    if last != known:
        answer["expires_at"] = _end_of(last, bound)
    if reason.strip() != given["reason"]:
        answer["reason"] = reason.strip()
    return answer


def bound_hint(bound: str) -> None:
    """Says that a role which somebody gives ends with their own at the latest."""
    widgets.facts(
        f"Your own role here ends on {times.day(bound)}. What you give ends then too, or earlier."
    )


def bound_in(project: Json) -> str | None:
    """When a role that I give in a project must have ended; None for never.

    The roles that administrators give have no such end.
    """
    ends: str | None = project.get("role_expires_at")
    return None if session.person()["administrator"] else ends


def differs(given: dict[str, Any], grant: Json) -> bool:
    """Whether the fields say something else than the role that there is."""
    return any(given[name] != grant[name] for name in given)


def until(grant: Json) -> str:
    """When a role ends or ended, in words; an empty text when it does not end."""
    if not grant["expires_at"]:
        return ""
    return f"{'ended' if grant['expired'] else 'until'} {times.day(grant['expires_at'])}"


def describe(grant: Json) -> str:
    """Who gave a role, when, until when and why, on one line of Markdown."""
    parts = [
        f"given by {widgets.plain(grant['granted_by'])} on {times.day(grant['granted_at'])}",
        until(grant),
        f"“{widgets.plain(grant['reason'])}”" if grant["reason"] else "",
    ]
    return " · ".join(part for part in parts if part)


def _day(text: str | None) -> date | None:
    return times.moment(text).date() if text else None


def _end_of(last: date | None, bound: str | None) -> str | None:
    if last is None:
        return None
    end = datetime(last.year, last.month, last.day, tzinfo=UTC) + timedelta(days=1, seconds=-1)
    # The last possible day may end in its middle.
    if bound and last == _day(bound):
        return bound
    return end.strftime("%Y-%m-%dT%H:%M:%SZ")
