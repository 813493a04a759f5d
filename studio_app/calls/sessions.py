"""Signing in and out, and the person's own account."""

from studio_app.calls.base import Calls, Json


class SessionCalls(Calls):
    """Calls about the session and the account of who is signed in."""

    def sign_in(self, username: str, password: str) -> Json:
        """A new session: token, expires_at, user, and a ticket that lives 30 seconds."""
        return self.people("POST", "sessions", body={"username": username, "password": password})

    def redeem(self, ticket: str) -> Json:
        """The lasting session behind a ticket; the token that came with the ticket ends."""
        return self.people("POST", "sessions/redeem", body={"ticket": ticket})

    def sign_out(self) -> None:
        """Ends this session on the server; the token is worthless from now on."""
        self.people("DELETE", "sessions/current")

    def me(self) -> Json:
        """Who this session speaks as, and the person's projects with role and `may`."""
        return self.people("GET", "me")

    def update_me(self, **fields: str) -> Json:
        """My own account with a new display_name or email."""
        return self.people("PATCH", "me", body=fields)

    def change_password(self, current: str, new: str) -> None:
        """Replaces my password; the current one proves that it is me."""
        self.people("PUT", "me/password", body={"current_password": current, "new_password": new})

    def status(self) -> Json:
        """Whether MLflow answers, and the version of the API."""
        return self.people("GET", "status")
