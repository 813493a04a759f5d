"""People's accounts."""

from studio_app.calls.base import Calls, Json, segment


class UserCalls(Calls):
    """Calls about people's accounts."""

    def users(self, query: str = "", *, max_results: int = 50, page_token: str = "") -> Json:
        """One page of users: `users` and `next_page_token`. Administrators only."""
        return self.people(
            "GET",
            "users",
            query={"query": query, "max_results": max_results, "page_token": page_token},
        )

    def create_user(
        self,
        username: str,
        password: str,
        *,
        display_name: str = "",
        email: str = "",
        administrator: bool = False,
    ) -> Json:
        """A new user. Administrators only."""
        fields = {"username": username, "password": password, "administrator": administrator}
        given = {"display_name": display_name, "email": email}
        fields |= {name: value for name, value in given.items() if value}
        return self.people("POST", "users", body=fields)

    def update_user(self, username: str, **fields: object) -> Json:
        """A user with new display_name, email, disabled, administrator or password."""
        return self.people("PATCH", f"users/{segment(username)}", body=fields)
