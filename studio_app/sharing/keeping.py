"""How long what is deleted can come back, in words."""

from studio_app import session
from studio_app.api.client import Json
from studio_app.ui import formats, times, widgets

SOON = 3

# Of what has no trash.
NEVER_BACK = "It cannot come back."


def describe(who: str = "It") -> str:
    """Where a deletion leads, as a sentence about it, or about them."""
    go = "go" if who == "They" else "goes"
    days = session.trash_days()
    how_long = f" for {formats.count(days, 'day')}" if days else ""
    return f"{who} {go} to the trash and can be restored from there{how_long}."


def facts(item: Json) -> list[str]:
    """Who deleted something, when, and when it goes for good."""
    by = f" by {widgets.plain(item['deleted_by'])}" if item["deleted_by"] else ""
    at = item["deleted_at"]
    when = f" {times.ago(times.moment(at))}" if at else ""
    return [f"deleted{when}{by}"]


def left(item: Json) -> str:
    """A badge, as Markdown, with the days that are left; a day that has begun counts."""
    if item["goes_at"] is None:
        return ""
    days = times.days_until(times.moment(item["goes_at"]))
    if days <= 0:
        return ":red-badge[goes at the next purge]"
    return f":{'orange' if days <= SOON else 'gray'}-badge[{formats.count(days, 'day')} left]"
