"""How the installation stands."""

from studio_app.api.base import Calls, Json


class SystemCalls(Calls):
    """Calls about the installation. Administrators only."""

    def system(self) -> Json:
        """`parts`, `versions`, `figures`, `audit`, `jobs`, `backup`, `processes` and `storage`."""
        return self.people("GET", "system")
