"""Tokens: my own, a project's, everybody's."""

from studio_app.api.base import Calls, Json, segment


def given(**wanted: object) -> Json:
    """What of a token is asked for; what is None is left to the API."""
    return {name: value for name, value in wanted.items() if value is not None}


class TokenCalls(Calls):
    """Calls about tokens."""

    def tokens(self) -> list[Json]:
        """My tokens, without their secrets."""
        return list(self.token_list()["tokens"])

    def token_list(self) -> Json:
        """My tokens, and how long a new one may live: `default_days`, `max_days`."""
        return self.people("GET", "tokens")

    def create_token(
        self,
        name: str,
        *,
        project: str | None = None,
        actions: list[str] | None = None,
        run_id: str | None = None,
        expires_in_days: int | None = None,
    ) -> Json:
        """A new token; its field `token` holds the secret, this once only."""
        wanted = given(
            project=project, actions=actions, run_id=run_id, expires_in_days=expires_in_days
        )
        return self.people("POST", "tokens", body={"name": name, **wanted})

    def rotate_token(self, token_id: str, *, overlap_hours: int) -> Json:
        """The token that follows one of mine; the old one works for the overlap."""
        body = {"overlap_hours": overlap_hours}
        return self.people("POST", f"tokens/{segment(token_id)}/rotate", body=body)

    def delete_token(self, token_id: str) -> None:
        """Deletes one of my tokens; programs that use it are refused from now on."""
        self.people("DELETE", f"tokens/{segment(token_id)}")

    def all_tokens(self, query: str = "", *, max_results: int = 50, page_token: str = "") -> Json:
        """One page of everybody's tokens. Administrators only."""
        asked = {"query": query, "max_results": max_results, "page_token": page_token}
        return self.people("GET", "tokens/all", query=asked)

    def find_tokens(self, text: str) -> list[Json]:
        """The tokens whose ids stand in a text. Administrators only."""
        return list(self.people("POST", "tokens/find", body={"text": text})["tokens"])

    def revoke_token(self, token_id: str) -> None:
        """Revokes anybody's token. Administrators only."""
        self.people("DELETE", f"tokens/all/{segment(token_id)}")

    def project_tokens(self, slug: str, *, max_results: int = 50, page_token: str = "") -> Json:
        """One page of the tokens that reach only into a project. Owners only."""
        asked = {"max_results": max_results, "page_token": page_token}
        return self.people("GET", f"projects/{segment(slug)}/tokens", query=asked)

    def revoke_project_token(self, slug: str, token_id: str) -> None:
        """Revokes a token that reaches only into a project. Owners only."""
        self.people("DELETE", f"projects/{segment(slug)}/tokens/{segment(token_id)}")
