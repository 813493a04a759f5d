"""Requests for access."""

from studio_app.calls.base import Calls, Json, segment


class RequestCalls(Calls):
    """Calls about requests for access to projects."""

    def ask_access(self, slug: str, role: str, message: str) -> str:
        """Asks for a role; the sentence that comes back is the same whether the project exists."""
        body = {"role": role, "message": message}
        return str(self.people("POST", _of(slug), body=body)["message"])

    def request_counts(self) -> list[Json]:
        """The projects that I manage where somebody waits: slug, name, open."""
        return list(self.people("GET", "requests")["projects"])

    def requests_of(self, slug: str, *, max_results: int = 25, page_token: str = "") -> Json:
        """One page of the open requests of a project, the oldest first. Owners only."""
        query = {"max_results": max_results, "page_token": page_token}
        return self.people("GET", _of(slug), query=query)

    def grant_request(self, slug: str, number: int, role: str) -> None:
        """Gives the person who asked a role."""
        self.people("POST", f"{_of(slug)}/{number}/grant", body={"role": role})

    def decline_request(self, slug: str, number: int) -> None:
        """Closes a request; the person who asked is not told."""
        self.people("POST", f"{_of(slug)}/{number}/decline", body={})


def _of(slug: str) -> str:
    return f"projects/{segment(slug)}/requests"
