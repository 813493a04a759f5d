"""Tokens."""

from studio_app.calls.base import Calls, Json, segment


class TokenCalls(Calls):
    """Calls about tokens."""

    def tokens(self) -> list[Json]:
        """My personal tokens, without their secrets."""
        return list(self.people("GET", "tokens")["tokens"])

    def create_token(
        self,
        name: str,
        *,
        project: str | None = None,
        actions: list[str] | None = None,
        expires_in_days: int | None = None,
    ) -> Json:
        """A new token; its field `token` holds the secret, this once only."""
        wanted = {"project": project, "actions": actions, "expires_in_days": expires_in_days}
        given = {name: value for name, value in wanted.items() if value is not None}
        return self.people("POST", "tokens", body={"name": name, **given})

    def delete_token(self, token_id: str) -> None:
        """Deletes one of my tokens; programs that use it are refused from now on."""
        self.people("DELETE", f"tokens/{segment(token_id)}")
