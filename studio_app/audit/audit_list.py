"""Events of the audit trail as a list of sentences, day by day."""

from collections.abc import Sequence
from datetime import tzinfo
from itertools import groupby

import streamlit as st

from studio_app.api.client import Json
from studio_app.audit.sentences import Writer
from studio_app.ui import times

_BADGES = {"denied": " :orange-badge[denied]", "failed": " :red-badge[failed]"}


def draw(events: Sequence[Json], writer: Writer, where: tzinfo) -> None:
    """Draws the events in their order, with times of the reader's zone."""
    for day, rows in groupby(events, lambda event: _day(event, where)):
        with st.container(border=True, gap="small"):
            st.markdown(f"**{day}**")
            # One element for a day: fifty would be slow to draw.
            st.markdown("\n\n".join(_line(row, writer, where) for row in rows))


def _line(event: Json, writer: Writer, where: tzinfo) -> str:
    at = times.moment(event["at"]).astimezone(where)
    return f"`{at:%H:%M:%S}` {writer.sentence(event)}{_BADGES.get(event['outcome'], '')}"


def _day(event: Json, where: tzinfo) -> str:
    at = times.moment(event["at"]).astimezone(where)
    return f"{at:%A}, {at.day} {at:%B %Y}"
