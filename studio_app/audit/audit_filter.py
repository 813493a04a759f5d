"""What is looked for in the audit trail; every field lives in the address."""

from datetime import UTC, datetime, timedelta

import streamlit as st

from studio_app.ui import url_state, widgets

OUTCOMES = ("allowed", "denied", "failed")
ACTIONS = tuple(action for action in widgets.ACTIONS if action != widgets.NAMED_ONLY)
# How far back to look: the word in the address, its name, its length, and the bars of the chart.
PERIODS: dict[str, tuple[str, timedelta, str]] = {
    "hour": ("Last hour", timedelta(hours=1), "hour"),
    "day": ("Last 24 hours", timedelta(days=1), "hour"),
    "week": ("Last 7 days", timedelta(days=7), "hour"),
    "month": ("Last 30 days", timedelta(days=30), "day"),
    "quarter": ("Last 90 days", timedelta(days=90), "day"),
    "years": ("Last 2 years", timedelta(days=730), "day"),
}
USUAL = "week"
_TEXTS = {
    "user": ("Person", "Username"),
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
            format_func=lambda name: PERIODS[name][0],
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
                width=130,
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
                width=170,
            )


def wanted(project: str | None) -> dict[str, str | None]:
    """What the address asks for, as the API takes it."""
    period = url_state.value("period", USUAL, tuple(PERIODS))
    # To the minute, so that a rerun asks the same question and finds its page again.
    since = (datetime.now(UTC) - PERIODS[period][1]).replace(second=0, microsecond=0)
    fields = {name: url_state.value(name).strip() or None for name in _TEXTS}
    fields |= {
        name: url_state.value(name, "", options) or None for name, (_, options) in _CHOICES.items()
    }
    return {**fields, "project": project, "since": since.isoformat()}


def bars() -> str:
    """What one bar of the chart stands for: an hour or a day."""
    return PERIODS[url_state.value("period", USUAL, tuple(PERIODS))][2]


def question() -> str:
    """What was asked, without the moment: a new question starts at the first page."""
    names = ("period", *_CHOICES, *_TEXTS, "project")
    return "&".join(f"{name}={url_state.value(name)}" for name in names)
