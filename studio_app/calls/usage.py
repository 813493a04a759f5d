"""What projects use of their limits, and the limits."""

from studio_app.calls.base import Calls, Json, if_match, segment


class UsageCalls(Calls):
    """Calls about limits and their use."""

    def usage(self, slug: str) -> Json:
        """What a project uses: `storage`, `runs`, `requests`, its `quota` and its last `days`."""
        return self.people("GET", f"projects/{segment(slug)}/usage")

    def usages(self, order: str, *, max_results: int = 25, page_token: str = "") -> Json:
        """One page of what every project uses, by `storage` or by `slug`; for administrators."""
        return self.people(
            "GET",
            "usage",
            query={"order": order, "max_results": max_results, "page_token": page_token},
        )

    def set_quota(
        self, slug: str, limits: dict[str, int | None], *, version: int | None = None
    ) -> Json:
        """Gives a project limits of its own: None is the default for all, 0 no limit.

        With `version`, raises ApiError 409 "stale_version" if somebody changed them meanwhile.
        """
        return self.people(
            "PUT", f"projects/{segment(slug)}/quota", body=limits, headers=if_match(version)
        )

    def reset_quota(self, slug: str, *, version: int | None = None) -> None:
        """Gives a project the limits for all again."""
        self.people("DELETE", f"projects/{segment(slug)}/quota", headers=if_match(version))
