"""Accounts of a project's programs."""

from studio_app.api.base import Calls, Json, if_match, segment
from studio_app.api.tokens import given


class ServiceAccountCalls(Calls):
    """Calls about the service accounts of a project, for its owners."""

    def service_accounts(self, slug: str, *, max_results: int = 100, page_token: str = "") -> Json:
        """One page of a project's accounts: `service_accounts`, `next_page_token`."""
        asked = {"max_results": max_results, "page_token": page_token}
        return self.people("GET", _path(slug), query=asked)

    def create_service_account(
        self, slug: str, name: str, role: str, *, description: str = ""
    ) -> Json:
        """A new account; its username begins with svc- and the project."""
        body = {"name": name, "role": role, "description": description}
        return self.people("POST", _path(slug), body=body)

    def update_service_account(
        self, slug: str, username: str, *, version: int | None = None, **fields: object
    ) -> Json:
        """An account with a new role, description or disabled."""
        path = _path(slug, username)
        return self.people("PATCH", path, body=fields, headers=if_match(version))

    def delete_service_account(self, slug: str, username: str) -> None:
        """Ends an account and its tokens; the name is never used again."""
        self.people("DELETE", _path(slug, username))

    def account_tokens(self, slug: str, username: str) -> Json:
        """The tokens of an account, and how long a new one may live."""
        return self.people("GET", f"{_path(slug, username)}/tokens")

    def create_account_token(
        self,
        slug: str,
        username: str,
        name: str,
        *,
        actions: list[str] | None = None,
        run_id: str | None = None,
        expires_in_days: int | None = None,
    ) -> Json:
        """A new token of an account; its field `token` holds the secret, this once only."""
        wanted = given(actions=actions, run_id=run_id, expires_in_days=expires_in_days)
        body = {"name": name, **wanted}
        return self.people("POST", f"{_path(slug, username)}/tokens", body=body)

    def rotate_account_token(
        self, slug: str, username: str, token_id: str, *, overlap_hours: int
    ) -> Json:
        """The token that follows one of an account; the old one works for the overlap."""
        path = f"{_path(slug, username)}/tokens/{segment(token_id)}/rotate"
        return self.people("POST", path, body={"overlap_hours": overlap_hours})


def _path(slug: str, username: str = "") -> str:
    path = f"projects/{segment(slug)}/service-accounts"
    return f"{path}/{segment(username)}" if username else path
