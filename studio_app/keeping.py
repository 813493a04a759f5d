"""How long what is deleted can come back, in words."""

from studio_app import moments, session, widgets
from studio_app.client import Json


def said(who: str = "It") -> str:
    """Where a deletion leads, as a sentence about it, or about them."""
    go = "go" if who == "They" else "goes"
    days = session.trash_days()
    how_long = "" if not days else " for 1 day" if days == 1 else f" for {days} days"
    return f"{who} {go} to the trash and can be restored from there{how_long}."


def facts(item: Json) -> list[str]:
    """Who deleted something, when, and when it goes for good."""
    by = f" by {widgets.plain(item['deleted_by'])}" if item["deleted_by"] else ""
    at = item["deleted_at"]
    when = f" {moments.ago(moments.moment(at))}" if at else ""
    return [f"deleted{when}{by}"]


def badge(item: Json) -> tuple[str, str]:
    """(text, colour) of the time that is left."""
    if item["goes_at"] is None:
        return "stays", "gray"
    left = moments.until(moments.moment(item["goes_at"]))
    if left is None:
        return "goes at the next purge", "red"
    soon = left.days < 3
    return f"{moments.length(left)} left", "orange" if soon else "gray"
