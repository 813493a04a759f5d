"""What is looked for in the audit trail; every field lives in the address."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import streamlit as st

from studio_app.ui import address_fields, url_state, widgets

Per = Literal["hour", "day"]
OUTCOMES = ("allowed", "denied", "failed")
ACTIONS = tuple(action for action in widgets.ACTIONS if action != widgets.NAMED_ONLY)


@dataclass(frozen=True)
class Period:
    """How far back to look: its name, its length, and the bars of the chart.

    Counts come by the hour or by the day of UTC: hours make days of the reader's zone.
    """

    name: str
    length: timedelta
    bars: Per
    counted: Per


PERIODS = {
    "hour": Period("Last hour", timedelta(hours=1), "hour", "hour"),
    "day": Period("Last 24 hours", timedelta(days=1), "hour", "hour"),
    "week": Period("Last 7 days", timedelta(days=7), "hour", "hour"),
    "month": Period("Last 30 days", timedelta(days=30), "day", "hour"),
    "quarter": Period("Last 90 days", timedelta(days=90), "day", "hour"),
    "years": Period("Last 2 years", timedelta(days=730), "day", "day"),
}
USUAL = "week"
VIEWS = ("sentences", "table")
_TEXTS = {
    "user": ("Person", "Username"),
    "about": ("About", "Person or group"),
    "operation": ("Operation", "tokens.create"),
    "request_id": ("Request", "Request id"),
}
_CHOICES = {"outcome": ("Outcome", OUTCOMES), "action": ("Action", ACTIONS)}


def draw() -> None:
    """Draws the fields above the list."""
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        address_fields.select(
            "Period",
            tuple(PERIODS),
            key="audit-period",
            name="period",
            default=USUAL,
            shown=lambda name: PERIODS[name].name,
            width=160,
        )
        for name, (label, options) in _CHOICES.items():
            address_fields.select(
                label,
                ("", *options),
                key=f"audit-{name}",
                name=name,
                shown=lambda option: option or "Any",
                width=120,
            )
        for name, (label, hint) in _TEXTS.items():
            address_fields.text(label, key=f"audit-{name}", name=name, placeholder=hint, width=150)


def wanted(project: str | None) -> dict[str, str | None]:
    """What the address asks for, as the API takes it."""
    # To the minute, so that a rerun asks the same question and finds its page again.
    since = (datetime.now(UTC) - period().length).replace(second=0, microsecond=0)
    fields = {name: url_state.value(name).strip() or None for name in _TEXTS}
    fields |= {
        name: url_state.value(name, "", options) or None for name, (_, options) in _CHOICES.items()
    }
    return {**fields, "project": project, "since": since.isoformat()}


def period() -> Period:
    """How far back the address asks to look."""
    return PERIODS[url_state.value("period", USUAL, tuple(PERIODS))]


def as_table() -> bool:
    """Draws how the events are shown; the answer is whether as a table, with all that is known."""
    chosen = address_fields.segments(
        "Show events as", VIEWS, key="audit-view", name="view", shown=str.capitalize
    )
    return chosen == VIEWS[1]


def question() -> str:
    """What was asked, without the moment: a new question starts at the first page."""
    names = ("period", *_CHOICES, *_TEXTS, "project")
    return "&".join(f"{name}={url_state.value(name)}" for name in names)
