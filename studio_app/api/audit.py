"""The audit trail."""

from typing import Any

from studio_app.api.base import Calls, Json


class AuditCalls(Calls):
    """Calls about what happened, and whether its record is as it was written."""

    def events(self, *, max_results: int = 50, page_token: str = "", **wanted: str | None) -> Json:
        """One page of events, the newest first: `events`, `next_page_token`."""
        return self.people(
            "GET", "audit", query={**wanted, "max_results": max_results, "page_token": page_token}
        )

    def event_counts(self, per: str, **wanted: str | None) -> list[Json]:
        """How many events there were per "hour" or "day", by outcome."""
        return list(self.people("GET", "audit/timeline", query={**wanted, "per": per})["counts"])

    def verify_events(self, **how: Any) -> Json:
        """Whether the newest part of the trail is as it was written. Administrators only."""
        return self.people("GET", "audit/verify", query=how)
