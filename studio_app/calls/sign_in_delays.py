"""Delays after wrong passwords."""

from studio_app.calls.base import Calls, Json


class SignInDelayCalls(Calls):
    """Calls about delays after wrong passwords. Administrators only."""

    def sign_in_delays(
        self, query: str = "", *, max_results: int = 50, page_token: str = ""
    ) -> Json:
        """One page of counts, the latest first: `sign_in_delays`, `next_page_token`."""
        return self.people(
            "GET",
            "sign-in-delays",
            query={"query": query, "max_results": max_results, "page_token": page_token},
        )

    def clear_sign_in_delays(self, *, account: str = "", address: str = "") -> None:
        """Forgets the wrong passwords of an account, an address, or of both together."""
        self.people("DELETE", "sign-in-delays", query={"account": account, "address": address})
