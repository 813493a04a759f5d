"""What is looked for in the audit trail; every field lives in the address."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import streamlit as st

from studio_app.ui import url_state, widgets

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
        url_state.load("audit-period", "period", USUAL, tuple(PERIODS))
        st.selectbox(
            "Period",
            list(PERIODS),
            format_func=lambda name: PERIODS[name].name,
            key="audit-period",
            on_change=url_state.save,
            args=("audit-period", "period", USUAL),
            width=160,
        )
        for name, (label, options) in _CHOICES.items():
            key = f"audit-{name}"
            url_state.load(key, name, "", options)
            st.selectbox(
                label,
                ["", *options],
                format_func=lambda option: option or "Any",
                key=key,
                on_change=url_state.save,
                args=(key, name),
                width=120,
            )
        for name, (label, hint) in _TEXTS.items():
            key = f"audit-{name}"
            url_state.load(key, name)
            st.text_input(
                label,
                key=key,
                placeholder=hint,
                on_change=url_state.save,
                args=(key, name),
                width=150,
            )


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
    url_state.load("audit-view", "view", VIEWS[0], VIEWS)
    chosen = st.segmented_control(
        "Show events as",
        VIEWS,
        required=True,
        format_func=str.capitalize,
        key="audit-view",
        on_change=url_state.save,
        args=("audit-view", "view", VIEWS[0]),
        label_visibility="collapsed",
    )
    return chosen == VIEWS[1]


def question() -> str:
    """What was asked, without the moment: a new question starts at the first page."""
    names = ("period", *_CHOICES, *_TEXTS, "project")
    return "&".join(f"{name}={url_state.value(name)}" for name in names)
